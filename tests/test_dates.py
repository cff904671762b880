"""Moments as machines and readers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import Moment, in_url, machine, written

MACHINE = {
    "2019-11-19": ("2019-11-19", None),
    "2019-11-19T14:05:00Z": ("2019-11-19T14:05:00", "2019-11-19T14:05:00"),
    "2019-11-19T14:05:07.123+01:00": ("2019-11-19T14:05:07", "2019-11-19T13:05:07"),
    "2019-11-19T14:05+0530": ("2019-11-19T14:05:00", "2019-11-19T08:35:00"),
    "2019-11-19 23:05:00 -0500": ("2019-11-19T23:05:00", "2019-11-20T04:05:00"),
    "2019-11-19T14:05:00": ("2019-11-19T14:05:00", None),
    "2019/11/19 14:05": ("2019-11-19T14:05:00", None),
    "20191119": ("2019-11-19", None),
    "20191119T1405": ("2019-11-19T14:05:00", None),
    "20191119140507": ("2019-11-19T14:05:07", None),
    "20191119T140507Z": ("2019-11-19T14:05:07", "2019-11-19T14:05:07"),
    "Tue, 19 Nov 2019 14:05:00 +0000": ("2019-11-19T14:05:00", "2019-11-19T14:05:00"),
    "Tue, 19 Nov 2019 14:05:00 GMT": ("2019-11-19T14:05:00", "2019-11-19T14:05:00"),
    "November 19, 2019 2:05 pm": ("2019-11-19T14:05:00", None),
}
WRITTEN = {
    "Published: Nov. 19, 2019 at 12:05 a.m.": "2019-11-19T00:05:00",
    "19th of November, 2019": "2019-11-19",
    "Wednesday, November 19, 2003 Posted: 10:42 AM EST": "2003-11-19",
    "12 May 2011": "2011-05-12",
    "2019年11月9日": "2019-11-09",
    "[ 2018-08-25 15:24 ]": "2018-08-25T15:24:00",
    "19.11.2019, 07.55 Uhr": "2019-11-19T07:55:00",
}
NEVER = [
    *("", "yesterday", "0000-00-00", "0001-01-01T00:00:00Z", "2019-13-01", "2019-02-30", "1574"),
    *("1970-01-01T00:00:00Z", "99999999", "May 2011", "２０１９-11-19"),
]


@pytest.mark.parametrize("text", MACHINE)
def test_machines(text: str) -> None:
    assert machine(text) == Moment(*MACHINE[text])


@pytest.mark.parametrize("text", WRITTEN)
def test_readers(text: str) -> None:
    found = written(text)
    assert found is not None
    assert found.local == WRITTEN[text]


@pytest.mark.parametrize("text", NEVER)
def test_no_day(text: str) -> None:
    assert machine(text) is None
    assert written(text) is None


def test_numbers_that_can_be_read_in_two_ways_are_not() -> None:
    assert written("5/10/2018") is None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2024/01/05/storm/", "2024-01-05"),
        ("/news/2024/jan/05/storm", "2024-01-05"),
        ("/a/20240105/1926.html", "2024-01-05"),
        ("/story-2024-01-05-storm", "2024-01-05"),
        ("/2024/13/05/storm/", None),
        ("/2024/01/storm/", None),
        ("/article-20240105678", None),
    ],
)
def test_days_in_addresses(path: str, day: str | None) -> None:
    found = in_url(path)
    assert (found.local if found else None) == day


@given(
    st.datetimes(min_value=datetime(1800, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_python_writes_is_read_back(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    found = machine(zoned.isoformat())
    if moment.date().isoformat() == "1970-01-01":
        assert found is None
        return
    assert found is not None
    assert found.local == zoned.replace(tzinfo=None).isoformat()
    assert found.gmt == zoned.astimezone(UTC).replace(tzinfo=None).isoformat()


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for found in (machine(text), written(text), in_url(text)):
        assert found is None or datetime.fromisoformat(found.local)
