"""Decoding of feeds, sitemaps and pages, whatever encoding they claim.

RFC 7303, section 3; XML 1.0, appendix F.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from scrapy.http import Response, TextResponse
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

_R = TypeVar("_R", bound=Response)
_HEAD = 1 << 18
# Other codecs of Python are no charsets: some decompress, some take quadratic time.
_CHARSET = re.compile(
    r"ascii|big5|cp\d|euc|gb|iso8859|iso2022|johab|koi8|mac-|ptcp|shift|tis|utf-(?:8|16|32)"
)
_WIDE = re.compile(r"utf-(?:16|32)")
_WIDE_STARTS = {
    "utf-32-le": re.compile(rb"(?:[ \t\r\n]\0{3})*<\0{3}"),
    "utf-32-be": re.compile(rb"(?:\0{3}[ \t\r\n])*\0{3}<"),
    "utf-16-le": re.compile(rb"(?:[ \t\r\n]\0)*<\0"),
    "utf-16-be": re.compile(rb"(?:\0[ \t\r\n])*\0<"),
}
# A byte that is no UTF-8 mostly comes from an older page, pasted in.
_AS_CP1252 = {0xDC00 + n: bytes([n]).decode("cp1252", "replace") for n in range(0x80, 0x100)}


def with_charset(response: _R) -> _R:
    """Return *response*, in an encoding of ours if it declares one that is no charset.

    Python has codecs of other kinds (``zip``, ``rot13``, ``idna``, ``unicode_escape``): some fail
    on every answer, and some read other words than the site wrote.
    """
    if not isinstance(response, TextResponse):
        return response
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    for name in (http_content_type_encoding(kind), html_body_declared_encoding(response.body)):
        known = resolve_encoding(name) if name else None
        if known and not _CHARSET.match(known):
            return response.replace(encoding=_page_encoding(response.body, kind))
    return response


def _page_encoding(body: bytes, content_type: str) -> str:
    encoding, _ = _encoding(body, content_type)
    return encoding if encoding != "utf-8" or _is_utf8(body) else "cp1252"


def decoded(chunks: Iterable[bytes], content_type: str = "") -> Iterator[str]:
    """Yield the text of *chunks*; single bytes that are no UTF-8 are decoded as cp1252."""
    parts = iter(chunks)
    head = b""
    for part in parts:
        head += part
        if len(head) >= _HEAD:
            break
    encoding, mark = _encoding(head, content_type)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for part in chain([head[mark:]], parts):
        yield decoder.decode(part).translate(_AS_CP1252)
    yield decoder.decode(b"", final=True).translate(_AS_CP1252)


def _encoding(head: bytes, content_type: str) -> tuple[str, int]:
    """Return the encoding, and the length of the byte order mark."""
    encoding, mark = read_bom(head)
    if encoding and mark:
        return resolve_encoding(encoding) or "utf-8", len(mark)
    for wide, start in _WIDE_STARTS.items():
        if start.match(head):
            return wide, 0
    if not head.isascii() and _is_utf8(head):
        return "utf-8", 0
    for name in (http_content_type_encoding(content_type), html_body_declared_encoding(head)):
        known = resolve_encoding(name) if name else None
        # A document that declares UTF-16 in letters of one byte is not in UTF-16.
        if known and _CHARSET.match(known) and not _WIDE.match(known):
            return known, 0
    return "utf-8", 0


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
