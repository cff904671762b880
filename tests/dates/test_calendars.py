"""Days of other calendars than the Gregorian."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crawler.dates.calendars import persian_day, without_buddha, year_of_era


@pytest.mark.parametrize(
    ("persian", "day"),
    [
        ((1357, 11, 22), "1979-02-11"),
        ((1399, 12, 30), "2021-03-20"),
        ((1400, 1, 1), "2021-03-21"),
        ((1402, 12, 15), "2024-03-05"),
        ((1403, 12, 30), "2025-03-20"),
        ((1404, 1, 1), "2025-03-21"),
        ((1408, 12, 30), "2030-03-20"),
    ],
)
def test_persian_days(persian: tuple[int, int, int], day: str) -> None:
    found = persian_day(*persian)
    assert found is not None
    assert found.local == day


@pytest.mark.parametrize("persian", [(1402, 12, 30), (1402, 13, 1), (1402, 7, 31), (2024, 1, 1)])
def test_no_persian_days(persian: tuple[int, int, int]) -> None:
    assert persian_day(*persian) is None


def test_one_persian_day_follows_another() -> None:
    days = [
        found.local
        for year in range(1350, 1440)
        for month in range(1, 13)
        for day in range(1, 32)
        if (found := persian_day(year, month, day))
    ]
    first = date.fromisoformat(days[0])
    assert days == [(first + timedelta(days=n)).isoformat() for n in range(len(days))]


def test_years() -> None:
    assert without_buddha(2567) == 2024
    assert without_buddha(2024) == 2024
    assert year_of_era("令和", "6") == 2024
    assert year_of_era("令和", "元") == 2019
    assert year_of_era("平成", "31") == 2019
    assert year_of_era("民國", "113") == 2024
