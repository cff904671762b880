from __future__ import annotations

from collections.abc import Iterable

from crawler.dates import parse_moment
from crawler.sources.link import Link
from crawler.sources.newest_links import MOST_UNDATED, newest_links

FIRST_NEW_DAY = "2026-11-27"


def links(places: Iterable[str], changed: str = "") -> list[Link]:
    moment = parse_moment(changed) if changed else None
    return [Link(url=f"https://press.example{place}", modified=moment) for place in places]


def test_the_day_of_change_tells_what_is_new() -> None:
    old, new = links(["/a", "/b"], "2026-11-20"), links(["/c"], "2026-11-28")
    assert newest_links([*old, *new], FIRST_NEW_DAY) == new
    assert newest_links([*old, *links(["/about"])], FIRST_NEW_DAY) == [], "a page of the site"


def test_the_day_in_the_address_tells_it_too() -> None:
    found = newest_links(
        links(["/2026/11/20/fire", "/2026/11/28/flood", "/about", "/2026/nov/29/frost"]),
        FIRST_NEW_DAY,
    )
    assert [link.url[-5:] for link in found] == ["flood", "frost"]


def test_numbers_tell_where_the_newest_stand() -> None:
    rising = links(f"/story/{n}" for n in range(100_000, 101_000))
    assert newest_links(rising, FIRST_NEW_DAY) == rising[-MOST_UNDATED:]
    assert newest_links(rising[::-1], FIRST_NEW_DAY) == rising[: -MOST_UNDATED - 1 : -1]


def test_else_both_ends_are_read() -> None:
    named = links(f"/story-{'x' * n}" for n in range(1_000))
    half = MOST_UNDATED // 2
    assert newest_links(named, FIRST_NEW_DAY) == named[:half] + named[-half:]
    assert newest_links(named[:MOST_UNDATED], FIRST_NEW_DAY) == named[:MOST_UNDATED]
    assert newest_links([], FIRST_NEW_DAY) == []
