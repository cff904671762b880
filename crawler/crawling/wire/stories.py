"""Reading the stories that link pages lead to, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message
from crawler.crawling.wire.fetch_history import FILTERED
from crawler.crawling.wire.identities import Identities
from crawler.crawling.wire.wire_run import WireRun
from crawler.exceptions import NotInArchive, OffsiteRedirectError
from crawler.items import Article
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_job import PageJob, read_article
from crawler.pages.page_rules import PageRulesByHost
from crawler.processes import ChildEndedError, LimitedProcess
from crawler.sources.address import address_key
from crawler.sources.link import Link

_GONE = (404, 410)
_MANY_STORIES = 3


class StoryReader:
    """Turns the links of a run into articles.

    Pages are read in a process of their own, which is ended when a page takes more than *timeout*
    CPU seconds. *captions* asks for the captions of pictures too.
    """

    def __init__(
        self,
        run: WireRun,
        identities: Identities,
        rules: PageRulesByHost,
        *,
        captions: bool,
        timeout: float,
    ) -> None:
        self._run = run
        self._identities = identities
        self._rules = rules
        self._captions = captions
        self._process = LimitedProcess(read_article, limit=timeout)
        self._dead_ends: dict[str, list[tuple[Link, str, str]]] = {}
        self.pages_under_way = 0
        """Pages that are being read: a replay sends the next answer when there is none."""

    def request(self, link: Link, section: str) -> Iterator[Request]:
        """Request the story at *link*, which stands in *section*, unless it was requested."""
        if link.url in self._run.requested:
            return
        self._run.requested.add(link.url)
        state = {"link": link, "section": section}
        yield from self._run.postponed.postpone_if_limited(
            Request(link.url, self._parse, errback=self._fail, cb_kwargs=state, dont_filter=True)
        )

    async def _parse(self, response: Response, link: Link, section: str) -> AsyncIterator[Article]:
        """Yield the story, or note why there is none."""
        if response.status in _GONE:
            self._run.report.count("gone")
            self._skip(link, response, "gone")
            return
        if response.status != 200:
            self._report_failure(f"{response.url} answers with status {response.status}")
            return
        try:
            article = await self._read(response, link)
        except NotAnArticleError as error:
            self._note_no_article(link, response, error)
        except ChildEndedError as error:
            self._skip(link, response, "page_timeout")
            self._report_failure(str(error))
        else:
            if self._is_wanted(article, link, section, response):
                self._identify(article, link, response)
                yield article

    async def _read(self, response: Response, link: Link) -> Article:
        if not isinstance(response, TextResponse):
            raise NotAnArticleError("not_html")
        # After a redirect, ignore the date that the link gave: the page may be another one.
        is_linked_page = address_key(response.url) == address_key(link.url)
        record = response.meta.get("archive")
        job = PageJob.from_response(
            response,
            source=self._run.source,
            record=record,
            captions=self._captions,
            rules=self._rules.find(response.url),
            published=link.published if is_linked_page else None,
        )
        self.pages_under_way += 1
        try:
            article = await self._process(job)
        finally:
            self.pages_under_way -= 1
        # The process has a copy of the record, in which the place in the file is not filled in.
        article.record = record
        return article

    def _is_wanted(self, article: Article, link: Link, section: str, response: Response) -> bool:
        self._run.requested.add(response.url)
        reason = self._run.selection.reason_to_drop(article, (section, *link.sections))
        if reason is None:
            return True
        self._run.stats.inc_value(f"wire/skipped/{reason}")
        urls = (response.url, article.url)
        self._run.history.note_skipped(link, urls, capture_date(response), FILTERED)
        return False

    def _identify(self, article: Article, link: Link, response: Response) -> None:
        self._identities.assign(article, link, response.url)
        if not article.modified and (changed := link.modified):
            article.modified, article.modified_gmt = changed.local, changed.gmt
        self._run.history.note_pending(article, link, [response.url], capture_date(response))

    def _note_no_article(self, link: Link, response: Response, error: NotAnArticleError) -> None:
        """Note why *response* holds no article."""
        reason = error.reason
        if reason != "challenge":
            self._run.report.no_article(response.url, reason, error.evidence)
        if reason == "challenge":
            self._report_failure(
                f"{response.url} is no story but a challenge to prove that we are human"
            )
        elif address_key(response.url) == address_key(link.url):
            self._skip(link, response, reason)
        else:
            self._run.stats.inc_value(f"wire/skipped/{reason}")
            ends = self._dead_ends.setdefault(response.url, [])
            ends.append((link, capture_date(response), reason))

    def _skip(self, link: Link, response: Response, reason: str) -> None:
        self._run.stats.inc_value(f"wire/skipped/{reason}")
        self._run.history.note_skipped(link, [response.url], capture_date(response), reason)

    def _report_failure(self, message: str) -> None:
        self._run.report.problem("story_failed", message)

    def _fail(self, failure: Failure) -> None:
        """Name a story that did not come; those that robots.txt forbids are only counted."""
        error = failure.value
        if isinstance(error, OffsiteRedirectError):
            self._run.stats.inc_value("wire/skipped/off_site")
            link = failed_request(failure).cb_kwargs["link"]
            self._run.history.note_skipped(link, [], self._run.history.latest, "off_site")
        elif type(error) is IgnoreRequest:
            self._run.stats.inc_value("wire/skipped/robots")
        elif not isinstance(error, NotInArchive):  # which is named already
            self._report_failure(failure_message(failure))

    def close(self) -> None:
        """End the process, and note the stories that led to pages which hold none."""
        self._process.close()
        for url, ends in self._dead_ends.items():
            if len(ends) >= _MANY_STORIES:  # the site puts this page in the place of its stories
                self._report_failure(
                    f"{len(ends)} stories lead to {url}, which is none ({ends[0][2]})"
                )
                continue
            for link, captured, reason in ends:
                self._run.history.note_skipped(link, [], captured, reason)


def capture_date(response: Response) -> str:
    """Return when *response* came: the WARC-Date of its record, or now without an archive."""
    record = response.meta.get("archive")
    return record.date if record else datetime.now(UTC).isoformat()
