"""Which parts of a site's sitemaps a run opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crawler.crawling.wire.link_pages import LinkPage
from crawler.crawling.wire.wire_run import WireRun
from crawler.sources.sitemap_parts import MOST_NEWEST, newest_parts, parts_of_days
from crawler.sources.sitemaps import ChildSitemap

_NEWS = timedelta(days=2)  # of which a news sitemap holds the stories, by Google's rule
_DAY = timedelta(days=1)
_MOST_IN_RUN = 2 * MOST_NEWEST
_FEW = 10


class PartSelection:
    """Chooses the sitemaps that the days asked for need; if none are named, the newest ones."""

    def __init__(self, run: WireRun) -> None:
        self._run = run
        self._newest = 0

    def of_index(
        self, children: Sequence[ChildSitemap], link_page: LinkPage
    ) -> Sequence[ChildSitemap]:
        """Return those of the *children* of an index that are opened; name what is too much."""
        wanted = self._wanted(children, link_page)
        self._run.skipped("sitemap", len(children) - len(wanted))
        return wanted

    def _wanted(
        self, children: Sequence[ChildSitemap], link_page: LinkPage
    ) -> Sequence[ChildSitemap]:
        selection = self._run.selection
        if selection.is_bounded:
            return list(parts_of_days(children, *selection.days))
        newest = newest_parts(children, link_page.newest)
        room = max(0, min(MOST_NEWEST, _MOST_IN_RUN - self._newest))
        if len(newest) > room:
            self._run.report.problem(
                "pages_limit",
                f"{link_page.url}: {len(newest)} sitemaps may hold the newest stories, and {room} "
                "of them are read; name the right ones in a sources file",
            )
        self._newest += min(len(newest), room)
        return newest[:room]

    def of_robots(self, named: Sequence[str], captured: str) -> list[str]:
        """Return those of the sitemaps *named* by a robots.txt that are opened.

        A few are all opened: one may be an index, whose address says nothing of days.
        """
        parts: Sequence[ChildSitemap] = [ChildSitemap(url=url) for url in named]
        if self._run.selection.is_bounded:
            parts = list(parts_of_days(parts, *self._run.selection.days))
        elif len(parts) > _FEW:
            parts = newest_parts(parts, day_before(captured, _NEWS))[:MOST_NEWEST]
        self._run.skipped("sitemap", len(named) - len(parts))
        return [part.url for part in parts]


def first_new_day(captured: str, since: str) -> str:
    """Return the ISO day from which on stories count as new at *captured*.

    That is that of a news sitemap; if the last run read the page before that, at *since*, the day
    before *since*.
    """
    newest = day_before(captured, _NEWS)
    return min(newest, day_before(since, _DAY)) if since else newest


def day_before(time: str, by: timedelta) -> str:
    """Return the ISO day of *time* minus *by*."""
    return (datetime.fromisoformat(time) - by).date().isoformat()
