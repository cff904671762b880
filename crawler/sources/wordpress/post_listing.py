"""Listing every post of a site while the site goes on publishing.

Offset paging loses posts whenever one that was seen is deleted. This walk is a keyset instead:
always ordered by date, always from one second before the last post seen, duplicates dropped by
id. Dates are the site's naive local time, exclusive, as ``after`` and ``before`` compare them.
A second that fills a page is walked by id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

FIELDS = "id,date,date_gmt,guid,modified,modified_gmt,link"
MAX_PER_PAGE = 100
_MAX_STUMBLES = 5
_SLACK = 1000
_YEARS = range(1900, 2200)
_SECOND = timedelta(seconds=1)
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPost:
    """A post as a list names it, before its text is fetched."""

    id: int
    date: str
    guid: str
    modified: str
    link: str

    @classmethod
    def from_rest(cls, post: object) -> Self:
        """Read an element of a list. Raises ``ValueError`` if it names no post."""
        if not isinstance(post, Mapping) or not isinstance(post.get("id"), int):
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
    """The walk over one post type: `query` is what to ask next, the answers go back in.

    ``after`` and ``before`` bound the walk (exclusive). ``posts`` holds what was seen, by id;
    ``known`` what an earlier walk saw; ``unlisted`` names each place where the server failed on a
    single post; ``by_id`` says that the walk goes by id and offset: where the server does not keep
    to the dates that it shows, and on a second walk, which is to differ from the first.
    """

    after: datetime | None = None
    before: datetime | None = None
    filters: dict[str, str] = field(default_factory=dict)
    posts: dict[int, ListedPost] = field(default_factory=dict)
    known: dict[int, ListedPost] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    per_page: int = MAX_PER_PAGE
    pages: int = 0
    is_done: bool = False
    by_id: bool = False
    _cap: int = MAX_PER_PAGE
    _offset: int = 0
    _stumbles: int = 0
    _promised: int | None = None
    _cursor: datetime | None = None
    _second: datetime | None = None
    _last: tuple[object, int, list[int]] = (None, 0, [])
    _swept: set[int] = field(default_factory=set)

    def query(self) -> dict[str, str]:
        """Return the parameters of the next request."""
        after, before = self._bounds()
        asked = {
            "_fields": FIELDS,
            "per_page": str(self.per_page),
            # Within one second the database breaks ties as it likes: only ids are an order.
            "orderby": "id" if self._second or self.by_id else "date",
            "order": "asc",
            "after": _naive(after),
            "before": _naive(before),
            "offset": str(self._offset) if self._offset else None,
        }
        return self.filters | {name: value for name, value in asked.items() if value is not None}

    def count_query(self) -> dict[str, str]:
        """Return the parameters of a request whose X-WP-Total counts all that is listed."""
        asked = {"_fields": "id", "per_page": "1"}
        bounds = {"after": _naive(self.after), "before": _naive(self.before)}
        return self.filters | asked | {name: value for name, value in bounds.items() if value}

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        if self._second:
            return self._second - _SECOND, self._second + _SECOND
        return self._cursor or self.after, self.before

    def add_page(self, page: Sequence[ListedPost], total: int | None) -> list[ListedPost]:
        """Take a page and return its posts that are new or were changed since they were seen.

        *total* is X-WP-Total, if the server sent it. It ends the walk only where a short page
        says the same, because caps shorten pages and plugins miscount.
        """
        self.pages += 1
        self._stumbles = 0
        if self._promised is None and total is not None:
            self._promised = total
        unseen = [post for post in page if self.posts.get(post.id) != post]
        fresh = [post for post in unseen if self.known.get(post.id) != post]
        self.posts.update((post.id, post) for post in unseen)
        exhausted = not page or (len(page) < self.per_page and total == self._offset + len(page))
        last = (self._bounds(), self._offset, [post.id for post in page])
        self._advance(page, exhausted=exhausted)
        self._last = last
        self.per_page = min(self._cap, self.per_page * 2)
        return fresh

    def _advance(self, page: Sequence[ListedPost], *, exhausted: bool) -> None:
        if self.by_id:
            self._sweep({post.id for post in page}, exhausted=exhausted)
        elif exhausted or self._repeated(page):
            self._leave()
        elif not self._in_order(page):
            self._start_sweep()
        elif self._second:
            self._offset += len(page)
        else:
            self._follow([moment for post in page if (moment := _moment(post.date))], len(page))

    def _start_sweep(self) -> None:
        self.by_id, self._second, self._cursor, self._offset = True, None, None, 0
        self.per_page = self._cap

    def _sweep(self, ids: set[int], *, exhausted: bool) -> None:
        """Go on by offset, until a page brings nothing: some servers begin anew at their end."""
        self.is_done = exhausted or ids <= self._swept
        self._swept |= ids
        self._offset += len(ids)

    def _repeated(self, page: Sequence[ListedPost]) -> bool:
        """Tell whether the server sends one page again and again, whatever the offset."""
        bounds, offset, ids = self._last
        is_same = bounds == self._bounds() and ids == [post.id for post in page]
        return is_same and offset != self._offset

    def _in_order(self, page: Sequence[ListedPost]) -> bool:
        moments = [moment for post in page if (moment := _moment(post.date))]
        after, before = self._bounds()
        inside = all((not after or m > after) and (not before or m < before) for m in moments)
        return inside and (self._second is not None or moments == sorted(moments))

    def _follow(self, moments: Sequence[datetime], length: int) -> None:
        if not moments:
            self._offset += length
            return
        cursor = moments[-1] - _SECOND
        if self._cursor is None or cursor > self._cursor:
            self._cursor, self._offset = cursor, 0
        else:
            # Nothing but one second on this page: walk that second by id.
            self._second, self._offset = moments[-1], 0

    def _leave(self) -> None:
        if self._second is None:
            self.is_done = True
        self._cursor, self._second, self._offset = self._second, None, 0

    def page_failed(self) -> None:
        """Take it that the page could not be had: ask for half of it, step over one post."""
        if self.per_page > 1:
            self.per_page //= 2
            return
        if not self._second and not self.by_id:
            # Offsets step over a post only where the order is the same at every query.
            self._start_sweep()
            return
        after, _ = self._bounds()
        where = f"after {_naive(after)}" if after else "from the beginning"
        self.unlisted.append(f"post {self._offset + 1} {where}")
        self._offset += 1
        self._stumbles += 1

    @property
    def keeps_failing(self) -> bool:
        """Whether one post after the other failed: it is not the posts."""
        return self._stumbles >= _MAX_STUMBLES

    @property
    def is_counted(self) -> bool:
        """Whether one answer held the whole list and its count: nothing can have slipped by."""
        return self.is_done and self.pages == 1 and self._promised == len(self.posts)

    @property
    def is_endless(self) -> bool:
        """Whether the list is far longer than the site counted when it began."""
        return self._promised is not None and len(self.posts) > 2 * self._promised + _SLACK

    @property
    def cap(self) -> int:
        """The most posts that the server gives at once, as far as it said."""
        return self._cap

    def limit_page_size(self, message: str) -> None:
        """Take the server's word that ``per_page`` is too high; *message* holds its limit."""
        self._stumbles += self.per_page == 1
        limit = _LAST_NUMBER.search(message)
        allowed = int(limit[1]) if limit else self.per_page
        smaller = allowed if allowed < self.per_page else self.per_page // 2
        self._cap = self.per_page = max(1, smaller)

    def second_pass(self) -> PostListing:
        """Return a second walk, by id: it finds what changed behind the first walk.

        And what that lost to dates that WordPress stores and shows differently: a post stored
        within the hour that a clock change skips is shown an hour later.
        """
        return PostListing(
            after=self.after,
            before=self.before,
            filters=self.filters,
            known=self.posts,
            by_id=True,
            per_page=self._cap,
            _cap=self._cap,
        )


def _naive(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _moment(date: str) -> datetime | None:
    """Return the moment, None for a date that never was (``0000-00-00T00:00:00``)."""
    try:
        moment = datetime.fromisoformat(date).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None
