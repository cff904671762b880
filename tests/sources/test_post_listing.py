"""The list of posts loses nothing, whatever the site does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.wordpress.post_listing import ListedPost, PostListing
from tests.sources.fake_site import START, FakeSite

Meanwhile = Callable[[FakeSite], None]


def list_posts(
    site: FakeSite, listing: PostListing, meanwhile: Meanwhile = lambda site: None
) -> list[int]:
    """List to the end and return the ids in the order in which they came up."""
    found: list[int] = []
    while not listing.is_done and not listing.keeps_failing:
        answer = site.answer(listing.query())
        if answer is None:
            listing.page_failed()
            continue
        page, total = answer
        found += [post.id for post in listing.add_page(page, total)]
        meanwhile(site)
    return found


seconds = st.lists(st.integers(0, 30), max_size=400)


@given(seconds, st.sampled_from([1, 7, 10, 100]), st.booleans())
def test_every_post_once(given_seconds: list[int], cap: int, totals: bool) -> None:
    site = FakeSite.with_seconds(given_seconds, cap=cap, totals=totals)
    found = list_posts(site, PostListing())
    assert sorted(found) == sorted(site.posts)


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=150, max_size=400), st.randoms(use_true_random=False))
def test_nothing_that_stays_is_lost_while_posts_come_and_go(
    given_seconds: list[int], chance: object
) -> None:
    site = FakeSite.with_seconds(given_seconds, random=chance)
    stay = {i for i in site.posts if i % 3}
    churn = [i for i in site.posts if not i % 3]

    def meanwhile(site: FakeSite) -> None:
        for _ in range(5):
            if churn:
                site.posts.pop(churn.pop(), None)
            number = 10_000 + site.queries * 10 + len(churn)
            site.posts[number] = START + timedelta(seconds=site.random.randrange(300))

    found = list_posts(site, PostListing(), meanwhile)
    assert stay <= set(found)
    assert len(found) == len(set(found))


def test_a_second_of_250_posts_is_listed_by_id() -> None:
    site = FakeSite.with_seconds([0] * 40 + [5] * 250 + [9] * 20)
    assert sorted(list_posts(site, PostListing())) == sorted(site.posts)


def test_a_small_site_is_one_request() -> None:
    site = FakeSite.with_seconds(list(range(20)))
    list_posts(site, PostListing())
    assert site.queries == 1


@given(seconds, st.sets(st.integers(1, 400), max_size=4))
def test_bad_posts_cost_only_themselves(given_seconds: list[int], bad: set[int]) -> None:
    site = FakeSite.with_seconds(given_seconds, bad=frozenset(bad))
    listing = PostListing()
    found = list_posts(site, listing)
    assert set(found) == set(site.posts) - bad
    assert bool(listing.unlisted) == bool(bad & set(site.posts))


def test_a_server_that_always_fails_is_given_up() -> None:
    site = FakeSite.with_seconds(list(range(50)), bad=frozenset(range(1, 51)))
    listing = PostListing()
    assert list_posts(site, listing) == []
    assert listing.keeps_failing


@pytest.mark.parametrize(
    ("message", "cap"),
    [
        ("per_page must be between 1 (inclusive) and 10 (inclusive)", 10),
        ("per_page must be between 1 and 250", 50),
        ("too many", 50),
    ],
)
def test_the_server_names_its_cap(message: str, cap: int) -> None:
    listing = PostListing()
    listing.limit_page_size(message)
    assert listing.query()["per_page"] == str(cap)
    assert listing.cap == cap


def test_bounds_are_kept() -> None:
    site = FakeSite.with_seconds(list(range(300)))
    after, before = START + timedelta(seconds=49), START + timedelta(seconds=250)
    found = list_posts(site, PostListing(after=after, before=before))
    assert sorted(found) == list(range(51, 251))


class DeafSite(FakeSite):
    """A cache or plugin drops the bounds and the order: only offsets work."""

    def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
        plain = {"orderby": "id", "per_page": query["per_page"], "offset": query.get("offset", "0")}
        return super().answer(plain)


def test_a_site_without_order_or_bounds_is_listed_by_offset() -> None:
    site = DeafSite.with_seconds([(i * 37) % 500 for i in range(450)])
    listing = PostListing()
    assert sorted(list_posts(site, listing)) == sorted(site.posts)
    assert listing.by_id


class FrozenSite(FakeSite):
    """Sends one page for every request."""

    def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
        return super().answer({"orderby": "date", "per_page": "100"})


def test_a_site_that_sends_one_page_for_ever_ends() -> None:
    site = FrozenSite.with_seconds(list(range(300)))
    assert len(list_posts(site, PostListing())) == 100


def test_dates_that_never_were_are_listed() -> None:
    posts = [
        ListedPost(id=1, date="0000-00-00T00:00:00", guid="a", modified="", link="a"),
        ListedPost(id=2, date="2024-01-01T00:00:00", guid="b", modified="", link="b"),
    ]
    listing = PostListing()
    assert listing.add_page(posts, 2) == posts
    assert listing.is_done


def test_a_second_pass_gives_what_changed_behind_the_first() -> None:
    site = FakeSite.with_seconds(list(range(250)))
    first = PostListing()
    list_posts(site, first)
    site.posts[999] = START
    del site.posts[10]
    second = first.second_pass()
    assert list_posts(site, second) == [999]
    assert set(second.posts) == set(site.posts)


def test_cursor_is_the_sites_own_naive_time() -> None:
    listing = PostListing(after=datetime(2024, 10, 27, 2, 30))
    assert listing.query()["after"] == "2024-10-27T02:30:00"


class GapSite(FakeSite):
    """Shows posts of one stored hour an hour later, as WordPress does at a clock change."""

    def listed(self, number: int) -> ListedPost:
        listed = super().listed(number)
        moment = datetime.fromisoformat(listed.date)
        shown = moment + timedelta(hours=1) if moment.hour == 2 else moment
        return replace(listed, date=shown.isoformat())


def test_a_clock_change_costs_nothing_once_counted() -> None:
    site = GapSite.with_seconds(list(range(-3000, 9000, 17)))
    first = PostListing()
    found = list_posts(site, first)
    found += list_posts(site, first.second_pass())
    assert sorted(found) == sorted(site.posts)


@pytest.mark.parametrize("bad", [{1}, {2}, {3}, {1, 3}, {1, 2, 3}])
def test_bad_posts_of_one_second_cost_only_themselves(bad: set[int]) -> None:
    for seed in range(30):
        site = FakeSite.with_seconds([0, 0, 0], bad=frozenset(bad), random=Random(seed))
        assert set(list_posts(site, PostListing())) == {1, 2, 3} - bad


def test_a_server_that_takes_no_page_at_all_is_given_up() -> None:
    listing = PostListing()
    for _ in range(20):
        listing.limit_page_size("per_page must be between 1 and 100")
    assert listing.keeps_failing


def test_a_site_that_sends_one_page_for_ever_and_does_not_count_is_doubted() -> None:
    listing = PostListing()
    list_posts(FrozenSite.with_seconds(list(range(300)), totals=False), listing)
    assert listing.is_repeated
    assert not listing.has_count
    honest = PostListing()
    assert len(list_posts(FakeSite.with_seconds([7] * 250, totals=False), honest)) == 250
    assert not honest.is_repeated


def test_a_list_of_new_posts_without_end_is_given_up() -> None:
    listing, site = (
        PostListing(most_pages=12),
        FakeSite.with_seconds(list(range(5000)), totals=False),
    )
    while not listing.is_endless:
        answer = site.answer(listing.query())
        assert answer
        listing.add_page(*answer)
    assert listing.pages == 12
    assert not listing.is_done


class AlternatingSite(FakeSite):
    """Sends one of two pages, in turn, whatever is asked; none of its posts has a date."""

    def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
        self.queries += 1
        first = 1 if self.queries % 2 else 51
        return [self.listed(number) for number in range(first, first + 50)], None

    def listed(self, number: int) -> ListedPost:
        return ListedPost(id=number, date="", guid=str(number), modified="", link="")


def test_pages_that_bring_nothing_new_are_given_up() -> None:
    listing, site = PostListing(), AlternatingSite({})
    while not (listing.is_endless or listing.is_done):
        answer = site.answer(listing.query())
        assert answer
        listing.add_page(*answer)
    assert len(listing.posts) == 100
    assert listing.pages < 30
