"""The places where a site's REST API may be, and its URLs.

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
        """Return the API whose index came from *url*; only ``rest_route`` is kept of its query."""
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


def as_folder(url: str) -> str:
    """Return *url*, the address of a site, as a folder: ``…/news`` as ``…/news/``."""
    parts = urlsplit(url)
    last = parts.path.rpartition("/")[2]
    path = parts.path if "." in last else parts.path.rstrip("/") + "/"
    return parts._replace(path=path, query="", fragment="").geturl()


def candidates(home: Response) -> Iterator[tuple[str, Api]]:
    """Yield (origin of the address, API) for each place where the API of *home* may be.

    What the site declares comes first, then the places where it is by custom.
    """
    seen: set[str] = set()
    base = as_folder(home.url)
    addresses = [("Link header", url) for url in _from_headers(home)]
    addresses += [("<link> in the page", url) for url in _from_markup(home)]
    addresses += [(guess, guess) for guess in _GUESSES]
    for origin, url in addresses:
        root = urljoin(base, url)
        if root not in seen and urlsplit(root).scheme in ("http", "https"):
            seen.add(root)
            yield origin, Api(root)


def _from_headers(home: Response) -> Iterable[str]:
    for value in home.headers.getlist("Link"):
        for target, parameters in _LINK.findall(value.decode("utf-8", "replace")):
            if _REL in parameters:
                yield target


def _from_markup(home: Response) -> Iterable[str]:
    """Yield what ``<link>`` elements declare, each parsed alone: a page may overload a parser."""
    if not isinstance(home, TextResponse):
        return
    for element in _LINK_ELEMENT.findall(home.body[:_HEAD]):
        link = Selector(text=element.decode("utf-8", "replace"))
        yield from link.xpath("//link[@rel=$rel]/@href", rel=_REL).getall()
