"""The head of an ARC record, the format before WARC: one line that names what follows.

https://archive.org/web/researcher/ArcFileFormat.php

    URL IP-address Archive-date Content-type Archive-length                             version 1
    URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename
    Archive-length                                                                      version 2
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.warc.head import NotARecordError, parse_length
from crawler.warc.warc_dates import read_date

if TYPE_CHECKING:
    from crawler.warc.head import Fields

MAX_LINE_SIZE = 1 << 14
"""Bytes that the line may have."""

RECORD_END = b"\n"
"""Follows the block."""

_URL = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f.:]+", re.IGNORECASE)
_FULL_DATE = 14  # digits; other tools write less, or a fraction behind them
_RESPONSE = "application/http; msgtype=response"


def parse_line(line: bytes) -> tuple[Fields, int]:
    """Return the WARC fields with the values of *line*, and the length of the block behind it.

    A capture over HTTP is a ``response``, the record that begins the file a ``warcinfo``, any
    other a ``resource``. A date that is not 14 digits stays as it is. Raises NotARecordError.
    """
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    url, address, date, media_type, length = _columns(text)
    kind, content_type = _kind(url, media_type)
    found = read_date(date) if len(date) == _FULL_DATE else None
    fields = [("WARC-Type", kind), ("WARC-Target-URI", url)]
    fields.append(("WARC-Date", found.date if found else date))
    if address.strip("0."):
        fields.append(("WARC-IP-Address", address))
    fields += [("Content-Type", content_type), ("Content-Length", length)]
    return fields, parse_length(length)


def is_of_arc(fields: Fields) -> bool:
    """Return whether *fields* are such as `parse_line` returns."""
    names = [name for name, _ in fields if name != "WARC-IP-Address"]
    return names == ["WARC-Type", "WARC-Target-URI", "WARC-Date", "Content-Type", "Content-Length"]


def is_line(line: bytes) -> bool:
    """Return whether *line* is the head of an ARC record; its length is not checked."""
    try:
        _columns(line.decode("utf-8", "replace").rstrip("\r\n"))
    except NotARecordError:
        return False
    return True


def _columns(text: str) -> tuple[str, str, str, str, str]:
    """Return URL, address, date, media type and length; a URL may have spaces, as in browsers."""
    for count in (5, 10):
        columns = text.rsplit(" ", count - 1)
        if len(columns) == count and _is_record(*columns[:3]):
            url, address, date, media_type = columns[:4]
            return url, address, date, media_type, columns[-1]
    raise NotARecordError(f"begins with {text[:40]!r}, expected 'WARC/1.1' or a line of an ARC")


def _is_record(url: str, address: str, date: str) -> bool:
    is_date = date.isascii() and date.isdecimal() and len(date) >= 8
    return is_date and bool(_ADDRESS.fullmatch(address)) and bool(_URL.fullmatch(url))


def _kind(url: str, media_type: str) -> tuple[str, str]:
    scheme = url.partition(":")[0].lower()
    if scheme in {"http", "https"}:
        return "response", _RESPONSE
    if not media_type.isprintable():
        media_type = "application/octet-stream"
    return ("warcinfo" if scheme == "filedesc" else "resource"), media_type
