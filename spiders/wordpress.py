"""Any WordPress site, through its REST API."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from scrapy import Request, signals
from scrapy.exceptions import DontCloseSpider

from crawler.crawling.wordpress.discovery import Output
from crawler.crawling.wordpress.posts import PostSpider, has_id, smaller_may_come
from crawler.exceptions import BadArgumentError, SourceUnreadableError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.sources.site import site_domain
from crawler.sources.wordpress.answer import PAST_THE_END, UNKNOWN_ROUTE, Answer, AnswerError
from crawler.sources.wordpress.arguments import Arguments, arguments
from crawler.sources.wordpress.credentials import Credentials
from crawler.sources.wordpress.listing import MAX_PER_PAGE, Listed, Listing
from crawler.sources.wordpress.names import FIELDS as NAME_FIELDS
from crawler.sources.wordpress.names import Names
from crawler.state.identity import article_key

_UNASKED = 10  # WordPress's page where no per_page is asked for


class WordPressSpider(PostSpider):
    """Lists every post, then fetches those that are not held.

    Lists are cheap for the server (no text is rendered) and walked whole in every run, so that
    a post is found whenever it was published, back-dated or edited; texts are fetched by id.

    Arguments: see `crawler.sources.wordpress.arguments.Arguments`. ``WORDPRESS_USER`` and
    ``WORDPRESS_APP_PASSWORD`` in the environment go to the site's own origin only.
    """

    name = "wordpress"

    def __init__(self, **kwargs: str) -> None:
        super().__init__(self.name)
        self.arguments = {name: text for name, text in kwargs.items() if not name.startswith("_")}
        try:
            self.aim(arguments(**self.arguments))
        except TypeError as error:
            raise BadArgumentError("-a", ",".join(self.arguments), str(error)) from None

    def aim(self, asked: Arguments) -> None:
        """Make ready to crawl what is *asked* for."""
        self.asked = asked
        self.site, self.source = asked.site, asked.source
        self.allowed_domains = [site_domain(self.site), *asked.allow_hosts]
        self.credentials = Credentials(
            os.environ.get("WORDPRESS_USER", ""), os.environ.get("WORDPRESS_APP_PASSWORD", "")
        )
        self.names = Names()
        self.cap = MAX_PER_PAGE
        self.ids: dict[str, int] = {}
        self.later: deque[Request] = deque()

    def open(self) -> None:
        super().open()
        self.ledger = required(self.crawler, LedgerExtension)
        self.crawler.signals.connect(self.next_in_turn, signals.spider_idle)

    # Filters: slugs of categories and tags are ids to the API.

    def crawl_api(self) -> Output:
        filters = {"search": self.asked.search} if self.asked.search else {}
        wanted = {"categories": self.asked.categories, "tags": self.asked.tags}
        yield from self._resolve([(r, s) for r, s in wanted.items() if s], filters)

    def _resolve(self, wanted: list[tuple[str, Sequence[str]]], filters: dict[str, str]) -> Output:
        if not wanted:
            yield from self._list_all(filters)
            return
        (route, slugs), *rest = wanted
        params = {"slug": ",".join(slugs), "_fields": NAME_FIELDS}
        if len(slugs) > _UNASKED:
            params["per_page"] = str(len(slugs))
        state = {"route": route, "slugs": slugs, "wanted": rest, "filters": filters}
        yield self.ask(f"wp/v2/{route}", params, self.parse_terms, self.terms_failed, state)

    def parse_terms(
        self,
        answer: Answer,
        route: str,
        slugs: Sequence[str],
        wanted: list[tuple[str, Sequence[str]]],
        filters: dict[str, str],
    ) -> Output:
        """Turn slugs into ids and go on; an unknown slug ends the run."""
        # WordPress keeps a slug that is not Latin percent-encoded.
        ids = {
            unquote(str(term.get("slug"))).lower(): str(term["id"])
            for term in answer.elements()
            if has_id(term)
        }
        if unknown := [slug for slug in slugs if unquote(slug).lower() not in ids]:
            self.report.fatal(
                BadArgumentError(route, ",".join(unknown), f"{self.site} has no such slug")
            )
            return
        chosen = ",".join(ids[unquote(slug).lower()] for slug in slugs)
        yield from self._resolve(wanted, filters | {route: chosen})

    def terms_failed(self, error: AnswerError, route: str, **_: Any) -> Output:
        """End the run: without the filter it would be another crawl."""
        self.report.fatal(SourceUnreadableError(f"{route} cannot be looked up: {error}"))
        yield from ()

    # Listing

    def _list_all(self, filters: dict[str, str]) -> Output:
        for post_type in self.asked.post_types:
            listing = Listing(after=self.asked.after, before=self.asked.before, filters=filters)
            yield from self.in_turn(self._next_page(post_type, listing))

    def _next_page(self, post_type: str, listing: Listing) -> Request:
        state = {"post_type": post_type, "listing": listing}
        route = f"wp/v2/{post_type}"
        return self.ask(route, listing.query(), self.parse_page, self.page_failed, state)

    def parse_page(self, answer: Answer, post_type: str, listing: Listing) -> Output:
        """Take a page of the list: fetch what is not held, and go on to the next page."""
        page = [listed for post in answer.elements() if (listed := self._listed(post))]
        whole = "cut" not in answer.noise
        fresh = listing.received(page, answer.total if whole else None)
        self.crawler.stats.inc_value("wordpress/listed", len(fresh))
        yield from self._fetch(post_type, [post.id for post in self._not_held(fresh)], listing)
        yield from self._go_on(post_type, listing)

    def _go_on(self, post_type: str, listing: Listing) -> Output:
        if listing.endless:
            self.report.problem(
                "list_endless",
                f"{post_type}: the list does not end; given up after {len(listing.posts):,} posts",
            )
            return
        if not listing.done:
            yield from self.in_turn(self._next_page(post_type, listing))
            return
        for gap in listing.gaps:
            self.report.problem("post_unlisted", f"{post_type}: the list fails on {gap}")
        if listing.counted:
            return
        state = {"post_type": post_type, "listing": listing}
        query = listing.count_query()
        route = f"wp/v2/{post_type}"
        yield from self.in_turn(self.ask(route, query, self.parse_count, self.count_failed, state))

    def _listed(self, post: object) -> Listed | None:
        try:
            return Listed.of(post)
        except ValueError as error:
            self.report.problem("post_malformed", f"{self.site}: {error}")
            return None

    def _not_held(self, posts: Iterable[Listed]) -> list[Listed]:
        keys = {post.id: article_key(post.guid, post.date) for post in posts}
        held = self.ledger.store.holdings(keys.values())
        missing = []
        for post in posts:
            key = keys[post.id]
            ours = [holding for holding in held.get(key, []) if holding.source == self.source]
            if (first := self.ids.setdefault(key, post.id)) != post.id:
                self.report.problem(
                    "same_identity",
                    f"posts {first} and {post.id} share guid and date: only {first} is kept",
                )
            elif post.modified and any(h.modified >= post.modified for h in ours):
                self.report.count("duplicate")
            else:
                missing.append(post)
        return missing

    def page_failed(self, error: AnswerError, post_type: str, listing: Listing) -> Output:
        """Ask for less where that may help; else name what was not listed and why."""
        if error.code == PAST_THE_END:
            listing.received([], None)
            yield from self._go_on(post_type, listing)
            return
        is_capped = "per_page" in error.params
        if is_capped:
            listing.capped(error.params["per_page"])
        elif smaller_may_come(error):
            listing.failed()
        if (is_capped or smaller_may_come(error)) and not listing.hopeless:
            yield self._next_page(post_type, listing)
        elif error.code == UNKNOWN_ROUTE:
            fix = f"{self.site} lists its types at {self.api.url('wp/v2/types')}"
            self.report.fatal(BadArgumentError("post_types", post_type, fix))
        elif listing.posts or listing.known:
            self.report.problem("list_broken", f"{post_type} are listed in part: {error}")
        else:
            self.report.fatal(SourceUnreadableError(f"{post_type} cannot be listed: {error}"))

    # Counting: did the list lose anything while the site went on?

    def parse_count(self, answer: Answer, post_type: str, listing: Listing) -> Output:
        """Compare the list with the site's own count; walk it once more if they differ."""
        listed = len(listing.posts)
        if answer.total == listed:
            return
        if not listing.known and listing.pages > 1:
            self.crawler.stats.inc_value("wordpress/second_walks")
            yield from self.in_turn(self._next_page(post_type, listing.again()))
        elif answer.total is None:
            self.logger.info("%s: no X-WP-Total to compare %d with", post_type, listed)
        else:
            self.report.problem(
                "count", f"{post_type}: the site counts {answer.total}, its list has {listed}"
            )

    def count_failed(self, error: AnswerError, post_type: str, listing: Listing) -> Output:
        """Say that the list was not checked."""
        self.report.problem("count", f"{post_type} cannot be counted: {error}")
        yield from ()

    # Fetching, one request after the other where only so many articles are wanted

    def _fetch(self, post_type: str, ids: Sequence[int], listing: Listing) -> Output:
        self.cap = min(self.cap, listing.cap)
        for start in range(0, len(ids), self.cap):
            request = self.fetch(post_type, ids[start : start + self.cap])
            yield from self.in_turn(request)

    def in_turn(self, request: Request) -> Iterator[Request]:
        """Hold *request* back until it is known how many articles are still wanted."""
        if self.asked.max_articles is None:
            yield request
        else:
            self.later.append(request)

    def next_in_turn(self) -> None:
        """Go on with what was held back, while articles are wanted."""
        if self.later and (wanted := self.wanted()) > 0:
            self.crawler.engine.crawl(self.no_more_than(wanted, self.later.popleft()))
            raise DontCloseSpider

    def wanted(self) -> int:
        """Return how many articles are still wanted."""
        collected = self.report.report.articles
        taken = collected.get("new", 0) + collected.get("revised", 0)
        return sys.maxsize if (most := self.asked.max_articles) is None else most - taken

    def no_more_than(self, wanted: int, request: Request) -> Request:
        """Return *request*, or one for the first *wanted* of its posts; the rest is for later."""
        state = request.cb_kwargs["state"]
        if len(ids := state.get("ids", [])) <= wanted:
            return request
        self.later.appendleft(self.fetch(state["post_type"], ids[wanted:]))
        return self.fetch(state["post_type"], ids[:wanted])
