"""Blocks whose Content-Length is wrong, in the ways in which tools get it wrong.

A length that counts characters in the place of bytes, or the end of a line too much, is told from
damage by what the record itself holds: nothing is believed that nothing confirms.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from crawler.warc.digests import digest_faults
from crawler.warc.head import HEAD_END
from crawler.warc.message import has_whole_head, head_length, is_chunked, is_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.head import Fields

MOST_READ = 1 << 24
"""Bytes of the largest block whose length is put right."""

_ENDS = (HEAD_END, b"\r\n", b"")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.I | re.M)
_REQUEST_LINE = re.compile(rb"[A-Z]{3,16} [^ \r\n]+ HTTP/\d")
_DIGESTS = {"warc-block-digest", "warc-payload-digest"}


def find_block(content: bytes, length: int, fields: Fields, *, is_last: bool) -> bytes | None:
    """Return the block that *content*, all before the next record, begins with.

    *length* is the Content-Length, *fields* are those of the record. *is_last*: no record follows,
    so that its end may be missing. None if nothing confirms where the block ends.
    """
    if not is_last and len(content) == length - 1 and not content.endswith(b"\n"):
        return content
    named = {name.lower(): value for name, value in reversed(fields)}
    blocks = [block for block in _blocks(content) if len(block) != length]  # that is not all
    for is_confirmed in (
        lambda block: _has_right_digests(named, block),
        _is_whole_message,
        lambda block: length == _count_characters(block),
        lambda block: length == _count_characters(block, twice=True),
    ):
        if found := next(filter(is_confirmed, blocks), None):
            return found
    return None


def _blocks(content: bytes) -> Iterator[bytes]:
    """Yield what *content* may be without the end of a record."""
    for end in _ENDS:
        if content.endswith(end):
            yield content[: len(content) - len(end)]


def _has_right_digests(fields: dict[str, str], block: bytes) -> bool:
    return not _DIGESTS.isdisjoint(fields) and not any(digest_faults(fields, block))


def _count_characters(block: bytes, *, twice: bool = False) -> int:
    """Return how many characters *block* has, -1 if it is no text.

    JavaScript and Java count those beyond U+FFFF *twice*.
    """
    with suppress(UnicodeDecodeError):
        text = block.decode()
        return len(text.encode("utf-16-le")) // 2 if twice else len(text)
    return -1


def _is_whole_message(block: bytes) -> bool:
    """Return whether *block* is an HTTP message whose own head says that it ends there."""
    begin = head_length(block)
    if is_chunked(block) or not has_whole_head(block):
        return False
    lengths = set(map(int, _LENGTH.findall(block[:begin])))
    if not lengths and _REQUEST_LINE.match(block):
        lengths = {0}
    is_http = is_response(block) or _REQUEST_LINE.match(block) is not None
    return is_http and lengths == {len(block) - begin}
