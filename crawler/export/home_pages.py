"""Home pages among archived answers: they say the languages of their sites.

WordPress's REST API names none, and what was collected before crawls looked at the home page has
none in its records.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.sources.wordpress.languages import SiteLanguages, tag
from crawler.warc.client_form import is_stored_decoded
from crawler.warc.message import head_length, payload_pieces, status
from crawler.warc.runs import told_by

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # a crawl does not ask for it then
    brotli = None

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.warc.reader import Record

_READ = 1 << 18  # bytes of a page that are unpacked
_LONGEST_HEAD = 1 << 16
_MOST_SITES = 1_000
_MOST_ALTERNATES = 100
_ENCODING = re.compile(rb"^content-encoding[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_HTML = re.compile(rb"^content-type[ \t]*:[ \t]*(?:text/html|application/xhtml)", re.I | re.M)
_ERRORS = (zlib.error, ValueError, *((brotli.error,) if brotli else ()))


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    body: bytes


class HomePages:
    """Finds home pages among the records of one file, which it is told in their order.

    They are at the root of a host, or where a run over a WordPress site began.
    """

    def __init__(self) -> None:
        self._sites: set[str] = set()

    def begin_run(self, warcinfo: Record) -> None:
        """Note the record *warcinfo*, which may tell of a run over a site below a folder."""
        run = told_by(warcinfo)
        if run and (site := run.arguments.get("site")) and len(self._sites) < _MOST_SITES:
            self._sites.add(place_of_site(site))

    def read(self, record: Record) -> dict[str, Any] | None:
        """Return what the answer *record* says of languages; None if it is no home page's."""
        where = place(record.target_uri)
        return languages_of(record) if is_root(where) or where in self._sites else None


def languages_of(record: Record) -> dict[str, Any] | None:
    """Return the fields of the `SiteLanguages` that the page in *record* tells, None if it none."""
    if status(record.block) != "200" or record.header("WARC-Truncated"):
        return None
    head = bytes(record.block[: min(head_length(record.block), _LONGEST_HEAD)])
    if not _HTML.search(head):
        return None
    found = SiteLanguages.of_home(_Page(record.target_uri, _body(record, head)))
    alternates = dict(list(found.alternates.items())[:_MOST_ALTERNATES])
    return {"home": found.home, "alternates": alternates} if found.home else None


def as_languages(content: Mapping[str, Any]) -> SiteLanguages:
    """Return the languages that `languages_of` returned as *content*."""
    alternates = {tag(name): str(url) for name, url in content["alternates"].items()}
    return SiteLanguages(tag(content["home"]), alternates)


def places_above(url: str) -> Iterator[str]:
    """Yield the places, the lowest first, that a page of the site of *url* may be at."""
    where = place(url)
    while (end := where.rstrip("/").rfind("/")) > 1:
        where = where[: end + 1]
        yield where


def is_root(place: str) -> bool:
    """Tell whether *place* is the root of a host."""
    return place.endswith("/") and place.count("/") == 3  # //host/


def place_of_site(site: str) -> str:
    """Return the place of what a run over a site had as its argument."""
    return place(site if "://" in site else f"https://{site}")


def place(url: str) -> str:
    """Return *url* in the form in which two addresses of one home page are the same."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower().removeprefix("www.")
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"//{host}{parts.path.rstrip('/')}/{query}"


def _body(record: Record, head: bytes) -> bytes:
    """Return the first bytes of the page, its encoding undone; empty if that fails."""
    packed = b""
    for piece in payload_pieces(record.block):
        packed += bytes(piece[: _READ - len(packed)])
        if len(packed) >= _READ:
            break
    named = _ENCODING.search(head)
    encoding = named[1].strip().lower() if named else b""
    if encoding in {b"", b"identity"} or is_stored_decoded(packed, encoding):
        return packed
    try:
        return _unpacked(packed, encoding)
    except _ERRORS:
        return b""


def _unpacked(packed: bytes, encoding: bytes) -> bytes:
    if encoding == b"br":
        unpacker = brotli and brotli.Decompressor()
        return bytes(unpacker.process(packed, output_buffer_limit=_READ)) if unpacker else b""
    if encoding == b"deflate" and packed[:1] != b"\x78":
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _READ)
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(packed, _READ)
