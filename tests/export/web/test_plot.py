"""The plot of stories, and the addresses of searches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.export.browsing.browse_results import DayCount
from crawler.export.web.search_address import SearchAddress
from crawler.export.web.story_plot import HEIGHT, OTHERS, WIDTH, plot


def test_a_bar_is_a_day_as_long_as_there_is_room() -> None:
    found = plot([DayCount("2026-03-01", "a", 2), DayCount("2026-03-03", "b", 1)])
    assert found
    assert found.unit == "day"
    assert [bar.total for bar in found.bars] == [2, 0, 1]
    assert found.series == [("a", 2), ("b", 1)]
    first, _, last = found.bars
    assert [(part.series, part.height) for part in first.parts] == [(0, HEIGHT)]
    assert [(part.series, part.height) for part in last.parts] == [(1, HEIGHT / 2)]


def test_bars_of_many_days_name_what_they_stand_for() -> None:
    days = [DayCount(f"{year}-02-28", "a", 1) for year in (2020, 2024)]
    found = plot(days)
    assert found
    assert found.unit == "month"
    assert (found.bars[0].after, found.bars[0].before) == ("2020-02-01", "2020-02-29")
    assert found.bars[-1].label == "2024-02"


def test_small_sources_are_one_series() -> None:
    found = plot([DayCount("2026-03-01", f"s{n:02}", n) for n in range(1, 21)])
    assert found
    assert [name for name, _ in found.series][-1] == OTHERS
    assert sum(count for _, count in found.series) == sum(range(1, 21))


def test_there_is_none_without_days() -> None:
    assert plot([]) is None
    assert plot([DayCount("no day", "a", 1)]) is None


@given(st.lists(st.dates(), min_size=1, max_size=30))
def test_all_stories_are_in_it_whatever_their_days(days: list[object]) -> None:
    found = plot([DayCount(str(day), "a", 1) for day in days])
    assert found
    shown = sum(bar.total for bar in found.bars)
    assert shown == sum(count for _, count in found.series)
    assert 1 <= len(found.bars) <= 220
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH + 0.01 for bar in found.bars)


def test_an_address_keeps_what_is_asked_for() -> None:
    address = SearchAddress.of({"q": "a b&c", "source": "x", "after": "2026-02-30", "page": "3"})
    assert address.page == 3
    assert address.values["after"] == ""
    assert "2026-02-30" in address.notes[0]
    assert address.narrowed(language="de") == "/?q=a+b%26c&source=x&language=de"
    assert address.at_page(4) == "/?q=a+b%26c&source=x&page=4"
    assert [chip.without for chip in address.chips] == ["/?q=a+b%26c"]
    assert address.words_only == "/?q=a+b%26c"
    assert not SearchAddress.of({"page": "0", "other": "y"}).is_search
