"""The links of feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed.

Sources: the RSS 2.0 specification (RSS Advisory Board); RSS 1.0; RFC 4287 (Atom); RFC 5005 (paged
and archived feeds); JSON Feed 1.1 (jsonfeed.org).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler.dates import parse_moment
from crawler.exceptions import printable
from crawler.sources.address import LONGEST_URL, absolute_url, address_key
from crawler.sources.charset import decoded
from crawler.sources.link import Link
from crawler.sources.sniffing import document_kind, first_words
from crawler.sources.tolerant_json import Decoded, NotJsonError, decode
from crawler.sources.xmlstream import LONGEST_CONTENT, Field, Record, Records, Shape
from crawler.sources.xmltext import NotThisXmlError

MOST_ITEMS = 50_000
MOST_SECTIONS = 50

_LONGEST_JSON = 1 << 22
_LONGEST_WORDS = 500
_CHUNK = 1 << 16
_JSON_ITEMS = re.compile(rb'"items"\s*:\s*(\[)')
_PLAIN = ("text", "xhtml", "text/plain", "application/xhtml+xml")

LEAST_CONTENT = 200
"""Letters of markup that may be a whole text; what is shorter is none."""

_MOST_CONTENT = 1 << 22  # letters of whole texts that are kept of one feed
_CONTENT = ("content:encoded", "atom:content", "content")
_TITLE = ("title", "atom:title", "dc:title")
_LINK = ("link", "atom:link")
_GUID = ("guid", "atom:id", "id")
_PUBLISHED = ("pubDate", "atom:published", "published", "dcterms:issued", "atom:issued", "dc:date")
_MODIFIED = ("atom:updated", "updated", "dcterms:modified", "atom:modified")
_SECTIONS = ("category", "atom:category", "dc:subject")
_ORIGINAL = ("feedburner:origLink",)
_PAGES = ("channel/atom:link", "atom:link", "channel/link", "link")
_GENERATOR = ("channel/generator", "atom:generator", "generator")
_LANGUAGE = ("channel/language", "channel/dc:language", "dc:language", "language")
SHAPE = Shape(
    roots=("rss", "feed", "RDF"),
    records=("item", "entry"),
    fields=frozenset(
        chain(
            (*_TITLE, *_LINK, *_GUID, *_PUBLISHED, *_MODIFIED, *_SECTIONS, *_ORIGINAL),
            (*_PAGES, *_GENERATOR, *_LANGUAGE, *_CONTENT),
        )
    ),
    long_fields=frozenset(_CONTENT),
)


class NotAFeedError(ValueError):
    """A document that is no feed; the message says what it is instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The links of a feed.

    ``next`` is the address of older entries, ``site`` that of the feed's own site, ``generator``
    the software that made the feed, each empty if the feed names none; ``problems`` says what could
    not be read.
    """

    links: tuple[Link, ...]
    site: str = ""
    next: str = ""
    generator: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_wordpress(self) -> bool:
        """Whether WordPress made the feed: `wordpress_page_url` is the address of older entries."""
        return "wordpress" in self.generator.lower()


def read(body: bytes, url: str, content_type: str = "") -> Feed:
    """Read the feed *body* that came from *url*, with the Content-Type that came with it.

    Its links are absolute, http or https, and no longer than `LONGEST_URL`. Raises
    `NotAFeedError`.
    """
    try:
        kind = document_kind(body)
        if kind == "json_feed":
            return _json_feed(body, url)
        if kind == "json":
            raise NotJsonError("JSON of something else")
        chunks = (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
        return read_xml(decoded(chunks, content_type), url)
    except (NotThisXmlError, NotJsonError) as error:
        what = f"{error}: “{first_words(body)}”" if body.strip() else "an empty body"
        raise NotAFeedError(printable(f"{url} is no feed but {what}")) from None


def read_xml(text: Iterable[str], url: str) -> Feed:
    """Read the feed *text*. Raises `NotThisXmlError`."""
    records = Records(text, SHAPE, url)
    found = list(_with_content(_link(record) for record in islice(records, MOST_ITEMS)))
    links = [link for link in found if link]
    problems = list(records.problems)
    if len(links) < len(found):
        problems.append(f"{len(found) - len(links)} items without a usable link")
    if len(found) == MOST_ITEMS:
        problems.append(f"no more than {MOST_ITEMS} items are read")
    return Feed(
        links=_in_language(links, records.outside.text(*_LANGUAGE)),
        site=_site(records.outside),
        next=_older(records.outside, url),
        generator=_generator(records.outside),
        problems=tuple(problems),
    )


def wordpress_page_url(url: str, page: int) -> str:
    """Return the address of *page*, counted from 1, of the feed at *url* that WordPress made.

    https://developer.wordpress.org/reference/classes/wp_query/ (``paged``)
    """
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    if page > 1:
        query.append(("paged", str(page)))
    return parts._replace(query=urlencode(query), fragment="").geturl()


def _link(record: Record) -> Link | None:
    url = next(_addresses(record), "")
    guid = record.text(*_GUID) or record.attributes.get("rdf:about", "").strip()
    if not url or (record.is_broken and not guid):
        return None
    return Link(
        url=url,
        guid=guid if len(guid) <= LONGEST_URL else "",
        title=next(filter(None, map(_markup, record.every(*_TITLE))), ""),
        published=parse_moment(_one_line(record.text(*_PUBLISHED))),
        modified=parse_moment(_one_line(record.text(*_MODIFIED))),
        sections=_unique(_section(field) for field in record.every(*_SECTIONS)),
        language=_one_line(record.text("dc:language") or record.language),
        content=_content(record),
    )


def _content(record: Record) -> str:
    """Return the markup of the whole text, nothing if there is none or it is too long."""
    for field in record.every(*_CONTENT):
        if LEAST_CONTENT <= len(field.text) < LONGEST_CONTENT:
            return _markup(field)
    return ""


def _with_content(links: Iterable[Link | None]) -> Iterator[Link | None]:
    """Yield *links*, without the texts of those behind the first ones that have enough."""
    left = _MOST_CONTENT
    for link in links:
        left -= len(link.content) if link else 0
        yield replace(link, content="") if link and left < 0 else link


def _addresses(record: Record) -> Iterator[str]:
    """Yield the usable addresses of an item, the best first."""
    links = list(record.every(*_LINK))
    alternates = [link for link in links if link.attributes.get("rel", "alternate") == "alternate"]
    pages = [link for link in alternates if "html" in link.attributes.get("type", "html")]
    candidates = [(field.base, field.text) for field in record.every(*_ORIGINAL)]
    candidates += [(link.base, link.attributes.get("href", "")) for link in pages]
    candidates += [(link.base, link.text) for link in links]
    candidates += [(link.base, link.attributes.get("href", "")) for link in alternates]
    candidates += [
        (guid.base, _permalink(guid.text)) for guid in record.every("guid") if _is_page(guid)
    ]
    candidates.append((record.base, record.attributes.get("rdf:about", "")))
    candidates += [(guid.base, _permalink(guid.text)) for guid in record.every("atom:id", "id")]
    yield from filter(None, (absolute_url(*candidate) for candidate in candidates))


def _is_page(guid: Field) -> bool:
    return guid.attributes.get("isPermaLink", "true").strip().lower() == "true"


def _permalink(guid: str) -> str:
    return guid if guid.startswith(("http://", "https://")) else ""


def _markup(field: Field) -> str:
    """Return the markup of a title: RSS always has markup, Atom only where its type says so."""
    if field.path.startswith("atom:") and field.attributes.get("type", "text") in _PLAIN:
        return html.escape(field.text, quote=False)
    return field.text


def _section(field: Field) -> str:
    attributes = field.attributes
    return field.text or attributes.get("label", "") or attributes.get("term", "")


def _older(outside: Record, url: str) -> str:
    """Return the address of older entries: RFC 5005, sections 3 and 4."""
    for relation in ("next", "prev-archive"):
        for link in outside.every(*_PAGES):
            if link.attributes.get("rel") == relation:
                address = absolute_url(link.base, link.attributes.get("href", ""))
                if address and address_key(address) != address_key(url):
                    return address
    return ""


def _site(outside: Record) -> str:
    """Return the address of the site that the feed is of: RSS 2.0, ``link``; RFC 4287, 4.2.7.2."""
    for link in outside.every("channel/link", "atom:link", "link"):
        written = link.attributes.get("href", "") or link.text
        if link.attributes.get("rel", "alternate") == "alternate" and (
            address := absolute_url(link.base, written)
        ):
            return address
    return ""


def _generator(outside: Record) -> str:
    fields = outside.every(*_GENERATOR)
    return next((_one_line(f"{f.text} {f.attributes.get('uri', '')}") for f in fields), "")


def _in_language(links: Iterable[Link], language: str) -> tuple[Link, ...]:
    language = _one_line(language)
    return tuple(link if link.language else replace(link, language=language) for link in links)


def _one_line(text: str) -> str:
    """Return *text* on one line, nothing if it is too long for a name or a date."""
    folded = " ".join(text.split())
    return folded if len(folded) <= _LONGEST_WORDS else ""


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(filter(None, dict.fromkeys(map(_one_line, texts))), MOST_SECTIONS))


def _json_feed(body: bytes, url: str) -> Feed:
    problems = []
    if len(body) > _LONGEST_JSON:
        problems.append(f"only the first {_LONGEST_JSON} of {len(body)} bytes were read")
    decoded = _decoded_feed(body[:_LONGEST_JSON])
    feed = decoded.value
    items = feed["items"] if isinstance(feed.get("items"), list) else []
    if len(items) > MOST_ITEMS:
        problems.append(f"no more than {MOST_ITEMS} items are read")
        items = items[:MOST_ITEMS]
    links = [link for link in _with_content(_json_link(item, url) for item in items) if link]
    if decoded.repairs:
        problems.append(f"damaged JSON: {', '.join(decoded.repairs)}")
    if len(links) < len(items):
        problems.append(f"{len(items) - len(links)} items without a usable link")
    older = absolute_url(url, _string(feed, "next_url"))
    return Feed(
        links=_in_language(links, _string(feed, "language")),
        site=absolute_url(url, _string(feed, "home_page_url")),
        next=older if address_key(older) != address_key(url) else "",
        problems=tuple(problems),
    )


def _decoded_feed(body: bytes) -> Decoded:
    """Return the feed, an object; of a feed that is cut, its whole items."""
    with suppress(NotJsonError):
        whole = decode(body)
        if isinstance(whole.value, dict) and "version" in whole.value:
            return whole
    items = _JSON_ITEMS.search(body)
    if items is None:
        raise NotJsonError("broken JSON")
    try:
        cut = decode(body[items.start(1) :])
    except NotJsonError:
        raise NotJsonError("broken JSON") from None
    return Decoded({"items": cut.value}, cut.repairs)


def _json_link(item: Any, url: str) -> Link | None:
    if not isinstance(item, dict):
        return None
    guid = _string(item, "id")
    candidates = (_string(item, "url"), _string(item, "external_url"), _permalink(guid))
    address = next(filter(None, (absolute_url(url, candidate) for candidate in candidates)), "")
    tags = item["tags"] if isinstance(item.get("tags"), list) else []
    if not address:
        return None
    return Link(
        url=address,
        guid=guid if len(guid) <= LONGEST_URL else "",
        title=html.escape(_string(item, "title"), quote=False),
        published=parse_moment(_one_line(_string(item, "date_published"))),
        modified=parse_moment(_one_line(_string(item, "date_modified"))),
        sections=_unique(tag for tag in tags if isinstance(tag, str)),
        language=_one_line(_string(item, "language")),
        content=_json_content(item),
    )


def _json_content(item: dict[str, Any]) -> str:
    markup, text = item.get("content_html"), item.get("content_text")
    if not isinstance(markup, str) and isinstance(text, str):
        lines = filter(None, map(str.strip, text[:LONGEST_CONTENT].split("\n")))
        markup = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    is_whole = isinstance(markup, str) and LEAST_CONTENT <= len(markup) < LONGEST_CONTENT
    return str(markup) if is_whole else ""


def _string(value: dict[str, Any], name: str) -> str:
    """Return the string or number *name* of *value* as text on one line."""
    found = value.get(name)
    return " ".join(str(found).split()) if isinstance(found, str | int | float) else ""
