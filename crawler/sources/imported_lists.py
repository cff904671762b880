"""Lists of sites and feeds that other programs and people keep: OPML, and plain addresses.

Source: OPML 2.0 (outlines with ``xmlUrl`` and ``htmlUrl``; those without are folders).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from crawler.exceptions import BadArgumentError, without_userinfo
from crawler.sources.address import absolute_url
from crawler.sources.arguments import site_address
from crawler.sources.charset import decoded
from crawler.sources.feed_links import is_feed_address

MOST_BYTES = 8 << 20
_LONGEST_NAME = 200
_MOST_TAGS = 8
_PIECE = 1 << 16
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,1000}\?>")
_DOCUMENT_TYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class BadListError(ValueError):
    """A list that cannot be read; the message has the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSite:
    """A line of a list: a site, its feed, or both. ``why_not`` says why it cannot be used."""

    where: str
    site: str = ""
    feed: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    why_not: str = ""


def read_list(data: bytes) -> Iterator[ListedSite]:
    """Yield what the list *data* names. Raises `BadListError`."""
    if len(data) > MOST_BYTES:
        raise BadListError(f"it has more than {MOST_BYTES >> 20} MB: part it")
    text = "".join(decoded([data])).removeprefix("\ufeff")
    yield from _opml(text) if text.lstrip().startswith("<") else _plain(text)


def _plain(text: str) -> Iterator[ListedSite]:
    for number, line in enumerate(text.splitlines(), 1):
        given = line.partition(" #")[0].strip()
        if not given or given.startswith("#"):
            continue
        where = f"line {number}"
        try:
            url = "" if " " in given else site_address("address", given)
        except BadArgumentError:
            url = ""
        if not url:
            yield ListedSite(where=where, why_not=f"{without_userinfo(given)!r} is no address")
            continue
        is_feed = is_feed_address(url)
        yield ListedSite(where=where, feed=url) if is_feed else ListedSite(where=where, site=url)


def _opml(text: str) -> Iterator[ListedSite]:
    """Read the outlines one by one; nothing is expanded or fetched."""
    if _DOCUMENT_TYPE.search(text):
        raise BadListError("take the document type out of it: OPML has none, and none is read")
    parser = etree.XMLPullParser(
        ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    folders: list[str] = []
    text = _DECLARATION.sub("", text, count=1)
    try:
        for start in range(0, len(text), _PIECE):
            parser.feed(text[start : start + _PIECE].encode("utf-8", "replace"))
            yield from _outlines(parser, folders)
        parser.close()
        yield from _outlines(parser, folders)
    except etree.XMLSyntaxError as error:
        raise BadListError(f"it is no whole OPML: {error.msg}") from None


def _outlines(parser: etree.XMLPullParser, folders: list[str]) -> Iterator[ListedSite]:
    for event, element in parser.read_events():
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name == "outline":
            given = {key.lower(): value.strip() for key, value in element.attrib.items()}
            if event == "start":
                if "xmlurl" in given or "htmlurl" in given:
                    yield _listed(given, folders, element.sourceline)
                folders.append(_label(given))
            else:
                folders.pop()


def _listed(given: dict[str, str], folders: list[str], line: int | None) -> ListedSite:
    feed = absolute_url("", given.get("xmlurl", ""))
    site = absolute_url("", given.get("htmlurl", ""))
    where = f"line {line}"
    if not (feed or site):
        address = given.get("xmlurl") or given.get("htmlurl") or ""
        return ListedSite(where=where, why_not=f"{without_userinfo(address)!r} is no address")
    tags = tuple(dict.fromkeys(filter(None, folders)))[:_MOST_TAGS]
    return ListedSite(where=where, site=site, feed=feed, name=_label(given), tags=tags)


def _label(given: dict[str, str]) -> str:
    """Return the name of an outline, such as a tag may have."""
    text = given.get("text") or given.get("title") or ""
    plain = "".join(c if c.isprintable() and c != "," else " " for c in text)
    return " ".join(plain.split())[:_LONGEST_NAME].strip()
