"""Link pages that bring nothing new: how often in a row, so that no list goes on for ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crawler.crawling.wire.link_pages import Contents
from crawler.sources.address import address_key

MOST_BARREN = 3
"""Older pages in a row without a new link, behind which no other is requested."""


@dataclass(slots=True)
class _Chain:
    seen: set[int] = field(default_factory=set)
    barren: int = 0


class OlderPages:
    """What the older pages of each link page link, and which sitemaps repeat each other."""

    def __init__(self) -> None:
        self._chains: dict[str, _Chain] = {}
        self._sitemaps: set[int] = set()

    def are_barren(self, link_page: str, contents: Contents) -> bool:
        """Note one more page of *link_page*; tell whether the last ones brought nothing new."""
        chain = self._chains.setdefault(link_page, _Chain())
        found = link_hashes(contents)
        chain.barren = 0 if found - chain.seen else chain.barren + 1
        chain.seen |= found
        return chain.barren >= MOST_BARREN

    def linked(self, link_page: str) -> frozenset[int]:
        """Return the hashes of what the pages of *link_page* linked."""
        return frozenset(self._chains[link_page].seen if link_page in self._chains else ())

    def is_repeated(self, sitemap: Contents) -> bool:
        """Note what *sitemap* links; tell whether an earlier one had just the same links."""
        found = hash(link_hashes(sitemap))
        is_known = found in self._sitemaps
        self._sitemaps.add(found)
        return is_known


def link_hashes(contents: Contents) -> frozenset[int]:
    """Return a number for each address that *contents* links to stories."""
    links: Iterable[str] = (link.url for link in (*contents.links, *contents.archive_links))
    return frozenset(hash(address_key(url)) for url in links)
