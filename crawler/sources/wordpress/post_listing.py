"""Listing every post of a site while the site goes on publishing.

Offset pagination loses posts whenever one that was seen is deleted. This is keyset pagination:
ordered by date, each page from one second before the last post seen, duplicates dropped by id.
Dates are the site's local time without zone, and exclusive, as ``after`` and ``before`` of the
REST API compare them. The posts of a second that fills a page are listed by id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from crawler.sources.wordpress.answer import YEARS

FIELDS = "id,date,date_gmt,guid,modified,modified_gmt,link"
MOST_PER_PAGE = 100
_HIGHEST_ID = 10**18
_MOST_FAILURES = 5
_SLACK = 1000
_MOST_BARREN = 20  # a second that fills a page takes a few of those
_SECOND = timedelta(seconds=1)
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


def is_id(value: object) -> bool:
    """Return whether *value* is the id of a post or term.

    Records of articles and ledgers have room for 18 digits. A site may send a number of any length.
    """
    return type(value) is int and 0 < value < _HIGHEST_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPost:
    """A post of a list, whose text is not fetched yet."""

    id: int
    date: str
    guid: str
    modified: str
    link: str

    @classmethod
    def from_rest(cls, post: object) -> Self:
        """Read an element of a list. Raises ValueError if it is no post."""
        if not isinstance(post, Mapping) or not is_id(post.get("id")):
            raise ValueError(f"a list holds what is no post: {repr(post)[:100]}")
        guid = post.get("guid")
        rendered = guid.get("rendered") if isinstance(guid, Mapping) else guid
        texts = {name: post.get(name) for name in ("date", "modified", "link")}
        date, modified, link = (v if isinstance(v, str) else "" for v in texts.values())
        return cls(
            id=post["id"],
            date=date,
            guid=rendered if isinstance(rendered, str) and rendered else link,
            modified=modified,
            link=link,
        )


@dataclass(slots=True)
class PostListing:
    """The list of all posts of a type: send `query`, give the answer to `add_page`, until done.

    ``after`` and ``before`` bound it (exclusive). ``posts`` are those seen, by id, ``known`` those
    that an earlier pass saw. ``unlisted`` names each place where the server failed on a single
    post. ``by_id`` says that the list is ordered by id and paged by offset: where the server does
    not keep to the dates that it shows, and in a second pass, to differ from the first.
    ``most_pages`` are requested of a list whose posts the site does not count. ``is_repeated`` says
    that it sent the same posts again instead of others, so that more may be there. ``is_whole``
    says that all that is wanted is to be on it, and not only what is new or was changed;
    ``is_doubtful`` that the server does not keep to what was asked for.
    """

    after: datetime | None = None
    before: datetime | None = None
    filters: dict[str, str] = field(default_factory=dict)
    posts: dict[int, ListedPost] = field(default_factory=dict)
    known: dict[int, ListedPost] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    per_page: int = MOST_PER_PAGE
    pages: int = 0
    is_done: bool = False
    by_id: bool = False
    most_pages: int = 10_000
    is_repeated: bool = False
    is_whole: bool = True
    is_doubtful: bool = False
    _barren: int = 0
    _cap: int = MOST_PER_PAGE
    _offset: int = 0
    _failures: int = 0
    _first_total: int | None = None
    _cursor: datetime | None = None
    _second: datetime | None = None
    _last_answer: tuple[object, int, list[int]] = (None, 0, [])
    _seen_by_id: set[int] = field(default_factory=set)

    def query(self) -> dict[str, str]:
        """Return the parameters of the next request."""
        after, before = self._bounds()
        params = {
            "_fields": FIELDS,
            "per_page": str(self.per_page),
            # Within one second the database orders posts as it likes: only ids are an order.
            "orderby": "id" if self._second or self.by_id else "date",
            "order": "asc",
            "after": _naive(after),
            "before": _naive(before),
            "offset": str(self._offset) if self._offset else None,
        }
        return self.filters | {name: value for name, value in params.items() if value is not None}

    def count_query(self) -> dict[str, str]:
        """Return the parameters of a request whose X-WP-Total counts all that is listed."""
        params = {"_fields": "id", "per_page": "1"}
        bounds = {"after": _naive(self.after), "before": _naive(self.before)}
        return self.filters | params | {name: value for name, value in bounds.items() if value}

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        if self._second:
            return self._second - _SECOND, self._second + _SECOND
        return self._cursor or self.after, self.before

    def add_page(self, page: Sequence[ListedPost], total: int | None) -> list[ListedPost]:
        """Take a page and return its posts that are new or were changed since they were seen.

        *total* is X-WP-Total, if the server sent it. It ends the list only if a short page agrees,
        because servers cap pages and plugins miscount.
        """
        self.pages += 1
        self._failures = 0
        if self._first_total is None and total is not None:
            self._first_total = total
        unseen = [post for post in page if self.posts.get(post.id) != post]
        is_barren = all(post.id in self.posts for post in page)
        self._barren = self._barren + 1 if is_barren else 0
        fresh = [post for post in unseen if self.known.get(post.id) != post]
        self.posts.update((post.id, post) for post in unseen)
        is_last = not page or (len(page) < self.per_page and total == self._offset + len(page))
        last = (self._bounds(), self._offset, [post.id for post in page])
        self._advance(page, is_last=is_last)
        self._last_answer = last
        self.per_page = min(self._cap, self.per_page * 2)
        return fresh

    def _advance(self, page: Sequence[ListedPost], *, is_last: bool) -> None:
        if self.by_id:
            self._advance_by_id({post.id for post in page}, is_last=is_last)
        elif is_last or self._repeats_last(page):
            self.is_repeated = self.is_repeated or not is_last
            self._end_range()
        elif not self._is_in_order(page):
            self._list_by_id()
        elif self._second:
            self._offset += len(page)
        else:
            self._move_cursor(_times(page), len(page))

    def _list_by_id(self) -> None:
        self.by_id, self._second, self._cursor, self._offset = True, None, None, 0
        self.per_page = self._cap

    def _advance_by_id(self, ids: set[int], *, is_last: bool) -> None:
        """Move on by offset until a page brings nothing new; some servers start over at the end."""
        self.is_done = is_last or ids <= self._seen_by_id
        self.is_repeated = self.is_repeated or (self.is_done and not is_last)
        self._seen_by_id |= ids
        self._offset += len(ids)

    def _repeats_last(self, page: Sequence[ListedPost]) -> bool:
        """Tell whether the server sends the same page whatever the offset."""
        bounds, offset, ids = self._last_answer
        is_same = bounds == self._bounds() and ids == [post.id for post in page]
        return is_same and offset != self._offset

    def _is_in_order(self, page: Sequence[ListedPost]) -> bool:
        times = _times(page)
        after, before = self._bounds()
        inside = all((not after or t > after) and (not before or t < before) for t in times)
        return inside and (self._second is not None or times == sorted(times))

    def _move_cursor(self, times: Sequence[datetime], length: int) -> None:
        if not times:
            self._offset += length
            return
        cursor = times[-1] - _SECOND
        if self._cursor is None or cursor > self._cursor:
            self._cursor, self._offset = cursor, 0
        else:
            # The whole page is of one second: list that second by id.
            self._second, self._offset = times[-1], 0

    def _end_range(self) -> None:
        if self._second is None:
            self.is_done = True
        self._cursor, self._second, self._offset = self._second, None, 0

    def page_failed(self) -> None:
        """Halve the page size after a failed page; skip a single post that fails."""
        if self.per_page > 1:
            self.per_page //= 2
            return
        if not self._second and not self.by_id:
            # An offset skips a post only if the order is the same at every query.
            self._list_by_id()
            return
        after, _ = self._bounds()
        where = f"after {_naive(after)}" if after else "from the beginning"
        self.unlisted.append(f"post {self._offset + 1} {where}")
        self._offset += 1
        self._failures += 1

    @property
    def keeps_failing(self) -> bool:
        """Whether so many posts in a row failed that the posts are not the cause."""
        return self._failures >= _MOST_FAILURES

    @property
    def has_count(self) -> bool:
        """Whether the site says how many posts there are."""
        return self._first_total is not None

    @property
    def is_counted(self) -> bool:
        """Whether one answer held the whole list and its count, so that nothing is missed."""
        return self.is_done and self.pages == 1 and self._first_total == len(self.posts)

    @property
    def is_endless(self) -> bool:
        """Whether it goes on far beyond what the site counted, or page by page without a new post.

        Where the site does not count, it may have so many pages and no more.
        """
        if self._first_total is not None and len(self.posts) > 2 * self._first_total + _SLACK:
            return True
        is_over = not self.has_count and self.pages >= self.most_pages
        return not self.is_done and (is_over or self._barren >= _MOST_BARREN)

    @property
    def cap(self) -> int:
        """The most posts that the server gives at once, as far as it is known."""
        return self._cap

    def limit_page_size(self, message: str) -> None:
        """Lower ``per_page`` to the limit in the server's error *message*, else halve it."""
        self._failures += self.per_page == 1
        limit = _LAST_NUMBER.search(message)
        allowed = int(limit[1]) if limit else self.per_page
        smaller = allowed if allowed < self.per_page else self.per_page // 2
        self._cap = self.per_page = max(1, smaller)

    def second_pass(self) -> PostListing:
        """Return a second pass, by id, for what changed behind the first one.

        It also finds posts whose date WordPress stores and shows differently: one stored within
        the hour that a clock change skips is shown an hour later.
        """
        return PostListing(
            after=self.after,
            before=self.before,
            filters=self.filters,
            known=self.posts,
            by_id=True,
            most_pages=self.most_pages,
            is_whole=self.is_whole,
            per_page=self._cap,
            _cap=self._cap,
        )


def _naive(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def _times(page: Sequence[ListedPost]) -> list[datetime]:
    """Return the times of the posts, without dates that never were (``0000-00-00T00:00:00``)."""
    return [time for post in page if (time := local_time(post.date))]


def local_time(date: str) -> datetime | None:
    """Read a date of a list, without zone; None for one that never was."""
    try:
        time = datetime.fromisoformat(date).replace(tzinfo=None)
    except ValueError:
        return None
    return time if time.year in YEARS else None
