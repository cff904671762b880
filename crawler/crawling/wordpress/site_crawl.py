"""A crawl of a WordPress site through its REST API."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawling.postponed import PostponedRequests
from crawler.crawling.wordpress.absent_posts import AbsentPosts
from crawler.crawling.wordpress.api_discovery import (
    ApiDiscovery,
    Attempts,
    no_rest_api,
    not_accepted,
)
from crawler.crawling.wordpress.archived_batches import ArchivedBatches
from crawler.crawling.wordpress.hidden_languages import HiddenLanguages
from crawler.crawling.wordpress.html_pages import HtmlPages
from crawler.crawling.wordpress.later_pages import LaterPages
from crawler.crawling.wordpress.list_walk import ListWalk
from crawler.crawling.wordpress.moved_site import MovedSiteCheck
from crawler.crawling.wordpress.post_types import PostTypes
from crawler.crawling.wordpress.posts import PostFetcher
from crawler.crawling.wordpress.query import SiteQuery
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.crawling.wordpress.smaller_requests import may_be_refused_for_one, may_give_fewer
from crawler.crawling.wordpress.term_filter import TermFilter
from crawler.exceptions import SourceUnreadableError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.progress import TOTAL
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.extensions.request_meta import CONDITIONAL
from crawler.settings_reader import SettingsReader
from crawler.sources.wordpress.answer import (
    PAST_THE_END,
    UNKNOWN_ROUTE,
    Answer,
    AnswerError,
    sent_at,
)
from crawler.sources.wordpress.credentials import Credentials
from crawler.sources.wordpress.languages import SiteLanguages
from crawler.sources.wordpress.names import taxonomies
from crawler.sources.wordpress.post_listing import ListedPost, PostListing
from crawler.state.identity import article_key

logger = logging.getLogger(__name__)


class WordPressSite:
    """Lists every post of the site that *query* names, then fetches those that are not held.

    Lists are cheap for the server (no text is rendered). Read whole they show each post, whenever
    it was published, back-dated or edited; `ListWalk` says when. Texts are fetched by id.

    *domains* are the hosts on which the API may be, with all below them. *credentials* go to the
    site's own origin only. *on_missing* is called where there is no API; by default the run ends
    with an error.
    """

    def __init__(
        self,
        crawler: Crawler,
        query: SiteQuery,
        domains: Sequence[str],
        credentials: Credentials,
        on_missing: Callable[[Attempts], Output] | None = None,
    ) -> None:
        self._query = query
        self._report = required(crawler, ReportExtension)
        self._store = required(crawler, LedgerExtension).store
        self._stats = crawler.stats
        self._credentials = credentials
        self._report.hide_secrets(credentials.spellings())
        self._client = RestClient(credentials, crawler.stats)
        moved = MovedSiteCheck(crawler, query)
        self._later_pages = LaterPages(crawler, domains)
        self._posts = PostFetcher(
            self._client,
            query.source,
            self._report,
            moved,
            self._later_pages,
            HtmlPages(crawler, query, domains),
            ArchivedBatches(self._client, crawler.get_extension(ReplayExtension)),
            query.language,
        )
        self._types = PostTypes(self._client, query, self._report)
        self._terms = TermFilter(self._client, query, self._report, self._list_all)
        self._hidden = HiddenLanguages(self._client, self._report, domains, query.ports)
        self._languages = SiteLanguages()
        self._taxonomies_are_known = False
        self._absent = AbsentPosts(crawler, self._client, query)
        self._walk = ListWalk(crawler, self._client, query)
        self._discovery = ApiDiscovery(
            self._client,
            domains,
            query.ports,
            self._crawl_api,
            on_missing or self._end_without_api,
        )
        self._ids: dict[str, int] = {}
        self._most_pages = SettingsReader(crawler.settings).WORDPRESS_MAX_PAGES
        self._met: set[tuple[str, int]] = set()
        self._totals: dict[int, int] = {}
        self.has_api = False
        self.postponed = PostponedRequests(crawler, query.max_articles, self._posts.split)
        crawler.signals.connect(self._finish, signals.spider_closed)

    @property
    def pages_under_way(self) -> int:
        """Pages of posts that are being read: a replay sends the next answer when there is none."""
        return self._later_pages.pages_under_way

    def _finish(self, reason: str) -> None:
        """Note how far the lists were seen, if the run did all that it was to do."""
        if reason == "finished" and not self.postponed:
            self._walk.finish(self._posts.failed)

    def home_request(
        self,
        parse_home: Callable[[Response], Output | AsyncIterator[Any]] | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Request:
        """Return the request for the home page, with *meta*, which *parse_home* reads."""
        return Request(
            self._query.site,
            parse_home or self.parse_home,
            errback=self._end_without_home,
            meta={CONDITIONAL: True, **(meta or {})},
            dont_filter=True,
        )

    def _end_without_home(self, failure: Failure) -> None:
        why = failure.getErrorMessage()
        if isinstance(failure.value, CannotResolveHostError):
            why = "the host was not found: check how it is spelled, and your network"
        self._report.fatal(SourceUnreadableError(f"{self._query.site}: {why}"))

    def _end_without_api(self, failed: Attempts) -> Output:
        given = self._credentials
        is_signed_in = bool(given.password and given.origin)
        error = no_rest_api(self._query.site, failed, given, is_signed_in=is_signed_in)
        self._report.fatal(error)
        yield from ()

    def parse_home(self, home: Response) -> Output:
        """Look for the REST API from the page that *home* is, whatever its status."""
        is_safe = self._credentials.bind(self._query.site, home.url)
        if not is_safe and self._credentials.password:
            self._report.problem(
                "credentials",
                f"{self._query.site} led to {home.url}: the password is not sent there",
            )
        self._languages = self._posts.languages = SiteLanguages.of_home(home)
        self._walk.note_time(sent_at(home))
        yield from self._discovery.start(home)

    def _crawl_api(self) -> Output:
        self.has_api = True
        if self._credentials.headers(self._client.api.root):
            params = {"_fields": "id"}
            yield self._client.request(
                "wp/v2/users/me", params, self._parse_user, self._fail_sign_in
            )
        yield from self._terms.start()

    def _parse_user(self, answer: Answer) -> Output:
        self._stats.inc_value("wordpress/signed_in")
        yield from ()

    def _fail_sign_in(self, error: AnswerError) -> Output:
        self._report.problem(
            "credentials",
            f"{not_accepted(self._credentials)}; what is public was read without them: {error}",
        )
        yield from ()

    # Listing

    def _list_all(self, filters: dict[str, str]) -> Output:
        languages = [{"lang": name} for name in self._query.language] or [{}]
        for post_type in self._query.post_types:
            for language in languages:
                for listing in self._walk.listings(post_type, filters | language):
                    first = self._next_page(post_type, listing)
                    yield from self.postponed.postpone_if_limited(first)

    def _next_page(self, post_type: str, listing: PostListing) -> Request:
        state = {"post_type": post_type, "listing": listing}
        route = f"wp/v2/{post_type}"
        return self._client.request(
            route, listing.query(), self._parse_page, self._fail_page, state
        )

    def _parse_page(self, answer: Answer, post_type: str, listing: PostListing) -> Output:
        """Fetch the posts of a page that are not held, and go on to the next page."""
        page = [listed for post in answer.elements() if (listed := self._listed(post))]
        self._walk.note_time(answer.sent)
        if better := self._walk.better(post_type, listing, page):
            yield from self.postponed.postpone_if_limited(self._next_page(post_type, better))
            return
        is_whole = "cut" not in answer.repairs
        fresh = listing.add_page(page, answer.total if is_whole else None)
        known = sum((post_type, post.id) in self._met for post in fresh)
        self._stats.inc_value("wordpress/listed", len(fresh) - known)
        self._expect(listing, answer.total)
        self._posts.limit(listing.cap)
        missing = self._not_held(post_type, fresh)
        if missing and not self._taxonomies_are_known:
            self._taxonomies_are_known = True
            state = {"post_type": post_type, "listing": listing, "missing": missing}
            yield self._client.request(
                "wp/v2/taxonomies",
                {},
                self._parse_taxonomies,
                self._fail_taxonomies,
                state,
                meta={"may_be_missing": True},
            )
        else:
            yield from self._fetch(post_type, listing, missing)

    def _expect(self, listing: PostListing, total: int | None) -> None:
        """Note how many posts are to be settled: a *total* of posts is on *listing*."""
        if total and not self.postponed.is_limited and not listing.known:
            self._totals.setdefault(id(listing), total)  # later pages count what is left
            self._stats.set_value(TOTAL, sum(self._totals.values()))

    def _parse_taxonomies(self, answer: Answer, **state: Any) -> Output:
        """Have the terms of plugins and themes read too, those that are authors among them."""
        for taxonomy in taxonomies(answer.value):
            self._posts.names.add(taxonomy)
        yield from self._fetch(**state)

    def _fail_taxonomies(self, error: AnswerError, **state: Any) -> Output:
        logger.info("The site does not tell its taxonomies: %s", error)
        yield from self._fetch(**state)

    def _fetch(self, post_type: str, listing: PostListing, missing: Sequence[int]) -> Output:
        language = listing.filters.get("lang", "")
        for request in self._posts.requests(post_type, missing, language):
            yield from self.postponed.postpone_if_limited(request)
        yield from self._go_on(post_type, listing)

    def _go_on(self, post_type: str, listing: PostListing) -> Output:
        if whole := self._walk.better(post_type, listing, ()):
            yield from self.postponed.postpone_if_limited(self._next_page(post_type, whole))
            return
        if listing.is_endless:
            self._report.problem(
                "list_endless",
                f"{post_type}: the list does not end; given up after {len(listing.posts):,} posts "
                f"on {listing.pages:,} pages (WORDPRESS_MAX_PAGES is {self._most_pages:,}; it "
                "holds for a list that the site does not count)",
            )
            return
        if not listing.is_done:
            yield from self.postponed.postpone_if_limited(self._next_page(post_type, listing))
            return
        for place in listing.unlisted:
            self._report.problem("post_unlisted", f"{post_type}: the list fails on {place}")
        if listing.is_repeated and not listing.has_count:
            self._report.problem(
                "list_endless",
                f"{post_type}: the list sends the same posts again and does not count them: more "
                f"than the {len(listing.posts):,} on it may be there",
            )
        if listing.is_counted:
            yield from self._complete(post_type, listing)
            return
        state = {"post_type": post_type, "listing": listing}
        count = self._client.request(
            f"wp/v2/{post_type}",
            listing.count_query(),
            self._parse_count,
            self._fail_count,
            state,
        )
        yield from self.postponed.postpone_if_limited(count)

    def _listed(self, post: object) -> ListedPost | None:
        try:
            return ListedPost.from_rest(post)
        except ValueError as error:
            self._report.lose("post_malformed", self._query.site, str(error), lasts=False)
            return None

    def _not_held(self, post_type: str, posts: Iterable[ListedPost]) -> list[int]:
        """Return the ids of those *posts* that are not held as they are now."""
        keys = {post.id: article_key(post.guid, post.date) for post in posts}
        held = self._store.holdings(keys.values())
        missing = []
        for post in posts:
            key = keys[post.id]
            ours = [one for one in held.get(key, []) if one.source == self._query.source]
            self._absent.note_held(post_type, post.id, ours)
            if (first := self._ids.setdefault(key, post.id)) != post.id:
                said = f"posts {first} and {post.id} share guid and date: only {first} is kept"
                self._report.lose("same_identity", self._posts.address(post_type, post.id), said)
            elif (post_type, post.id) in self._met:
                continue  # on two lists, or the site does not keep its languages apart
            elif post.modified and any(
                one.modified >= post.modified and not one.incomplete for one in ours
            ):
                self._report.count("duplicate")
            else:
                missing.append(post.id)
        if self._query.language or self._walk.has_parts:
            self._met |= {(post_type, post.id) for post in posts}
        return missing

    def _fail_page(self, error: AnswerError, post_type: str, listing: PostListing) -> Output:
        """Request fewer posts where that may help; else report what was not listed and why."""
        if error.code == PAST_THE_END:
            listing.add_page([], None)
            yield from self._go_on(post_type, listing)
            return
        may_retry = may_give_fewer(error) or (
            listing.per_page > 1 and may_be_refused_for_one(error)
        )
        if "per_page" in error.params:
            listing.limit_page_size(error.params["per_page"])
        elif may_retry:
            listing.page_failed()
        if may_retry and not (listing.keeps_failing or listing.is_doubtful):
            yield self._next_page(post_type, listing)
        elif whole := self._walk.without_bound(post_type, listing):
            yield self._next_page(post_type, whole)
        elif error.code == UNKNOWN_ROUTE:
            yield from self._types.explain(post_type)
        elif listing.posts or listing.known:
            self._report.problem("list_broken", f"{post_type} are listed in part: {error}")
        else:
            self._report.fatal(SourceUnreadableError(f"{post_type} cannot be listed: {error}"))

    # Counting: did the list lose anything while the site went on publishing?

    def _parse_count(self, answer: Answer, post_type: str, listing: PostListing) -> Output:
        """Compare the list with the site's own count; list once more if they differ."""
        listed = len(listing.posts)
        if answer.total == listed:
            yield from self._complete(post_type, listing)
            return
        if not listing.known and listing.pages > 1:
            self._stats.inc_value("wordpress/listed_again")
            again = self._next_page(post_type, listing.second_pass())
            yield from self.postponed.postpone_if_limited(again)
        elif answer.total is None:
            logger.info("%s: no X-WP-Total to compare %d with", post_type, listed)
            yield from self._complete(post_type, listing)
        else:
            self._report.problem(
                "count", f"{post_type}: the site counts {answer.total}, its list has {listed}"
            )
            self._walk.note_miscount(post_type, listing, answer.total - listed)

    def _complete(self, post_type: str, listing: PostListing) -> Output:
        """Go on with what only a list without gaps shows: which of the held posts are gone."""
        if listing.unlisted:
            return
        self._walk.note_complete(post_type, listing)
        if not listing.is_whole:
            self._absent.note_listed(post_type)
            return
        posts = listing.known | listing.posts
        yield from self._absent.check(post_type, posts.keys())
        if post_type == self._query.post_types[0] and not self._query.has_filters:
            links = {post.link for post in posts.values()}
            yield from self._hidden.look_for(self._languages, post_type, links)

    def _fail_count(self, error: AnswerError, post_type: str, listing: PostListing) -> Output:
        """Report that the list was not checked."""
        self._report.problem("count", f"{post_type} cannot be counted: {error}")
        yield from ()
