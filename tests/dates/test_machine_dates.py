"""Moments as machines and readers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import Moment, find_day_in_path, find_moment, parse_moment

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
RFC_5322 = {
    "Mon, 02 Mar 26 10:00:00 EST": ("2026-03-02T10:00:00", "2026-03-02T15:00:00"),
    "02 Mar 2026 10:00 PDT": ("2026-03-02T10:00:00", "2026-03-02T17:00:00"),
    "Mon, 2 March 2026 10:00:00 ut": ("2026-03-02T10:00:00", "2026-03-02T10:00:00"),
    "Mon, 02 Mar 2026 10:00:00 +0100 (CET)": ("2026-03-02T10:00:00", "2026-03-02T09:00:00"),
    "Mon, 02 Mar 2026 10:00:00 -0000": ("2026-03-02T10:00:00", "2026-03-02T10:00:00"),
    "Mon, 02 Mar 2026 10:00:00 Z": ("2026-03-02T10:00:00", "2026-03-02T10:00:00"),
    "Mon, 02 Mar 2026 10:00:00 A": ("2026-03-02T10:00:00", None),
    "Mon, 02 Mar 2026 10:00:00 AST": ("2026-03-02T10:00:00", None),
    "Mon, 02 Mar 2026 10:00:00 NOVST": ("2026-03-02T10:00:00", None),
    "Mon, 02 Mar 2026 10:00:00 +9900": ("2026-03-02T10:00:00", None),
    "Sunday, 06-Nov-94 08:49:37 GMT": ("1994-11-06T08:49:37", "1994-11-06T08:49:37"),
    "Fri, 31 Dec 99 23:00:00 PST": ("1999-12-31T23:00:00", "2000-01-01T07:00:00"),
    "lun., 02 Mar 2026 10:00:00 EDT": ("2026-03-02T10:00:00", "2026-03-02T14:00:00"),
    "lun 02 Mar 2026 10:00:00 +0100": ("2026-03-02T10:00:00", "2026-03-02T09:00:00"),
    "lun, 02 marzo 2026 10:00:00 EST": ("2026-03-02T10:00:00", None),
    "02 Mar 2026 10:00 PM": ("2026-03-02T22:00:00", None),
    "Mon Mar 02 2026 10:00:00 GMT+0100 (CET)": ("2026-03-02T10:00:00", "2026-03-02T09:00:00"),
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
    assert parse_moment(text) == Moment(*MACHINE[text])


@pytest.mark.parametrize("text", RFC_5322)
def test_mail_and_feeds(text: str) -> None:
    assert parse_moment(text) == Moment(*RFC_5322[text])


def test_days_that_never_were_or_are_unclear_are_none() -> None:
    assert parse_moment("Mon, 31 Feb 2026 10:00:00 EST") is None
    assert parse_moment("Thu, 01 Jan 70 00:00:00 GMT") is None
    assert parse_moment("26-Mar-02 10:00:00 GMT") is None


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2069, 1, 1)))
def test_what_the_standard_library_writes_is_read_back(time: datetime) -> None:
    time = time.replace(microsecond=0)
    found = parse_moment(format_datetime(time.replace(tzinfo=UTC)))
    assert found == Moment(time.isoformat(), time.isoformat())


@pytest.mark.parametrize(
    ("moment", "is_later"),
    [
        (Moment("2024-05-03T13:00:00", "2024-05-03T11:00:00"), False),
        (Moment("2024-05-03T11:00:00", "2024-05-03T13:00:00"), True),
        (Moment("2024-05-03T23:00:00"), None),
        (Moment("2024-05-04"), True),
        (Moment("2024-05-02T23:00:00"), False),
    ],
)
def test_later_than_a_time(moment: Moment, is_later: bool | None) -> None:
    assert moment.is_later_than(datetime(2024, 5, 3, 12, tzinfo=UTC)) is is_later


def test_a_minute_in_two_zones() -> None:
    moment = Moment("2024-05-03T13:00:10", "2024-05-03T11:00:10")
    assert moment.is_same_minute(Moment("2024-05-03T11:00:00", "2024-05-03T11:00:00"))
    assert not moment.is_same_minute(Moment("2024-05-03T13:00:10"))


@pytest.mark.parametrize("text", WRITTEN)
def test_readers(text: str) -> None:
    found = find_moment(text)
    assert found is not None
    assert found.local == WRITTEN[text]


@pytest.mark.parametrize("text", NEVER)
def test_no_day(text: str) -> None:
    assert parse_moment(text) is None
    assert find_moment(text) is None


def test_numbers_that_can_be_read_in_two_ways_are_not() -> None:
    assert find_moment("5/10/2018") is None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2024/01/05/storm/", "2024-01-05"),
        ("/news/2024/jan/05/storm", "2024-01-05"),
        ("/a/20240105/1926.html", "2024-01-05"),
        ("/story-2024-01-05-storm", "2024-01-05"),
        ("/2024/1/5/storm", "2024-01-05"),
        ("/world/2024/01/240105-storm-closes-port", "2024-01-05"),
        ("/world/2023/12/240105-storm-closes-port", None),
        ("/2024/13/05/storm/", None),
        ("/2024/01/storm/", None),
        ("/article-20240105678", None),
    ],
)
def test_days_in_addresses(path: str, day: str | None) -> None:
    found = find_day_in_path(path)
    assert (found.local if found else None) == day


@given(
    st.datetimes(min_value=datetime(1800, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_python_writes_is_read_back(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    found = parse_moment(zoned.isoformat())
    if moment.date().isoformat() == "1970-01-01":
        assert found is None
        return
    assert found is not None
    assert found.local == zoned.replace(tzinfo=None).isoformat()
    assert found.gmt == zoned.astimezone(UTC).replace(tzinfo=None).isoformat()


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for found in (parse_moment(text), find_moment(text), find_day_in_path(text)):
        assert found is None or datetime.fromisoformat(found.local)
