"""The names of posts' authors and terms: each is requested once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scrapy.statscollectors import StatsCollector

from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.crawling.wordpress.smaller_requests import may_give_fewer
from crawler.extensions.report import ReportExtension
from crawler.items import RecordRef
from crawler.sources.wordpress.answer import Answer, AnswerError
from crawler.sources.wordpress.names import Names
from crawler.sources.wordpress.post_listing import MOST_PER_PAGE

_Posts = Sequence[Mapping[str, Any]]


class NameFetcher:
    """Learns ``names``, and calls *on_named* with posts all of whose names are known.

    *language* says which language a post was listed for, empty for none: plugins hide the terms of
    others.
    """

    def __init__(
        self,
        client: RestClient,
        report: ReportExtension,
        stats: StatsCollector,
        language: Callable[[str, int], str],
        on_named: Callable[[str, _Posts, RecordRef | None], Output],
    ) -> None:
        self._client = client
        self._report = report
        self._stats = stats
        self._language = language
        self._on_named = on_named
        self._most = MOST_PER_PAGE
        self.names = Names()

    def limit(self, most: int) -> None:
        """Request no more than *most* names at once."""
        self._most = min(self._most, most)

    def request(self, post_type: str, posts: _Posts, record: RecordRef | None) -> Output:
        """Yield what becomes of *posts*, or the request for the next names that they need."""
        missing = self.names.missing(posts, self._most)
        if missing is None:
            yield from self._on_named(post_type, posts, record)
            return
        route, ids = missing
        params = {
            "include": ",".join(map(str, ids)),
            "per_page": str(len(ids)),
            "_fields": self.names.fields(route),
        }
        if language := self._language(post_type, posts[0]["id"]):
            params["lang"] = language
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
        yield from self.request(post_type, posts, record)

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
            yield from self.request(post_type, posts, record)
            return
        if error.is_forbidden or error.status == 404:
            # Security plugins hide the users: that is no problem of this run.
            self._tell_nameless(route, str(error))
        else:
            self._report.problem("names", f"no names of {route} {ids}: {error}")
        self._learn(route, ids, [])
        yield from self.request(post_type, posts, record)

    def _learn(self, route: str, ids: Sequence[int], terms: Sequence[Any]) -> None:
        if nameless := self.names.learn(route, ids, terms):
            self._stats.inc_value(f"wordpress/nameless/{route}", nameless)
            self._tell_nameless(route, "it does not list all of them")

    def _tell_nameless(self, route: str, why: str) -> None:
        """Name once that articles lack their authors."""
        if route == "users":
            self._report.note(
                "authors_missing", f"the site hides the names of authors, articles lack them: {why}"
            )
