"""What the parts of a crawl of a news service share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scrapy.statscollectors import StatsCollector

from crawler.crawling.postponed import PostponedRequests
from crawler.crawling.wire.fetch_history import FetchHistory
from crawler.crawling.wire.selection import Selection
from crawler.extensions.report import ReportExtension
from crawler.sources.address import address_key


class RequestedUrls:
    """A set of URLs in which two spellings of one address are the same."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __contains__(self, url: str) -> bool:
        return address_key(url) in self._keys

    def add(self, url: str) -> None:
        """Note that *url* was requested."""
        self._keys.add(address_key(url))


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRun:
    """A crawl of one service: the articles of ``source`` that are in the ``selection``."""

    source: str
    selection: Selection
    history: FetchHistory
    postponed: PostponedRequests
    report: ReportExtension
    stats: StatsCollector
    forbids: Callable[[str], bool] = lambda url: False
    """Whether the service that the host of a URL belongs to forbids crawling."""
    requested: RequestedUrls = field(default_factory=RequestedUrls)

    def skipped(self, reason: str, number: int = 1) -> None:
        """Count links or link pages that were not followed for *reason*, and are not named."""
        if number:
            self.stats.inc_value(f"wire/skipped/{reason}", number)
            self.report.lose_unnamed(reason, number)

    def skip(self, reason: str, address: str, *, lasts: bool = True) -> None:
        """Note that the link or link page at *address* is not followed, for *reason*."""
        self.stats.inc_value(f"wire/skipped/{reason}")
        self.report.lose(reason, address, lasts=lasts)
