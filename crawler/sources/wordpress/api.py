"""Where a site's REST API is, and how its URLs are written.

https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from scrapy.http import Response, TextResponse
from scrapy.selector import Selector

_REL = "https://api.w.org/"
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_LINK_ELEMENT = re.compile(rb"<link\b[^>]{0,2000}>", re.IGNORECASE)
_HEAD = 1 << 18
_GUESSES = ("wp-json/", "?rest_route=/", "index.php/wp-json/", "index.php?rest_route=/")


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API by its root, in either form: ``…/wp-json/`` or ``…?rest_route=/``."""

    root: str

    @classmethod
    def from_index_url(cls, url: str) -> Self:
        """Return the API whose index was answered at *url*, query and all."""
        parts = urlsplit(url)
        route = [(name, value) for name, value in parse_qsl(parts.query) if name == "rest_route"]
        return cls(parts._replace(query=urlencode(route, safe="/"), fragment="").geturl())

    def url(self, route: str, params: Mapping[str, str | int] | None = None) -> str:
        """Return the URL of *route* (``wp/v2/posts``, empty for the index) with *params*."""
        parts = urlsplit(self.root)
        query = dict(parse_qsl(parts.query))
        if "rest_route" in query:
            query["rest_route"] = f"/{route}"
            path = parts.path
        else:
            path = parts.path.rstrip("/") + "/" + route
        encoded = urlencode({**query, **(params or {})}, safe="/,:")
        return parts._replace(path=path, query=encoded, fragment="").geturl()


def folder(url: str) -> str:
    """Return *url* as the folder that a site's address names: ``…/news`` is ``…/news/``."""
    parts = urlsplit(url)
    last = parts.path.rpartition("/")[2]
    path = parts.path if "." in last else parts.path.rstrip("/") + "/"
    return parts._replace(path=path, query="", fragment="").geturl()


def candidates(home: Response) -> Iterator[tuple[str, Api]]:
    """Yield (rung of the ladder, API) for each place where *home* says or hints the API is."""
    seen: set[str] = set()
    base = folder(home.url)
    ladder = [("Link header", url) for url in _from_headers(home)]
    ladder += [("<link> in the page", url) for url in _from_markup(home)]
    ladder += [(guess, guess) for guess in _GUESSES]
    for rung, url in ladder:
        root = urljoin(base, url)
        if root not in seen and urlsplit(root).scheme in ("http", "https"):
            seen.add(root)
            yield rung, Api(root)


def _from_headers(home: Response) -> Iterable[str]:
    for value in home.headers.getlist("Link"):
        for target, parameters in _LINK.findall(value.decode("utf-8", "replace")):
            if _REL in parameters:
                yield target


def _from_markup(home: Response) -> Iterable[str]:
    """Read the ``<link>`` elements by themselves: a page may be made to choke a parser."""
    if not isinstance(home, TextResponse):
        return
    for element in _LINK_ELEMENT.findall(home.body[:_HEAD]):
        link = Selector(text=element.decode("utf-8", "replace"))
        yield from link.xpath("//link[@rel=$rel]/@href", rel=_REL).getall()
