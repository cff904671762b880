"""Links that lead to pages elsewhere which are no articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scrapy.http import Response

from crawler.crawling.wire.walls import MANY_STORIES
from crawler.sources.link import Link


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A link that leads to a page elsewhere, which is no article for ``reason``."""

    link: Link
    response: Response
    reason: str
    detail: str


class DeadEnds:
    """The dead ends of a run, by the page that they lead to."""

    def __init__(self) -> None:
        self._ends: dict[str, list[DeadEnd]] = {}

    def add(self, end: DeadEnd) -> None:
        """Note *end*."""
        self._ends.setdefault(end.response.url, []).append(end)

    def by_url(self) -> Iterator[tuple[str, list[DeadEnd], bool]]:
        """Yield each page, its dead ends, and whether it stands in the place of many stories."""
        for url, ends in self._ends.items():
            yield url, ends, len(ends) >= MANY_STORIES
