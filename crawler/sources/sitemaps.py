"""Sitemaps: the addresses that a site lists for crawlers, read as a stream.

Sources: the Sitemaps protocol 0.9 (sitemaps.org): XML, indexes, gzip, text files, feeds; Google's
news sitemaps (developers.google.com, Search Central).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from crawler.dates import Moment, parse_moment
from crawler.exceptions import printable
from crawler.sources import feeds
from crawler.sources.address import LONGEST_URL, absolute_url
from crawler.sources.charset import decoded
from crawler.sources.link import Link
from crawler.sources.sniffing import document_kind, first_words
from crawler.sources.xmlstream import Record, Records, Shape
from crawler.sources.xmltext import NotThisXmlError

MOST_ENTRIES = 200_000
MOST_BYTES = 64 << 20

_CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEAD = 31
_MOST_MEMBERS = 1_000
_NEWS = "news:news"
_DATE = f"{_NEWS}/news:publication_date"
_TITLE = f"{_NEWS}/news:title"
_LANGUAGE = f"{_NEWS}/news:publication/news:language"
_SHAPE = Shape(
    roots=("urlset", "sitemapindex"),
    records=("url", "sitemap"),
    fields=frozenset(("loc", "lastmod", _NEWS, _DATE, _TITLE, _LANGUAGE)),
)


class NotASitemapError(ValueError):
    """A document that is no sitemap; the message says what it is instead."""


class CutSitemapError(ValueError):
    """A sitemap that was read in part; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapEntry:
    """An address in a sitemap; one that ``is_news``, of a news sitemap or a feed, is a story."""

    link: Link
    is_news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSitemap:
    """A sitemap that an index lists."""

    url: str
    modified: Moment | None = None


def read(body: bytes, url: str) -> Iterator[SitemapEntry | ChildSitemap]:
    """Yield the entries of the sitemap *body* from *url*: XML, text or a feed, also in gzip.

    Raises `NotASitemapError` before the first and `CutSitemapError` after the last of them.
    """
    problems: list[str] = []
    entries = _entries(body, url, problems)
    yield from islice(entries, MOST_ENTRIES)
    if next(entries, None):
        problems.append(f"no more than {MOST_ENTRIES} entries are read")
    if problems:
        raise CutSitemapError(printable(f"{url}: {'; '.join(problems)}"))


def _entries(body: bytes, url: str, problems: list[str]) -> Iterator[SitemapEntry | ChildSitemap]:
    head = next(_inflated(body, []), b"")
    chunks = _inflated(body, problems)
    if document_kind(head) == "addresses":
        return _lines(decoded(chunks), url)
    try:
        return _records(Records(decoded(chunks), _SHAPE, url), problems)
    except NotThisXmlError:
        problems.clear()
    try:
        feed = feeds.read_xml(decoded(_inflated(body, problems)), url)
    except NotThisXmlError as error:
        what = f"{error}: “{first_words(head)}”" if head.strip() else "an empty body"
        raise NotASitemapError(printable(f"{url} is no sitemap but {what}")) from None
    problems += feed.problems
    older = [ChildSitemap(url=feed.next)] if feed.next else []
    return chain((SitemapEntry(link=link, is_news=True) for link in feed.links), older)


def _inflated(body: bytes, problems: list[str]) -> Iterator[bytes]:
    """Yield at most `MOST_BYTES` of *body* in pieces, unpacked if it is gzip."""
    size = 0
    for piece in _members(body, problems) if body.startswith(_GZIP) else _sliced(body):
        size += len(piece)
        if size > MOST_BYTES:
            problems.append(f"no more than {MOST_BYTES} bytes are read")
            return
        yield piece


def _sliced(body: bytes) -> Iterator[bytes]:
    return (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))


def _members(body: bytes, problems: list[str]) -> Iterator[bytes]:
    """Yield the content of the gzip members of *body* (RFC 1952, section 2.2)."""
    unpacker, members, packed = None, 0, b""
    for piece in _sliced(body):
        packed += piece
        while packed and members <= _MOST_MEMBERS:
            if unpacker is None:
                unpacker, members = zlib.decompressobj(_WITH_GZIP_HEAD), members + 1
            try:
                yield unpacker.decompress(packed, _CHUNK)
            except zlib.error as error:
                problems.append(f"damaged gzip: {error}")
                return
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                packed, unpacker = unpacker.unused_data.lstrip(b"\0"), None
    if unpacker is not None:
        problems.append("cut gzip")
    elif packed:
        problems.append(f"no more than {_MOST_MEMBERS} gzip members are read")


def _lines(text: Iterable[str], url: str) -> Iterator[SitemapEntry]:
    """Yield the addresses of a text file, one a line."""
    held = ""
    for piece in chain(text, ("\n",)):
        *lines, held = (held + piece).split("\n")
        for line in lines:
            if address := absolute_url(url, line) if "://" in line else "":
                yield SitemapEntry(link=Link(url=address))
        held = held[: LONGEST_URL + 1]


def _records(records: Records, problems: list[str]) -> Iterator[SitemapEntry | ChildSitemap]:
    unusable = 0
    for record in records:
        address = absolute_url(record.base, record.text("loc"))
        unusable += not address
        if address:
            yield _entry(record, address)
    problems += records.problems
    if unusable:
        problems.append(f"{unusable} entries without a usable address")


def _entry(record: Record, address: str) -> SitemapEntry | ChildSitemap:
    modified = parse_moment(record.text("lastmod"))
    if record.name == "sitemap":
        return ChildSitemap(url=address, modified=modified)
    link = Link(
        url=address,
        title=record.text(_TITLE),
        published=parse_moment(record.text(_DATE)),
        modified=modified,
        language=record.text(_LANGUAGE),
    )
    is_news = any(field.path.startswith(_NEWS) for field in record.fields)
    return SitemapEntry(link=link, is_news=is_news)
