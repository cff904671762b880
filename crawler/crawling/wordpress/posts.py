"""Fetching posts by id, with the names of their authors and terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scrapy import Request
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, ResponseDataLossError

from crawler.crawling.wordpress.discovery import Output, RestSpider
from crawler.items import RecordRef
from crawler.pages import rest_post
from crawler.sources.wordpress.answer import GONE, Answer, AnswerError
from crawler.sources.wordpress.names import FIELDS as NAME_FIELDS
from crawler.sources.wordpress.names import Names

# What cuts a large answer may let a smaller one through.
_CUT_OFF = (DownloadTimeoutError, DownloadFailedError, ResponseDataLossError)
_Posts = Sequence[Mapping[str, Any]]


class PostSpider(RestSpider):
    """Turns ids into articles of ``source``; ``cap`` is the most that the site gives at once.

    What fails is halved until only the bad post is left out, and named. What does not come is
    asked for again, alone at last.
    """

    source: str
    names: Names
    cap: int

    def fetch(self, post_type: str, ids: Sequence[int]) -> Request:
        """Return the request for the posts *ids*, `cap` of them at the most."""
        params = {
            "include": ",".join(map(str, ids)),
            "per_page": str(len(ids)),
            "orderby": "include",
            "_fields": rest_post.FIELDS,
        }
        state = {"post_type": post_type, "ids": ids}
        meta = {} if len(ids) == 1 else {"max_retry_times": 1}
        route = f"wp/v2/{post_type}"
        return self.ask(route, params, self.parse_posts, self.posts_failed, state, meta=meta)

    def parse_posts(self, answer: Answer, post_type: str, ids: Sequence[int]) -> Output:
        """Take the posts that came, and ask again for those that did not."""
        by_id = {post["id"]: post for post in answer.elements() if has_id(post)}
        posts = [by_id[number] for number in ids if number in by_id]
        absent = [number for number in ids if number not in by_id]
        if posts:
            yield from self._name(posts, answer.record)
            yield from self._ask_again(post_type, absent)
        elif len(ids) > 1:
            yield from self._halve(post_type, ids)
        else:
            state = {"post_type": post_type, "ids": ids}
            route = f"wp/v2/{post_type}/{ids[0]}"
            fields = {"_fields": rest_post.FIELDS}
            yield self.ask(route, fields, self.parse_alone, self.alone_failed, state)

    def _ask_again(self, post_type: str, absent: Sequence[int]) -> Output:
        if absent:
            self.crawler.stats.inc_value("wordpress/asked_again", len(absent))
            yield self.fetch(post_type, absent)

    def _halve(self, post_type: str, ids: Sequence[int]) -> Output:
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]):
            yield self.fetch(post_type, half)

    def posts_failed(self, error: AnswerError, post_type: str, ids: Sequence[int]) -> Output:
        """Halve what failed until only the bad post is left, and name it."""
        if len(ids) > 1 and ("per_page" in error.params or smaller_may_come(error)):
            yield from self._halve(post_type, ids)
            return
        for number in ids:  # a problem each: a message is cut where it grows too long
            self.report.problem("post_failed", f"{post_type} {number} could not be read: {error}")

    def parse_alone(self, answer: Answer, post_type: str, ids: Sequence[int]) -> Output:
        """Take a post that only its own address gives."""
        if has_id(answer.value) and answer.value["id"] == ids[0]:
            yield from self._name([answer.value], answer.record)
        else:
            error = AnswerError(f"{answer.url} is another thing: {str(answer.value)[:100]}")
            yield from self.posts_failed(error, post_type, ids)

    def alone_failed(self, error: AnswerError, post_type: str, ids: Sequence[int]) -> Output:
        """Tell a post that was deleted since it was listed from one that is kept from us."""
        if error.code == GONE or error.status == 410:
            self.report.count("gone")
            self.logger.info("%s %d is gone since it was listed", post_type, ids[0])
        else:
            yield from self.posts_failed(error, post_type, ids)

    # Names, then articles

    def _name(self, posts: _Posts, record: RecordRef | None) -> Output:
        missing = self.names.missing(posts, self.cap)
        if missing is None:
            yield from self._articles(posts, record)
            return
        route, ids = missing
        include = ",".join(map(str, ids))
        params = {"include": include, "per_page": str(len(ids)), "_fields": NAME_FIELDS}
        state = {"route": route, "ids": ids, "posts": posts, "record": record}
        yield self.ask(f"wp/v2/{route}", params, self.parse_names, self.names_failed, state)

    def parse_names(
        self,
        answer: Answer,
        route: str,
        ids: Sequence[int],
        posts: _Posts,
        record: RecordRef | None,
    ) -> Output:
        """Learn the names that came; what did not come is not asked for again."""
        nameless = self.names.learn(route, ids, answer.elements())
        if nameless:
            self.crawler.stats.inc_value(f"wordpress/nameless/{route}", nameless)
        yield from self._name(posts, record)

    def names_failed(
        self,
        error: AnswerError,
        route: str,
        ids: Sequence[int],
        posts: _Posts,
        record: RecordRef | None,
    ) -> Output:
        """Ask for fewer, or go on without: an article is one without its author's name."""
        smaller = "per_page" in error.params or smaller_may_come(error)
        if smaller and len(ids) > 1:
            self.cap = len(ids) // 2
            yield from self._name(posts, record)
            return
        if error.shut_out or error.status == 404:
            # Security plugins hide the users: that is no fault of this run.
            self.logger.info("No names of %s: %s", route, error)
        else:
            self.report.problem("names", f"no names of {route} {ids}: {error}")
        nameless = self.names.learn(route, ids, [])
        self.crawler.stats.inc_value(f"wordpress/nameless/{route}", nameless)
        yield from self._name(posts, record)

    def _articles(self, posts: _Posts, record: RecordRef | None) -> Output:
        for post in posts:
            try:
                article = rest_post.article(
                    post, source=self.source, names=self.names, record=record
                )
            except rest_post.MalformedPostError as error:
                self.report.problem("post_malformed", f"post {post.get('id')}: {error}")
                continue
            yield article


def has_id(post: object) -> bool:
    return isinstance(post, Mapping) and isinstance(post.get("id"), int)


def smaller_may_come(error: AnswerError) -> bool:
    """Tell a post that breaks its page from a site that is shut, busy or challenging us."""
    broken = error.status >= 500 and error.status != 503
    return broken or isinstance(error.__cause__, _CUT_OFF)
