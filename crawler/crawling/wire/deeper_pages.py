"""What is read deeper: where a link page links nothing known, more may lie below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from scrapy import Request

from crawler.crawling.wire.link_pages import Contents, LinkPage
from crawler.crawling.wire.older_pages import link_hashes
from crawler.crawling.wire.wire_run import WireRun


class DeeperPages:
    """Has the site's sitemaps and fronts read, once a run, where a link page was outrun.

    That is one of which an earlier run had read everything, that links nothing of that any more,
    and that has no older pages down to it. ``request`` yields the requests, for a sitemap that is
    given but for its address.

    A sitemap closes the gap if it links a story of the page above it and one that was read before.
    What nothing closes is named at the end.
    """

    def __init__(self, run: WireRun) -> None:
        self._run = run
        self._gaps: dict[str, tuple[LinkPage, frozenset[int]]] = {}
        self._reaching_back: set[int] = set()
        self.request: Callable[[LinkPage], Iterator[Request]] = lambda sitemap: iter(())

    def below(self, link_page: LinkPage, linked: frozenset[int]) -> Iterator[Request]:
        """Note that *link_page*, whose links hash as *linked*, was outrun; request what is below.

        What is below may be on the way already.
        """
        if link_page.is_deeper or link_page.url in self._gaps:
            return
        is_first = not self._gaps
        self._gaps[link_page.url] = link_page, linked
        self._run.stats.inc_value("wire/read_deeper")
        if is_first:
            yield from self.request(
                LinkPage(
                    kind="sitemap",
                    url="",
                    since=link_page.since,
                    newest=link_page.newest,
                    is_deeper=True,
                )
            )

    def note(self, link_page: LinkPage, contents: Contents, read_before: Sequence[bool]) -> None:
        """Note what *link_page* links, of which some may have been *read_before*."""
        if link_page.kind == "sitemap" and any(read_before):
            self._reaching_back |= link_hashes(contents)

    def close(self) -> None:
        """Name the gaps that nothing closed."""
        for link_page, linked in self._gaps.values():
            if not linked & self._reaching_back:
                self._run.report.problem(
                    "feed_gap",
                    f"{link_page.url} links nothing that was read when it was opened last, at "
                    f"{link_page.since}, and no sitemap links that and this: stories may have "
                    "passed in between; crawl more often",
                )
        self._gaps.clear()
