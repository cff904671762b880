"""The list of what was changed, by its order alone: all of it, or it is said to be doubtful."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.wordpress.newest_first import NewestFirstListing
from crawler.sources.wordpress.post_listing import ListedPost
from tests.sources.fake_site import START, FakeSite

_UNTIL = 100  # seconds behind START


class LatestFirst(FakeSite):
    """The model of a site in the order of modification, which is that of dates there."""

    def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
        assert (query["orderby"], query["order"]) == ("modified", "desc")
        self.queries += 1
        assert self.queries < 10_000, "the list does not end"
        key = {number: (time, self.random.random()) for number, time in self.posts.items()}
        found = sorted(self.posts, key=key.__getitem__, reverse=True)
        offset, size = int(query.get("offset", 0)), min(int(query["per_page"]), self.cap)
        page = [self.listed(number) for number in found[offset : offset + size]]
        return page, len(found) if self.totals else None


def read(
    site: FakeSite, meanwhile: Callable[[FakeSite], None] = lambda site: None
) -> NewestFirstListing:
    until = (START + timedelta(seconds=_UNTIL)).isoformat()
    listing = NewestFirstListing(until=until)
    while not listing.is_done and not listing.is_doubtful:
        answer = site.answer(listing.query())
        assert answer
        listing.add_page(*answer)
        meanwhile(site)
    return listing


@given(
    st.lists(st.integers(0, 400), max_size=400),
    st.sampled_from([1, 3, 10, 100]),
    st.booleans(),
)
def test_all_that_changed_or_doubt(seconds: list[int], cap: int, totals: bool) -> None:
    site = LatestFirst.with_seconds(seconds, cap=cap, totals=totals)
    listing = read(site)
    changed = {n for n, time in site.posts.items() if time > START + timedelta(seconds=_UNTIL)}
    assert listing.is_doubtful or changed <= listing.posts.keys()


@pytest.mark.parametrize("cap", [10, 100])
def test_plain_sites_leave_no_doubt(cap: int) -> None:
    site = LatestFirst.with_seconds(list(range(500)), cap=cap)
    listing = read(site)
    assert not listing.is_doubtful
    assert len(listing.posts) >= 399
    assert site.queries <= 1 + 399 // (cap - cap // 10)


@pytest.mark.parametrize(("gone", "is_doubtful"), [(8, False), (30, True)])
def test_posts_that_are_deleted_meanwhile(gone: int, is_doubtful: bool) -> None:
    """A few are bridged, with more the pages do not join."""
    site = LatestFirst.with_seconds(list(range(500)))
    stay = {number for number in site.posts if number <= 400}

    def delete(site: FakeSite) -> None:
        for number in sorted(site.posts)[-gone:]:
            del site.posts[number]

    listing = read(site, delete)
    assert listing.is_doubtful is is_doubtful
    assert listing.is_doubtful or {n for n in stay if n > _UNTIL + 1} <= listing.posts.keys()


def test_a_second_that_fills_a_page() -> None:
    assert read(LatestFirst.with_seconds([200] * 150)).is_doubtful


def test_an_order_of_its_own() -> None:
    class ByDate(LatestFirst):
        def listed(self, number: int) -> ListedPost:
            found = super().listed(number)
            changed = (START + timedelta(days=number % 7)).isoformat()
            return ListedPost(
                id=number, date=found.date, guid=found.guid, modified=changed, link=found.link
            )

    assert read(ByDate.with_seconds(list(range(300)))).is_doubtful


def test_the_same_page_for_ever() -> None:
    class Deaf(LatestFirst):
        def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
            return super().answer({**query, "offset": "0"})

    assert read(Deaf.with_seconds(list(range(300)))).is_doubtful
