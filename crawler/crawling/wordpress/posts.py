"""Fetching posts by id, with the names of their authors and terms."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scrapy import Request
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, ResponseDataLossError
from scrapy.statscollectors import StatsCollector

from crawler.crawling.wordpress.later_pages import LaterPages
from crawler.crawling.wordpress.moved_site import MovedSiteCheck
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.exceptions import is_too_big
from crawler.extensions.report import ReportExtension
from crawler.items import Article, RecordRef
from crawler.pages import rest_post
from crawler.sources.wordpress.answer import GONE, Answer, AnswerError
from crawler.sources.wordpress.names import FIELDS as NAME_FIELDS
from crawler.sources.wordpress.names import Names
from crawler.sources.wordpress.post_listing import MOST_PER_PAGE

logger = logging.getLogger(__name__)

# Errors that cut off a large answer; a smaller one may come through.
_CUT_OFF = (DownloadTimeoutError, DownloadFailedError, ResponseDataLossError)
# What stands between us and WordPress answers so, also because of the words of a single post.
_REFUSALS = (200, 403, 406, 413, 414)
_UNAVAILABLE = 503
_MOST_FAILED = 100  # requests in a row: then all posts are bad, and each is a request
_MOST_REFUSED = 20  # the same where it may be that nothing at all is answered
_Posts = Sequence[Mapping[str, Any]]
_Waiting = tuple[Sequence[int], ...]
"""Ids of posts, a request each, that are requested one after the other."""


class PostFetcher:
    """Turns the ids of posts into articles of *source*.

    A request that fails is halved until only the bad post is left out, and that is named; where
    very many fail in a row it is the site that fails, and they are halved no more. Posts that are
    missing in an answer are requested again, alone at last. If *moved* says so of the first ones,
    the run ends and none is yielded.
    """

    def __init__(
        self,
        client: RestClient,
        source: str,
        report: ReportExtension,
        stats: StatsCollector,
        moved: MovedSiteCheck,
        later_pages: LaterPages,
    ) -> None:
        self._client = client
        self._source = source
        self._report = report
        self._moved = moved
        self._later_pages = later_pages
        self._stats = stats
        self._names = Names()
        self._most = MOST_PER_PAGE
        self._failed_in_a_row = 0

    def limit(self, most: int) -> None:
        """Request no more than *most* posts or names at once: the site gives no more."""
        self._most = min(self._most, most)

    def requests(self, post_type: str, ids: Sequence[int]) -> Iterator[Request]:
        """Yield the requests for the posts *ids*."""
        for start in range(0, len(ids), self._most):
            yield self._request(post_type, ids[start : start + self._most])

    def split(self, request: Request, wanted: int) -> tuple[Request, Request | None]:
        """Return requests for the first *wanted* posts of *request*, and for the rest if any.

        A request that is not for posts is returned as it is.
        """
        state = request.cb_kwargs.get("state", {})
        ids = state.get("ids", [])
        if len(ids) <= wanted:
            return request, None
        post_type = state["post_type"]
        return self._request(post_type, ids[:wanted]), self._request(post_type, ids[wanted:])

    def _request(self, post_type: str, ids: Sequence[int], waiting: _Waiting = ()) -> Request:
        """Request the posts *ids*; those that are *waiting* are requested when they are done."""
        params = {
            "include": ",".join(map(str, ids)),
            "per_page": str(len(ids)),
            "orderby": "include",
            "_fields": rest_post.FIELDS,
        }
        state = {"post_type": post_type, "ids": ids, "waiting": waiting}
        meta = {} if len(ids) == 1 else {"max_retry_times": 1}
        return self._client.request(
            f"wp/v2/{post_type}", params, self._parse, self._fail, state, meta=meta
        )

    def _parse(
        self, answer: Answer, post_type: str, ids: Sequence[int], waiting: _Waiting
    ) -> Output:
        by_id = {post["id"]: post for post in answer.elements() if has_id(post)}
        posts = [by_id[number] for number in ids if number in by_id]
        absent = [number for number in ids if number not in by_id]
        self._failed_in_a_row = 0
        if posts:
            self._note_got(post_type, posts)
            yield from self._add_names(post_type, posts, answer.record)
            if absent:
                self._stats.inc_value("wordpress/requested_again", len(absent))
                yield self._request(post_type, absent)
        elif len(ids) > 1:
            yield from self._halve(post_type, ids, waiting)
            return
        else:
            state = {"post_type": post_type, "ids": ids}
            route = f"wp/v2/{post_type}/{ids[0]}"
            fields = {"_fields": rest_post.FIELDS}
            yield self._client.request(route, fields, self._parse_single, self._fail_single, state)
        yield from self._go_on(post_type, waiting)

    def _address(self, post_type: str, number: int) -> str:
        """Return the address of a post in the API, which is known before anything else of it."""
        return self._client.api.url(f"wp/v2/{post_type}/{number}")

    def _note_got(self, post_type: str, posts: _Posts) -> None:
        self._report.got(self._address(post_type, post["id"]) for post in posts)

    def _halve(self, post_type: str, ids: Sequence[int], waiting: _Waiting) -> Output:
        """Request one half of the posts, then the other: soon one post is known to be good."""
        middle = len(ids) // 2
        yield self._request(post_type, ids[:middle], (ids[middle:], *waiting))

    def _go_on(self, post_type: str, waiting: _Waiting) -> Output:
        if waiting:
            yield self._request(post_type, waiting[0], waiting[1:])

    def _fail(
        self, error: AnswerError, post_type: str, ids: Sequence[int], waiting: _Waiting = ()
    ) -> Output:
        self._failed_in_a_row += 1
        if len(ids) > 1 and self._may_be_one_post(error):
            self._stats.inc_value("wordpress/halved")
            yield from self._halve(post_type, ids, waiting)
            return
        reason = "too_big" if is_too_big(error.__cause__) else "post_failed"
        for number in ids:  # a problem each: a message is cut where it grows too long
            said = f"{post_type} {number} could not be read: {error}"
            self._report.lose(reason, self._address(post_type, number), said)
        yield from self._go_on(post_type, waiting)

    def _may_be_one_post(self, error: AnswerError) -> bool:
        """Return whether *error* may come of one post only, so that the others can be read."""
        if may_give_fewer(error):
            return self._failed_in_a_row < _MOST_FAILED
        return may_be_refused_for_one(error) and self._failed_in_a_row < _MOST_REFUSED

    def _parse_single(self, answer: Answer, post_type: str, ids: Sequence[int]) -> Output:
        """Yield a post that only its own address gives."""
        if has_id(answer.value) and answer.value["id"] == ids[0]:
            self._note_got(post_type, [answer.value])
            yield from self._add_names(post_type, [answer.value], answer.record)
        else:
            error = AnswerError(f"{answer.url} is another thing: {str(answer.value)[:100]}")
            yield from self._fail(error, post_type, ids)

    def _fail_single(self, error: AnswerError, post_type: str, ids: Sequence[int]) -> Output:
        """Tell a post that was deleted since it was listed from one that is kept from us."""
        if error.code == GONE or error.status == 410:
            self._report.count("gone")
            said = f"{post_type} {ids[0]} was listed: {error}"
            self._report.lose("gone", self._address(post_type, ids[0]), said)
        else:
            yield from self._fail(error, post_type, ids)

    def _add_names(self, post_type: str, posts: _Posts, record: RecordRef | None) -> Output:
        """Yield the articles of *posts*, or the request for the next names that they need."""
        missing = self._names.missing(posts, self._most)
        if missing is None:
            yield from self._articles(post_type, posts, record)
            return
        route, ids = missing
        params = {
            "include": ",".join(map(str, ids)),
            "per_page": str(len(ids)),
            "_fields": NAME_FIELDS,
        }
        state: dict[str, Any] = {"route": route, "ids": ids, "post_type": post_type}
        state |= {"posts": posts, "record": record}
        yield self._client.request(
            f"wp/v2/{route}", params, self._parse_names, self._fail_names, state
        )

    def _parse_names(
        self,
        answer: Answer,
        route: str,
        ids: Sequence[int],
        post_type: str,
        posts: _Posts,
        record: RecordRef | None,
    ) -> Output:
        """Learn the names that came; those that did not are not requested again."""
        self._learn(route, ids, answer.elements())
        yield from self._add_names(post_type, posts, record)

    def _fail_names(
        self,
        error: AnswerError,
        route: str,
        ids: Sequence[int],
        post_type: str,
        posts: _Posts,
        record: RecordRef | None,
    ) -> Output:
        """Request fewer, or go on without: an article needs no author's name."""
        if may_give_fewer(error) and len(ids) > 1:
            self._most = len(ids) // 2
            yield from self._add_names(post_type, posts, record)
            return
        if error.is_forbidden or error.status == 404:
            # Security plugins hide the users: that is no problem of this run.
            logger.info("No names of %s: %s", route, error)
        else:
            self._report.problem("names", f"no names of {route} {ids}: {error}")
        self._learn(route, ids, [])
        yield from self._add_names(post_type, posts, record)

    def _learn(self, route: str, ids: Sequence[int], terms: Sequence[Any]) -> None:
        if nameless := self._names.learn(route, ids, terms):
            self._stats.inc_value(f"wordpress/nameless/{route}", nameless)

    def _articles(self, post_type: str, posts: _Posts, record: RecordRef | None) -> Output:
        articles = [
            article for post in posts if (article := self._article(post_type, post, record))
        ]
        if error := self._moved.find_move(articles):
            self._report.fatal(error)
        if not self._moved.is_moved:
            for article in articles:
                yield from self._later_pages.complete(article)

    def _article(
        self, post_type: str, post: Mapping[str, Any], record: RecordRef | None
    ) -> Article | None:
        try:
            return rest_post.article(
                post, source=self._source, names=self._names, route=post_type, record=record
            )
        except rest_post.MalformedPostError as error:
            at = record.date if record else ""
            said = f"post {post.get('id')}: {error}"
            self._report.lose("post_malformed", str(post.get("link") or ""), said, at=at)
            return None


def has_id(post: object) -> bool:
    """Return whether *post*, an element of an answer, has the id of a post or term."""
    return isinstance(post, Mapping) and isinstance(post.get("id"), int)


def may_give_fewer(error: AnswerError) -> bool:
    """Return whether a request for fewer elements may succeed after *error*.

    It may where ``per_page`` or the answer was too large, or one post breaks its page, but not
    where the site refuses us, is busy or wants a challenge solved.
    """
    is_broken = error.status >= 500 and error.status != _UNAVAILABLE
    cause = error.__cause__
    is_cut_off = isinstance(cause, _CUT_OFF) or is_too_big(cause)
    return "per_page" in error.params or is_broken or is_cut_off


def may_be_refused_for_one(error: AnswerError) -> bool:
    """Return whether an answer that is none of WordPress's may come of a single element.

    A firewall reads the texts, a host gives up on a page that takes too long (503), a plugin ends
    in the middle. That the site refuses us is as likely: ask for fewer a few times only.
    """
    return error.status == _UNAVAILABLE or (not error.code and error.status in _REFUSALS)
