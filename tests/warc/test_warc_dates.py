"""WARC-Dates as real tools write them: each tells one moment, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.warc_dates import (
    is_exact_date,
    precise_timestamp,
    read_date,
    timestamp,
    warc_date,
)

EXACT = ["2024-04-11T08:30:59Z", "2024-04-11T08:30:59.5Z", "2024-04-11T08:30:59.123456789Z"]
STANDARD = {
    "2024": "2024-01-01T00:00:00Z",
    "2024-03": "2024-03-01T00:00:00Z",
    "2024-05-20": "2024-05-20T00:00:00Z",
    "2024-05-20T09:00Z": "2024-05-20T09:00:00Z",
}
OTHER = {
    "20240411083059": "2024-04-11T08:30:59Z",
    "202404110830": "2024-04-11T08:30:00Z",
    "2024041108": "2024-04-11T08:00:00Z",
    "20240411": "2024-04-11T00:00:00Z",
    "202404": "2024-04-01T00:00:00Z",
    "20240411083059123": "2024-04-11T08:30:59.123000Z",
    "20240411T083059Z": "2024-04-11T08:30:59Z",
    "2024-04-11 08:30:59": "2024-04-11T08:30:59Z",
    "2024-04-11 08:30:59 UTC": "2024-04-11T08:30:59Z",
    "2024-04-11T08:30:59": "2024-04-11T08:30:59Z",
    "2024-04-11t08:30:59z": "2024-04-11T08:30:59Z",
    "2024-04-11T08Z": "2024-04-11T08:00:00Z",
    "2024-04-11T08:30:59+00:00": "2024-04-11T08:30:59Z",
    "2024-04-11T08:30:59.25+02:00": "2024-04-11T06:30:59.250000Z",
    "2024-04-11T08:30:59+0200": "2024-04-11T06:30:59Z",
    "2024-04-11T08:30:59-05": "2024-04-11T13:30:59Z",
    "2024-04-11T08:30+05:30": "2024-04-11T03:00:00Z",
    "2024-04-11T08:30:59,5Z": "2024-04-11T08:30:59.500000Z",
    "2024/04/11 08:30:59": "2024-04-11T08:30:59Z",
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
    "Thu, 11 Apr 2024 08:30:59 GMT": "2024-04-11T08:30:59Z",
}
NONE = [
    *("", "yesterday", "202", "20240", "2024041", "2024-4-1", "1710403200", "2024-04-11T"),
    *("2008-10-294T09:00:00Z", "2008-10-2904", "0000-00-00T99:99:99Z", "2024-13-01T00:00:00Z"),
    *("2024-02-30", "2023-02-29T00:00:00Z", "2024-04-11T24:00:00Z", "2024-04-11T08:60:00Z"),
    *("2024-04-11T08:30:61Z", "2024-04-11T08:30:59.Z", "2024-04-11T08:30:59+99:00"),
    *("2024-04-11T08:30:59Z\n", "2024-04-11T08:30:59Z\x1b[2J", "２０２４", "٢٠٢٤-04-11T08:30:00Z"),
    *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:60Z", "Thu, 41 Apr 2024 08:30:59 GMT"),
    *("Thu, 11 Foo 2024 08:30:59 GMT", "2024-04-11T08:30:59." + "1" * 10_000 + "Z"),
]


@pytest.mark.parametrize("text", EXACT)
def test_an_exact_date_stays_as_it_is(text: str) -> None:
    found = read_date(text)
    assert found
    assert (found.date, found.remark) == (text, "")
    assert is_exact_date(text)


@pytest.mark.parametrize(("text", "date"), [*STANDARD.items(), *OTHER.items()])
def test_what_is_read_of_others_and_named(text: str, date: str) -> None:
    found = read_date(text)
    assert found
    assert (found.date, found.is_standard) == (date, text in STANDARD)
    assert found.moment == datetime.fromisoformat(date)
    assert is_exact_date(found.date)
    assert not is_exact_date(text)
    assert repr(text) in found.remark
    assert date in found.remark
    assert timestamp(text) == timestamp(date)
    assert precise_timestamp(text) == precise_timestamp(date)


@pytest.mark.parametrize("text", NONE)
def test_what_tells_no_moment(text: str) -> None:
    assert read_date(text) is None
    assert not is_exact_date(text)
    with pytest.raises(ValueError, match="WARC-Date is"):
        timestamp(text)


@given(st.text(max_size=80))
def test_whatever_a_field_holds_nothing_breaks(text: str) -> None:
    found = read_date(text)
    assert found is None or is_exact_date(found.date)


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(-23 * 60, 23 * 60),
)
def test_any_offset_is_the_same_moment(time: datetime, minutes: int) -> None:
    zoned = time.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    found = read_date(zoned.isoformat())
    assert found
    assert found.moment == zoned.astimezone(UTC)
    assert precise_timestamp(zoned.isoformat()) == precise_timestamp(warc_date(zoned))
