"""Fetching posts by id, with the names of their authors and terms."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scrapy import Request

from crawler.crawling.wordpress.archived_batches import ArchivedBatches
from crawler.crawling.wordpress.html_pages import HtmlPages
from crawler.crawling.wordpress.later_pages import LaterPages
from crawler.crawling.wordpress.moved_site import MovedSiteCheck
from crawler.crawling.wordpress.post_names import NameFetcher
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.crawling.wordpress.smaller_requests import may_be_refused_for_one, may_give_fewer
from crawler.exceptions import NotInArchive, is_too_big
from crawler.extensions.report import ReportExtension
from crawler.items import Article, RecordRef
from crawler.pages import rest_post
from crawler.sources.wordpress.answer import GONE, Answer, AnswerError
from crawler.sources.wordpress.languages import FIELDS as LANGUAGE_FIELDS
from crawler.sources.wordpress.languages import SiteLanguages, primary
from crawler.sources.wordpress.post_listing import MOST_PER_PAGE, is_id
from crawler.sources.wordpress.seen_posts import list_name

logger = logging.getLogger(__name__)

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

    ``names`` and ``languages`` say which fields are needed: those of the taxonomies and plugins
    that the site has. Articles must be in one of *languages*, if any, unless theirs is not known.
    """

    def __init__(
        self,
        client: RestClient,
        source: str,
        report: ReportExtension,
        moved: MovedSiteCheck,
        later_pages: LaterPages,
        html_pages: HtmlPages,
        archived: ArchivedBatches,
        languages: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._source = source
        self._report = report
        self._moved = moved
        self._later_pages = later_pages
        self._html_pages = html_pages
        self._archived = archived
        self._stats = client.stats
        self._language_of: dict[tuple[str, int], str] = {}
        self._wanted_languages = set(map(primary, languages))
        self._named = NameFetcher(client, report, client.stats, self._language, self._articles)
        self.names = self._named.names
        self.languages = SiteLanguages()
        self._most = MOST_PER_PAGE
        self._failed_in_a_row = 0
        self.failed: set[tuple[str, int]] = set()
        """Lists and ids of the posts that could not be read, though they may be there."""

    def limit(self, most: int) -> None:
        """Request no more than *most* posts or names at once: the site gives no more."""
        self._most = min(self._most, most)
        self._named.limit(most)

    def requests(self, post_type: str, ids: Sequence[int], language: str = "") -> Iterator[Request]:
        """Yield the requests for the posts *ids*, which were listed for *language*.

        A replay makes the requests that its run made.
        """
        if language:
            self._language_of |= {(post_type, number): language for number in ids}
        archived = self._archived.covering(post_type, ids)
        covered = {number for batch in archived for number in batch}
        rest = [number for number in ids if number not in covered]
        batches = [rest[start : start + self._most] for start in range(0, len(rest), self._most)]
        for batch in (*archived, *batches):
            yield self._request(post_type, batch)

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
            **self._fields(post_type, ids[0]),
        }
        state = {"post_type": post_type, "ids": ids, "waiting": waiting}
        meta: dict[str, Any] = {} if len(ids) == 1 else {"max_retry_times": 1}
        if self._more_fields:
            meta["may_be_missing"] = True  # an older release asked for fewer fields
        return self._client.request(
            f"wp/v2/{post_type}", params, self._parse, self._fail, state, meta=meta
        )

    def _language(self, post_type: str, number: int) -> str:
        return self._language_of.get((post_type, number), "")

    @property
    def _more_fields(self) -> list[str]:
        routes = [taxonomy.route for taxonomy in self.names.more]
        return [*routes, *(LANGUAGE_FIELDS if self.languages.are_several else ())]

    def _fields(self, post_type: str, number: int) -> dict[str, str]:
        """Return what is wanted of posts like this one; plugins hide those of other languages."""
        fields = {"_fields": ",".join((rest_post.FIELDS, *self._more_fields))}
        language = self._language(post_type, number)
        return fields | ({"lang": language} if language else {})

    def _parse(
        self, answer: Answer, post_type: str, ids: Sequence[int], waiting: _Waiting
    ) -> Output:
        by_id = {post["id"]: post for post in answer.elements() if has_id(post)}
        posts = [by_id[number] for number in ids if number in by_id]
        absent = [number for number in ids if number not in by_id]
        self._failed_in_a_row = 0
        if posts:
            self._note_got(post_type, posts)
            yield from self._named.request(post_type, posts, answer.record)
            if absent:
                self._stats.inc_value("wordpress/requested_again", len(absent))
                yield self._request(post_type, absent)
        elif len(ids) > 1:
            yield from self._halve(post_type, ids, waiting)
            return
        else:
            state = {"post_type": post_type, "ids": ids}
            route = f"wp/v2/{post_type}/{ids[0]}"
            fields = self._fields(post_type, ids[0])
            yield self._client.request(route, fields, self._parse_single, self._fail_single, state)
        yield from self._go_on(post_type, waiting)

    def address(self, post_type: str, number: int) -> str:
        """Return the address of a post in the API, which is known before anything else of it."""
        return self._client.api.url(f"wp/v2/{post_type}/{number}")

    def _note_got(self, post_type: str, posts: _Posts) -> None:
        self._report.got(self.address(post_type, post["id"]) for post in posts)
        self.failed -= {self._listed_as(post_type, post["id"]) for post in posts}

    def _listed_as(self, post_type: str, number: int) -> tuple[str, int]:
        return list_name(post_type, self._language(post_type, number)), number

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
        if isinstance(error.__cause__, NotInArchive) and self._more_fields:
            self.names.more.clear()
            self.languages = replace(self.languages, alternates={})
            yield self._request(post_type, ids, waiting)
            return
        self._failed_in_a_row += 1
        if len(ids) > 1 and self._may_be_one_post(error):
            self._stats.inc_value("wordpress/halved")
            yield from self._halve(post_type, ids, waiting)
            return
        reason = "too_big" if is_too_big(error.__cause__) else "post_failed"
        for number in ids:  # a problem each: a message is cut where it grows too long
            said = f"{post_type} {number} could not be read: {error}"
            self._report.lose(reason, self.address(post_type, number), said)
            self.failed.add(self._listed_as(post_type, number))
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
            yield from self._named.request(post_type, [answer.value], answer.record)
        else:
            error = AnswerError(f"{answer.url} is another thing: {str(answer.value)[:100]}")
            yield from self._fail(error, post_type, ids)

    def _fail_single(self, error: AnswerError, post_type: str, ids: Sequence[int]) -> Output:
        """Tell a post that was deleted since it was listed from one that is kept from us."""
        if error.code == GONE or error.status == 410:
            self._report.count("gone")
            said = f"{post_type} {ids[0]} was listed: {error}"
            self._report.lose("gone", self.address(post_type, ids[0]), said)
        else:
            yield from self._fail(error, post_type, ids)

    def _articles(self, post_type: str, posts: _Posts, record: RecordRef | None) -> Output:
        articles = [
            article for post in posts if (article := self._article(post_type, post, record))
        ]
        if error := self._moved.find_move(articles):
            self._report.fatal(error)
        if not self._moved.is_moved:
            for article in articles:
                yield from self._html_pages.before(article, self._later_pages.complete)

    def _article(
        self, post_type: str, post: Mapping[str, Any], record: RecordRef | None
    ) -> Article | None:
        try:
            article = rest_post.article(
                post,
                source=self._source,
                names=self.names,
                languages=self.languages,
                route=post_type,
                record=record,
            )
        except rest_post.MalformedPostError as error:
            at = record.date if record else ""
            said = f"post {post.get('id')}: {error}"
            address = str(post.get("link") or self.address(post_type, post["id"]))
            self._report.lose("post_malformed", address, said, at=at)
            return None
        language = primary(article.language or "")
        if self._wanted_languages and language and language not in self._wanted_languages:
            self._report.lose("language", article.url)
            return None
        return article


def has_id(post: object) -> bool:
    """Return whether *post*, an element of an answer, has the id of a post or term."""
    return isinstance(post, Mapping) and is_id(post.get("id"))
