"""Captures of any archive as articles: REST posts and lists of them, HTML pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from scrapy.http import TextResponse

from crawler.archive.made_pages import is_made
from crawler.foreign.archive_worker import RecordContent
from crawler.items import Article, RecordRef
from crawler.pages import generic, rest_post
from crawler.pages.cleaning import fill
from crawler.pages.stored_response import SkippedError, media_type, response_of
from crawler.reports.run import NoArticle
from crawler.sources.arguments import default_source
from crawler.sources.site import on_site, site_domain
from crawler.sources.sniffing import document_kind
from crawler.sources.tolerant_json import NotJsonError, decode
from crawler.warc.foreign import record_ref
from crawler.warc.non_get import non_get_request
from crawler.warc.warc_dates import read_date

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawler.pages.page_rules import PageRulesByHost
    from crawler.sources.services import PageRules
    from crawler.warc.reader import Record

BORROWED_DATE = "borrowed_date"
"""The flag of an article whose capture has the date of a record beside it."""

_LONGEST_URL = 8192
_OTHER_TYPES = re.compile(r"attachment|revision|comment|nav_menu_item|wp_.*")
_REST = re.compile(r"/wp-json/|[?&]rest_route=")
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFilter:
    """Which articles are wanted, and how they are read; empty is everything.

    ``domains`` are hosts, with all below them. ``after`` (included) and ``before`` (not included)
    bound the article's date, without zone. ``languages`` are primary subtags: an article whose
    language is unknown has none of them. ``source`` is that of all articles; if it is empty, their
    sites are. ``max_size`` is the limit of a body, in bytes.
    """

    domains: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    languages: tuple[str, ...] = ()
    source: str = ""
    captions: bool = False
    max_size: int = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReader:
    """Reads records one by one; can be pickled.

    ``own`` is the folder whose files are known by their bare names.
    """

    wanted: CaptureFilter
    own: Path
    rules: PageRulesByHost

    def __call__(self, record: Record, path: Path, request: Record | None = None) -> RecordContent:
        """Return the articles in *record*, of the file at *path*; their text is clean already.

        *request* is what it answers, if that is known: only an answer to GET can be an article.
        The pipelines drop an article without a text, or with an incomplete one.
        """
        content = RecordContent()
        if record.type not in ("response", "resource", "revisit"):
            return content
        if request and non_get_request(request.block):
            content.skipped.append("method")
            return content
        try:
            for article in self._articles(record, path, content.skipped):
                if record.borrowed_date:
                    article.warc_date = record.date
                    article.flags.append(BORROWED_DATE)
                self._add(article, content)
        except SkippedError as error:
            content.skipped.append(error.reason)
            if error.evidence:
                page = NoArticle(record.target_uri, error.reason, error.evidence)
                content.no_articles.append(page)
        return content

    def _articles(self, record: Record, path: Path, skipped: list[str]) -> Iterator[Article]:
        url = self._url(record)
        if record.type == "revisit":
            raise SkippedError("revisit")
        response = response_of(record, url, self.wanted.max_size)
        file = path.name if path.parent == self.own else str(path)
        ref = _ref(record, file)
        if _kind(response) == "rest":
            yield from _posts(response, ref, skipped)
        else:
            yield _page(response, ref, self.rules.find(response.url), _last_day(record))

    def _url(self, record: Record) -> str:
        url = record.target_uri
        try:
            is_web = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
            is_wanted = not self.wanted.domains or on_site(url, self.wanted.domains)
        except ValueError:
            is_web = False
        if not is_web or len(url) > _LONGEST_URL:
            raise SkippedError("no_web_address")
        if is_made(url):
            raise SkippedError("made_page")
        if not is_wanted:
            raise SkippedError("domain")
        if "__wb_method=" in url:  # how browser-based tools note a request other than GET
            raise SkippedError("method")
        return url

    def _add(self, article: Article, content: RecordContent) -> None:
        try:
            _check_site(article)
            self._check_wanted(article)
        except SkippedError as error:
            content.skipped.append(error.reason)
            return
        article.source = self.wanted.source or default_source(urljoin(article.url, "/"))
        if article.text is None:
            rules = self.rules.find(article.url)
            fill(article, captions=self.wanted.captions, rules=rules)
            article.title_html = article.content_html = ""
        content.articles.append(article)

    def _check_wanted(self, article: Article) -> None:
        wanted = self.wanted
        language = (article.language or "").lower().replace("_", "-").partition("-")[0]
        if wanted.languages and language not in wanted.languages:
            raise SkippedError("language")
        if not (wanted.after or wanted.before):
            return
        try:
            moment = datetime.fromisoformat(article.date).replace(tzinfo=None)
        except ValueError:
            return  # the pipelines refuse it, and say so
        too_early = wanted.after and moment < wanted.after
        if too_early or (wanted.before and moment >= wanted.before):
            raise SkippedError("date")


def _kind(response: Response) -> str:
    """Return ``rest`` or ``page``. Raises `SkippedError` for anything else."""
    kind = media_type(response.headers)
    if urlsplit(response.url).path == "/robots.txt":
        raise SkippedError("robots")
    sniffed = document_kind(response.body)
    if _REST.search(response.url) or kind.endswith("json") or sniffed in ("json", "json_feed"):
        return "rest"
    if sniffed in ("feed", "sitemap"):
        raise SkippedError(sniffed)
    if kind in _HTML or (not kind and response.body.lstrip().startswith(b"<")):
        return "page"
    raise SkippedError("media_type")


def _last_day(record: Record) -> str:
    """Return the last day on which the capture may have been made, empty if it is unknown."""
    found = read_date(record.date)
    return found.last_day if found else ""


def _page(response: Response, ref: RecordRef, rules: PageRules, captured: str) -> Article:
    if not isinstance(response, TextResponse):
        raise SkippedError("media_type")
    try:
        return generic.article(
            response, source="", record=ref, rules=rules, captured=captured, doubts_clock=True
        )
    except generic.NotAnArticleError as error:
        raise SkippedError(error.reason, error.evidence) from None


def _posts(response: Response, ref: RecordRef, skipped: list[str]) -> Iterator[Article]:
    """Yield the posts in a REST answer; add to *skipped* the reasons why others are not."""
    try:
        decoded = decode(response.body)
    except NotJsonError:
        raise SkippedError("json") from None
    posts = [element for element in _elements(decoded.value) if _is_post(element)]
    if not posts:
        is_feed = document_kind(response.body) == "json_feed"
        raise SkippedError("feed" if is_feed else "json")
    if "cut" in decoded.repairs:
        skipped.append("cut")
    for post in posts:
        try:
            yield _post(post, ref)
        except SkippedError as error:
            skipped.append(error.reason)


def _elements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    # PHP makes an object of a list that has gaps.
    return list(value.values()) if all(map(str.isdecimal, value)) else [value]


def _is_post(element: object) -> bool:
    return isinstance(element, Mapping) and "link" in element and "date" in element


def _post(post: Mapping[str, Any], ref: RecordRef) -> Article:
    if _OTHER_TYPES.fullmatch(str(post.get("type"))):
        raise SkippedError("no_story")
    if "content" not in post:
        raise SkippedError("listing")
    try:
        return rest_post.article(post, source="", record=ref)
    except rest_post.MalformedPostError:
        raise SkippedError("malformed") from None


def _check_site(article: Article) -> None:
    """Refuse an article that another site published: anybody may forge what looks like it."""
    assert article.record
    try:
        is_own = on_site(article.url, [site_domain(article.record.uri)])
    except ValueError:
        raise SkippedError("malformed") from None
    if not is_own:
        raise SkippedError("off_site")


def _ref(record: Record, file: str) -> RecordRef:
    try:
        return record_ref(record, file)
    except ValueError:
        raise SkippedError("undated") from None
