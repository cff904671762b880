"""A sorted CDXJ index in gzip members of some lines each, and the small index that finds them.

A reader loads the small index (`.idx`) whole and then only the members it needs, so that an index
of any size can be searched over HTTP. The form is the one that py-wacz writes and that
ReplayWeb.page reads: https://pywb.readthedocs.io/en/latest/manual/indexing.html#zipnum-sharded-index
"""

from __future__ import annotations

import hashlib
import json
import zlib
from itertools import islice
from typing import TYPE_CHECKING

from crawler.warc.cdxj import format_line
from crawler.warc.gzip_member import GZIP_WBITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINES_PER_MEMBER = 1024


def header(filename: str) -> str:
    """Return the first line of an `.idx` whose members are in the file *filename* beside it."""
    return f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': filename})}\n"


def members(lines: Iterable[str], size: int = LINES_PER_MEMBER) -> Iterator[tuple[bytes, str]]:
    """Yield each gzip member of *size* CDXJ lines and its line of the `.idx`.

    *lines* are sorted and end in a newline. The same lines give the same bytes.
    """
    offset = 0
    rest = iter(lines)
    while block := list(islice(rest, size)):
        member = zlib.compress("".join(block).encode(), wbits=GZIP_WBITS)
        yield member, _idx_line(block[0], offset, member)
        offset += len(member)


def _idx_line(first: str, offset: int, member: bytes) -> str:
    key, timestamp, _ = first.split(" ", 2)
    digest = f"sha256:{hashlib.sha256(member).hexdigest()}"
    place: dict[str, str | int] = {"offset": offset, "length": len(member), "digest": digest}
    return format_line(key, timestamp, place)
