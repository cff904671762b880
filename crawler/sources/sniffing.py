"""What a document is, by its first bytes: sites name the wrong media type as often as not.

Sources: Sitemaps protocol 0.9; RSS 2.0 and 1.0; RFC 4287 (Atom); JSON Feed 1.1; RFC 1952 (gzip).
"""

from __future__ import annotations

import re
from typing import Literal

from w3lib.html import remove_tags, remove_tags_with_content

from crawler.sources.xmltext import TAG_END, without_hidden

Kind = Literal["feed", "json_feed", "sitemap", "addresses", "gzip", "json", "html", "text"]

_HEAD = 1 << 18
_ROOT_WITHIN = 4_096
_LONGEST_QUOTE = 120
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = "\xef\xbb\xbf\xfe\xff"  # as Latin-1 has the bytes
_JSON_FEED = re.compile(r"jsonfeed\.org\\?/version")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+[\w:.-]+\s[^\[>]{0,500}\[")
_TAG = re.compile(
    r"<(?:(?P<doctype>!doctype\s+html\b)"
    r"|(?P<end>/?)(?:[\w.-]+:)?(?P<name>[a-z][\w.-]*)(?=[\s/>]))",
    re.IGNORECASE,
)
_ROOTS: dict[str, Kind] = {
    **dict.fromkeys(("rss", "feed", "rdf"), "feed"),
    **dict.fromkeys(("urlset", "sitemapindex"), "sitemap"),
}
_OF_PAGES = frozenset(("html", "head", "body", "title", "meta", "link", "base", "form", "frameset"))
_AROUND = frozenset(
    (
        *("div", "span", "table", "section", "article", "main", "nav", "aside", "header", "footer"),
        *("ul", "ol", "dl", "a", "font", "b", "i", "strong", "em", "blockquote", "center"),
        *("figure", "fieldset", "button", "select", "textarea", "pre", "code", "script", "style"),
        *("xmp", "noscript", "template", "iframe"),
    )
)
_BLANKS = re.compile(r"\s+")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def document_kind(body: bytes | str) -> Kind:
    """Return what *body* is; ``addresses`` is a text file of them, one a line, as sitemaps may be.

    A page of HTML stays one if it holds the root element of a feed, in a comment, a script, a text
    area, or anywhere in another element, and a feed stays one if a PHP notice, another whole piece
    of HTML, or long comments stand before its root element.
    """
    if isinstance(body, bytes):
        if body.startswith(_GZIP):
            return "gzip"
        # All that is looked for is ASCII, which is what UTF-16 is without its zero bytes.
        body = body[:_HEAD].replace(b"\0", b"").decode("latin-1").lstrip(_BYTE_ORDER_MARKS)
    start = body[:_HEAD].lstrip("\ufeff \t\r\n\f\v")
    if start.startswith(("{", "[")):
        return "json_feed" if _JSON_FEED.search(start) else "json"
    if kind := _kind_of_root(_without_prolog(start)[:_ROOT_WITHIN]):
        return kind
    if _ADDRESS.match(start):
        return "addresses"
    return "html" if "<" in start else "text"


def _kind_of_root(shown: str) -> Kind | None:
    """Return the kind that the first root element, or element of a page, shows; None without."""
    around = position = 0
    while found := _TAG.search(shown, position):
        name = (found["name"] or "html").lower()
        if name in _OF_PAGES:
            return "html"
        if name in _ROOTS and not found["end"]:
            return "html" if around else _ROOTS[name]
        tag = TAG_END.match(shown, found.end())
        position = tag.end() if tag else found.end()
        if name in _AROUND and not (tag and tag[0].endswith("/>")):
            around = max(0, around - 1) if found["end"] else around + 1
    return None


def _without_prolog(start: str) -> str:
    """Leave out what may stand before the root element at length, or hold the name of another.

    That is what `without_hidden` takes out, a comment without an end, and the declarations of a
    document type.
    """
    shown = without_hidden(start).partition("<!--")[0]
    doctype = _DOCTYPE.search(shown)
    end = shown.find("]", doctype.end()) if doctype else -1
    if doctype and end > 0:
        shown = f"{shown[: doctype.start()]}{shown[end + 1 :].lstrip(' >')}"
    return _BLANKS.sub(" ", shown)


def first_words(body: bytes) -> str:
    """Return the beginning of *body* as a person would read it, on one line."""
    text = remove_tags_with_content(body[:8_192].decode("utf-8", "replace"), ("script", "style"))
    printable = "".join(c if c.isprintable() else " " for c in remove_tags(text))
    return " ".join(printable.split())[:_LONGEST_QUOTE] or "nothing"
