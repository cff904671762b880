"""Which lists of a site a run reads: all of it, or what is new and was changed since."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from scrapy.crawler import Crawler

from crawler.crawling.wordpress.archived_batches import is_list, route
from crawler.crawling.wordpress.query import SiteQuery
from crawler.crawling.wordpress.rest_client import RestClient
from crawler.exceptions import StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
from crawler.sources.wordpress.newest_first import NewestFirstListing
from crawler.sources.wordpress.post_listing import ListedPost, PostListing, local_time
from crawler.sources.wordpress.seen_posts import Seen, WalkState, latest, list_name
from crawler.state.store import WALK

logger = logging.getLogger(__name__)

_CHANGED = "modified_after"
_OWED = "include"
_WIDENED = {"status": "publish"}
"""What a list without *_CHANGED* gets in its place: it is so in any case, and tells a replay that
the run did not begin with this list."""

_MOST_OWED = 100  # texts that could not be read: if there are more, the site is at fault
_UNSURE = ("item_error", "spider_error")  # losses behind which posts may be that nobody names

_NEVER = datetime.fromtimestamp(0, UTC)

_Start = tuple[datetime | None, dict[str, str]]
"""Where a list begins, and its filters."""


class ListWalk:
    """Gives the lists that a run begins with, and notes how far they were seen at its end.

    A whole walk reads the list of each post type (and language) from its beginning. If the last one
    is not ``WORDPRESS_WALK_EVERY`` seconds ago, a run is a usual one: it asks for posts whose date
    is later than those seen, for those modified later, and for those whose texts could not be read.
    A site that does not know ``modified_after`` is asked for the order of modification, and one
    that does not keep to that has its list read whole.

    A replay makes the requests of its run.
    """

    def __init__(self, crawler: Crawler, client: RestClient, query: SiteQuery) -> None:
        settings = SettingsReader(crawler.settings)
        self._crawler = crawler
        self._client = client
        self._query = query
        self._most_pages = settings.WORDPRESS_MAX_PAGES
        self._every = settings.WORDPRESS_WALK_EVERY
        self._replay = crawler.get_extension(ReplayExtension)
        self._began = datetime.now(UTC)
        self._now: datetime | None = None
        self._last = self._last_state() if self._every and not self._replay else None
        self._state = self._last if self._last and self._is_recent(self._last) else None
        self._miscounts: dict[str, int] = {}
        self._seen: dict[str, Seen] = dict(self._state.seen) if self._state else {}
        self._partial: set[str] = set()
        self.has_parts = False
        """Whether a list was begun that is not whole, so that a post may be on several."""
        self._begun = 0
        self._done = 0

    def note_time(self, moment: datetime | None) -> None:
        """Note that the site gave *moment*, in UTC, as its time."""
        self._now = max(filter(None, (moment, self._now)), default=None)

    # What is asked for

    def listings(self, post_type: str, filters: dict[str, str]) -> Iterator[PostListing]:
        """Yield the lists of *post_type* that are to be read, each with *filters* and its own."""
        name = list_name(post_type, filters.get("lang", ""))
        is_again = self._replay is not None and self._replay.is_same_run
        archived = self._archived(post_type, filters) if is_again else []
        for after, more in archived or self._starts(name):
            is_whole = not more and after == self._query.after
            if not is_whole:
                self._partial.add(name)
                self.has_parts = True
            self._begun += 1
            yield PostListing(
                after=after,
                before=self._query.before,
                filters={**filters, **more},
                most_pages=self._most_pages,
                is_whole=is_whole,
            )
        self._count()

    def _starts(self, name: str) -> list[_Start]:
        whole, seen = self._query.after, self._seen.get(name)
        if self._state is None or seen is None:
            return [(whole, {})]
        date, modified = seen.bounds(self._now)
        newest = max(date, whole) if whole else date
        starts: list[_Start] = [(newest, {}), (whole, {_CHANGED: _second(modified)})]
        if owed := self._state.owed.get(name):
            starts.append((whole, {_OWED: ",".join(map(str, owed))}))
        return starts

    def _archived(self, post_type: str, filters: Mapping[str, str]) -> list[_Start]:
        """Return the lists that the archived run began with."""
        assert self._replay
        url = self._client.api.url(f"wp/v2/{post_type}")
        starts: dict[tuple[str, str], _Start] = {}
        for query in self._replay.queries(url):
            asked = dict(parse_qsl(urlsplit(query).query))
            is_ours = is_list(query) and route(query) == route(url)
            if is_ours and "orderby" in asked and asked.get("lang") == filters.get("lang"):
                more = {name: asked[name] for name in (_CHANGED, _OWED) if name in asked}
                if not more and asked.items() >= _WIDENED.items():
                    continue
                after = self._query.after if more else local_time(asked.get("after", ""))
                starts.setdefault((asked.get(_CHANGED, ""), asked.get(_OWED, "")), (after, more))
        return list(starts.values())

    # What came

    def better(
        self, post_type: str, listing: PostListing, page: Sequence[ListedPost]
    ) -> PostListing | None:
        """Return the list to read instead of *listing*, whose *page* was not asked for; or None."""
        if listing.is_doubtful:
            return self._whole(post_type, listing)
        bound = "" if isinstance(listing, NewestFirstListing) else listing.filters.get(_CHANGED, "")
        until = local_time(bound)
        times = [local_time(post.modified) for post in page]
        if not until or all(time is None or time > until for time in times):
            return None
        return NewestFirstListing(
            after=self._query.after,
            before=self._query.before,
            filters=listing.filters,
            most_pages=self._most_pages,
            is_whole=False,
            until=bound,
        )

    def without_bound(self, post_type: str, listing: PostListing) -> PostListing | None:
        """Return the list to read instead of *listing*, which is answered with an error; or None.

        The parameter *modified_after* may be what is refused.
        """
        is_bounded = not listing.is_whole and _CHANGED in listing.filters
        if is_bounded and (listing.is_doubtful or not listing.pages):
            return self._whole(post_type, listing)
        return None

    def _whole(self, post_type: str, listing: PostListing) -> PostListing:
        """Return the whole list, of which *listing* could not give what was changed."""
        self._partial.discard(list_name(post_type, listing.filters.get("lang", "")))
        self._count()
        required(self._crawler, ReportExtension).note(
            "modified_after",
            f"{post_type}: the site does not tell what was modified (modified_after, or the order "
            "of modified), so that the whole list was read",
        )
        filters = {name: value for name, value in listing.filters.items() if name != _CHANGED}
        return PostListing(
            after=self._query.after,
            before=self._query.before,
            filters={**filters, **_WIDENED},
            most_pages=self._most_pages,
        )

    def note_complete(self, post_type: str, listing: PostListing) -> None:
        """Note that *listing* came to its end, without a gap."""
        if listing.is_repeated and not listing.has_count:
            return
        self._done += 1
        name = list_name(post_type, listing.filters.get("lang", ""))
        posts = (*listing.known.values(), *listing.posts.values())
        if self._now and (seen := latest(posts, self._now, self._seen.get(name))):
            self._seen[name] = seen

    def note_miscount(self, post_type: str, listing: PostListing, more: int) -> None:
        """Note that the site counts so many posts *more* than *listing* has.

        That is a gap, unless it was just so many at the last whole walk: then the site miscounts.
        """
        if listing.is_whole:
            name = list_name(post_type, listing.filters.get("lang", ""))
            self._miscounts[name] = more
            if self._last and self._last.miscounts.get(name) == more:
                self.note_complete(post_type, listing)

    def _count(self) -> None:
        kind = "usual" if self._partial else "whole"
        self._crawler.stats.set_value("wordpress/walk", kind)

    # What the next run is to know

    def finish(self, failed: Collection[tuple[str, int]]) -> None:
        """Note how far the lists were seen, at the end of a run that read all it wanted.

        *failed* are lists and ids of the posts whose texts could not be read.
        """
        if self._partial:
            self._tell()
        if not self._every or not self._begun or self._replay:
            return
        report = required(self._crawler, ReportExtension).report
        has_gaps = self._done < self._begun or any(name in report.lost for name in _UNSURE)
        if not (has_gaps or self._now is None or len(failed) > _MOST_OWED):
            self._put(self._next_state(failed))
        elif self._miscounts:
            self._put(WalkState(walked=_NEVER, miscounts=self._miscounts))

    def _next_state(self, failed: Collection[tuple[str, int]]) -> WalkState:
        owed: dict[str, list[int]] = {}
        for name, number in sorted(failed):
            owed.setdefault(name, []).append(number)
        if self._state and self._partial:
            walked, miscounts = self._state.walked, self._state.miscounts
        else:
            walked, miscounts = self._began, self._miscounts
        return WalkState(walked=walked, seen=self._seen, owed=owed, miscounts=miscounts)

    def _tell(self) -> None:
        last = f"{self._state.walked:%Y-%m-%d %H:%M} UTC" if self._state else "by another run"
        required(self._crawler, ReportExtension).note(
            "usual_run",
            "a usual run, which asks for what is new and was changed; the whole list, which shows "
            f"what was deleted or back-dated, was read last {last} (WORDPRESS_WALK_EVERY)",
        )

    def _last_state(self) -> WalkState | None:
        store = required(self._crawler, LedgerExtension).store
        return WalkState.from_json(store.fact(self._fact))

    def _is_recent(self, state: WalkState) -> bool:
        return timedelta() <= self._began - state.walked < timedelta(seconds=self._every)

    @property
    def _fact(self) -> str:
        query = self._query
        asked = [
            *(query.site, query.post_types, query.search, query.categories, query.tags),
            *(str(query.after), str(query.before), query.language),
        ]
        digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
        return f"{WALK}{query.source} {digest}"

    def _put(self, state: WalkState) -> None:
        name, value = self._fact, state.as_json()
        try:
            ledger = required(self._crawler, LedgerExtension)
            ledger.note(lambda store: store.put_fact(name, value))
        except StorageError as error:
            # The run ends for it already; the next one reads the whole list.
            logger.warning("How far the lists were seen is not in the ledger: %s", error)


def _second(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
