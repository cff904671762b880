"""CDXJ: a line for each record that can be replayed, ``key timestamp {fields}``.

The fields are cdxj-indexer's, and pywb and ReplayWeb.page read them: all values are text, the
digest has its algorithm in front, a revisit has the type ``warc/revisit``. A request other than
GET is part of the key (see `asked`). A line is ASCII, so that its order as text is LC_ALL=C's.

Left out is what readers would show instead of the page of the same URL: `metadata` and
`conversion` records (cdxj-indexer has lines for the former, pywb for both), and every 304. A
replay needs every one: its lines, with timestamps to the microsecond, are for nobody else.

Source: https://specs.webrecorder.net/cdxj/0.1.0/
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.warc.message import head_length, status
from crawler.warc.surt import surt

if TYPE_CHECKING:
    from crawler.items import RecordRef
    from crawler.warc.non_get import Asked
    from crawler.warc.spool import Buffer

INDEXED = frozenset({"response", "revisit", "resource"})
"""The types of records that have lines."""

REVISIT = "warc/revisit"

NO_ANSWER = "warc/no-answer"
"""Our type of a request that nothing came back for, and of one that could not be sent."""

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z)?)?)?")
_TYPE = re.compile(rb"^content-type[ \t]*:[ \t]*([^;\s]{1,255})", re.IGNORECASE | re.MULTILINE)
_PLAIN_TYPE = re.compile(r"[^;\s]{0,255}")


def line(
    ref: RecordRef,
    *,
    type: str,  # noqa: A002 - as Record has it
    block: Buffer,
    digest: str | None,
    content_type: str = "",
    asked: Asked | None = None,
    every: bool = False,
) -> str | None:
    """The line of the record that *ref* names, with its LF; None for one that has none.

    With *every* each record has one, and its timestamp 20 digits.

    *block* may end behind the HTTP head. *digest* is WARC-Payload-Digest; *content_type* is that of
    the record, needed where the block is no HTTP; *asked* is what its request asked for if that
    was no GET.
    Raises ValueError for a date that is none.
    """
    code = status(block) if type != "resource" else None
    if not every and (type not in INDEXED or code == "304"):
        return None
    own_mime = {"revisit": REVISIT, "request": NO_ANSWER, "metadata": NO_ANSWER}
    fields = {
        "url": ref.uri,
        "mime": own_mime.get(type) or _mime(block if code else b"", content_type),
        "status": code,
        "digest": digest,
        "length": str(ref.length),
        "offset": str(ref.offset),
        "filename": ref.file,
    }
    if asked:
        fields |= {"method": asked.method, "requestBody": asked.body}
    key = surt(asked.appended_to(ref.uri) if asked else ref.uri)
    known = {name: value for name, value in fields.items() if value}
    moment = instant(ref.date) if every else timestamp(ref.date)
    return f"{key} {moment} {json.dumps(known)}\n"


def timestamp(date: str) -> str:
    """The 14 digits of a WARC-Date, which may end early (WARC/1.1, 5.4).

    Raises ValueError for what is no date in UTC.
    """
    if not _DATE.fullmatch(date):
        raise ValueError(f"WARC-Date is {date[:40]!r}, expected such as 2024-04-11T08:30:00Z")
    digits = date[:19].replace("-", "").replace("T", "").replace(":", "").rstrip("Z")
    return digits + "00000101000000"[len(digits) :]


def from_digits(digits: str) -> str:
    """A timestamp of an index, 4 to 14 digits, as a WARC-Date."""
    fields = [digits[:4], *(digits[i : i + 2] for i in range(4, len(digits), 2))]
    day, time = "-".join(fields[:3]), ":".join(fields[3:])
    return f"{day}T{time + ':00' if len(fields) == 4 else time}Z" if time else day


def instant(date: str) -> str:
    """The 20 digits of a WARC-Date, down to its microseconds. Raises ValueError as `timestamp`."""
    fraction = date[20:].rstrip("Z")
    return timestamp(date) + f"{fraction:0<6.6}"


def moment(digits: str) -> datetime:
    """The time, in UTC, that *digits* tell, 14 or up to 20. Raises ValueError if there is none."""
    return datetime.strptime(f"{digits:0<20.20}", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)


def _mime(message: Buffer, content_type: str) -> str:
    """The media type of an HTTP *message*; of what is none, *content_type*."""
    if not message:
        plain = _PLAIN_TYPE.match(content_type)
        return plain[0] if plain else ""
    found = _TYPE.search(message, 0, head_length(message))
    return found[1].decode("latin-1") if found else ""
