"""The HTML pages of posts, archived beside the answers of the REST API that give the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import count

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, why_failed
from crawler.crawling.wordpress.query import SiteQuery
from crawler.exceptions import why_no_answer
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.report import ReportExtension
from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.page_rules import PageRulesByHost
from crawler.settings_reader import SettingsReader
from crawler.sources.site import on_site
from crawler.state.identity import article_key
from crawler.text.article_text import ArticleText

Output = Iterator[Article | Request]
GoOn = Callable[[Article], Output]

_MOST_FAILED = 20  # in a row: then it is the site that gives no pages
_PRIORITY = 1 << 40
"""That of the first page: each waits with its whole article in memory, so all come before the next
posts, and one after the other, as the articles are listed (Scrapy takes the last of equals first).
"""


class HtmlPages:
    """Requests the page of each article that is new or revised, with ``pages=yes``.

    The article goes on when its page has come, or has not: a run that is stopped in between has
    neither, and the next one gets both. A page that does not come is a doubt, for the text is kept.
    """

    def __init__(self, crawler: Crawler, query: SiteQuery, domains: Sequence[str]) -> None:
        settings = SettingsReader(crawler.settings)
        self._captions = settings.CLEAN_CAPTIONS
        self._keeps_incomplete = settings.INCOMPLETE == "keep"
        self._rules = PageRulesByHost.load(settings.SOURCES_FILE)
        self._stats = crawler.stats
        self._report = required(crawler, ReportExtension)
        self._store = required(crawler, LedgerExtension).store
        self._query = query
        self._domains = domains
        self._failed_in_a_row = 0
        self._numbers = count()

    def before(self, article: Article, go_on: GoOn) -> Output:
        """Yield the request for the page of *article*, behind which is what *go_on* yields."""
        if not self._query.pages or article.protected or not self._is_wanted(article):
            yield from go_on(article)
        elif why_not := self._why_not(article.url):
            self._lose(article.url, why_not)
            yield from go_on(article)
        else:
            yield self._request(article, go_on)

    def _request(self, article: Article, go_on: GoOn) -> Request:
        return Request(
            article.url,
            self._parse,
            errback=self._fail,
            cb_kwargs={"article": article, "go_on": go_on},
            # Another extraction may take a text for a revised one that was none in the run.
            meta={"may_be_missing": True},
            dont_filter=True,
            priority=_PRIORITY - next(self._numbers),
        )

    def _why_not(self, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            return "it is no address of a page"
        if not on_site(url, self._domains, self._query.ports):
            return "it leads off the site: allow its host with -a allow_hosts=…"
        if self._failed_in_a_row >= _MOST_FAILED:
            return f"not requested: the {_MOST_FAILED} before it failed"
        return ""

    def _parse(self, response: Response, article: Article, go_on: GoOn) -> Output:
        if response.status != 200:
            self._failed_in_a_row += 1
            self._lose(article.url, f"status {response.status}")
        else:
            self._failed_in_a_row = 0
            if isinstance(response, HtmlResponse):
                self._stats.inc_value("wordpress/pages")
            else:
                self._lose(article.url, "the answer is no HTML")
        yield from go_on(article)

    def _fail(self, failure: Failure) -> Output:
        kwargs = failed_request(failure).cb_kwargs
        article: Article = kwargs["article"]
        if why_no_answer(failure.value) == "robots":
            self._lose(article.url, "robots.txt forbids it")
        else:
            self._failed_in_a_row += 1
            self._lose(article.url, why_failed(failure))
        yield from kwargs["go_on"](article)

    def _lose(self, url: str, detail: str) -> None:
        self._report.lose("html_page", url, detail)

    def _is_wanted(self, article: Article) -> bool:
        """Tell whether *article* gives a text, and one that is not held.

        Nobody else does before the request: a site may not say what was modified, and what gives
        no text comes again in each run.
        """
        cleaned = replace(article)
        fill(cleaned, captions=self._captions, rules=self._rules.find(article.url))
        if not cleaned.text or (cleaned.text_incomplete and not self._keeps_incomplete):
            return False
        key, digest = article_key(article.guid, article.date), _digest(cleaned)
        held = self._store.holdings([key]).get(key, [])
        return all((it.source, it.text_digest) != (article.source, digest) for it in held)


def _digest(cleaned: Article) -> bytes:
    return ArticleText.from_fields(asdict(cleaned)).digest
