"""Reading link pages in another process, and noting those that cannot be read."""

from __future__ import annotations

import logging
from dataclasses import replace

from scrapy.http import Response

from crawler.crawling.wire.link_pages import (
    Contents,
    LinkPage,
    LinkPageJob,
    NotALinkPageError,
    UnreadableLinkPageError,
    kind_by_address,
    lists_feeds,
    read_link_page,
)
from crawler.crawling.wire.wire_run import WireRun
from crawler.pages.page_job import read_page
from crawler.processes import ChildEndedError
from crawler.shared_processes import LimitedFunction
from crawler.sources.services import Service

logger = logging.getLogger(__name__)


class LinkPageReader:
    """Reads the link pages of *service*.

    It does so in another process, which is ended when a page takes more than *timeout* CPU seconds.
    """

    def __init__(self, run: WireRun, service: Service, *, timeout: float) -> None:
        self._run = run
        self._service = service
        # Stories are read in the same processes, later.
        later = read_page.__module__
        self._limited = LimitedFunction(read_link_page, limit=timeout, preload=(later,))
        self.failures: list[str] = []
        """Why link pages could not be read, guesses included."""

    def expected_kind(self, asked: str, page: Response) -> str:
        """Return what *page*, the answer for *asked* and HTML, should be: mostly a listing.

        An address that was a feed or a sitemap, or is one by its name, is no home page because it
        is neither now; nor is a page that lists feeds.
        """
        for url in (asked, page.url):
            if kind := self._run.history.last_kind(url):
                return kind
        return kind_by_address(asked) or ("feed" if lists_feeds(page) else "listing")

    async def read(self, response: Response, link_page: LinkPage) -> Contents | None:
        """Return what a link page holds; None if it cannot be read, which is noted."""
        try:
            return await self._limited(self._job(response, link_page))
        except (UnreadableLinkPageError, ChildEndedError) as error:
            self._note(link_page, error)
            return None

    def read_here(self, response: Response, link_page: LinkPage) -> Contents | None:
        """Do the same in this process."""
        try:
            return read_link_page(self._job(response, link_page))
        except UnreadableLinkPageError as error:
            self._note(link_page, error)
            return None

    def _job(self, response: Response, link_page: LinkPage) -> LinkPageJob:
        return LinkPageJob.from_response(response, link_page, self._service, self._run.selection)

    def _note(self, link_page: LinkPage, error: Exception) -> None:
        if isinstance(error, NotALinkPageError):
            self.note_other_page(link_page, str(error))
        else:
            self.note_failure(link_page, str(error))

    def was(self, kind: str, link_page: LinkPage) -> bool:
        """Tell whether *link_page* was a link page of *kind* when it was read last."""
        return self._run.history.last_kind(link_page.url) == kind

    def note_other_page(self, link_page: LinkPage, reason: str) -> None:
        """Note that another page came in the place of *link_page*; name it if it was one before."""
        if self.was(link_page.kind, link_page):
            at = self._run.history.last_read(link_page.url)
            reason += (
                f"; it was a {link_page.kind} when it was read last, at {at}: name the new one"
            )
        else:
            link_page = replace(link_page, is_guess=link_page.is_guess or link_page.is_unsure)
        self.note_failure(link_page, reason)

    def note_failure(self, link_page: LinkPage, reason: str) -> None:
        """Note why *link_page* could not be read; name it if it has to exist."""
        self.failures.append(reason)
        if link_page.is_guess:
            logger.info("%s", reason)
        else:
            self._run.report.problem("link_page_unreadable", f"the {link_page.kind} {reason}")

    def close(self) -> None:
        """End what is being read."""
        self._limited.close()
