"""CDXJ: a line for each record that can be replayed, ``key timestamp {fields}``.

The fields are cdxj-indexer's, and pywb and ReplayWeb.page read them: all values are text, the
digest has its algorithm in front, a revisit has the type ``warc/revisit``. A request other than
GET is part of the key (see `NonGetRequest`). A line is ASCII, so that its order as text is that of
LC_ALL=C.

Records that readers would show instead of the page of the same URL have no line: `metadata` and
`conversion` records (cdxj-indexer has lines for the former, pywb for both), and every 304. A
replay needs them: it has an index of its own, with timestamps to the microsecond.

Source: https://specs.webrecorder.net/cdxj/0.1.0/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from crawler.warc.message import head_length, status
from crawler.warc.surt import surt
from crawler.warc.warc_dates import precise_timestamp, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.items import RecordRef
    from crawler.warc.non_get import NonGetRequest
    from crawler.warc.spool import Buffer

INDEXED = frozenset({"response", "revisit", "resource"})
"""The types of records that have lines."""

REVISIT = "warc/revisit"

NO_ANSWER = "warc/no-answer"
"""Our media type of a request without an answer, and of one that could not be sent."""

WARCINFO = "warcinfo"
"""Our field of the lines for a replay: what the warcinfo record is called that one belongs to."""

_TYPE = re.compile(rb"^content-type[ \t]*:[ \t]*([^;\s]{1,255})", re.IGNORECASE | re.MULTILINE)
_PLAIN_TYPE = re.compile(r"[^;\s]{0,255}")


def cdxj_line(
    ref: RecordRef,
    *,
    type: str,  # noqa: A002 - as Record has it
    block: Buffer,
    digest: str | None,
    content_type: str = "",
    request: NonGetRequest | None = None,
    warcinfo: str | None = None,
) -> str | None:
    """Return the index line of the record *ref*, with its LF; None if it has none.

    For a replay *warcinfo* is what the warcinfo record is called that it belongs to, or empty if it
    belongs to none: every record has a line then, and its timestamp has 20 digits.

    *block* may end behind the HTTP head. *digest* is WARC-Payload-Digest; *content_type* is that of
    the record, needed where the block is not HTTP; *request* is given if it was not a GET.
    Raises ValueError for a date that is not valid.
    """
    for_replay = warcinfo is not None
    code = status(block) if type != "resource" else None
    if not for_replay and (type not in INDEXED or code == "304"):
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
        WARCINFO: warcinfo,
    }
    if request:
        fields |= {"method": request.method, "requestBody": request.body}
    key = surt(request.append_to(ref.uri) if request else ref.uri)
    known = {name: value for name, value in fields.items() if value}
    time = precise_timestamp(ref.date) if for_replay else timestamp(ref.date)
    return format_line(key, time, known)


def format_line(key: str, time: str, fields: Mapping[str, str | int]) -> str:
    """Return the line ``key timestamp {fields}`` with its LF; *fields* in ASCII."""
    return f"{key} {time} {json.dumps(fields)}\n"


def _mime(message: Buffer, content_type: str) -> str:
    """Return the media type that the head of *message* names; without one, *content_type*."""
    if not message:
        plain = _PLAIN_TYPE.match(content_type)
        return plain[0] if plain else ""
    found = _TYPE.search(message, 0, head_length(message))
    return found[1].decode("latin-1") if found else ""
