"""Days as people write them, in any language."""

from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import Hints, Moment, find_dates, find_moment

DAY = "2024-03-05"
LANGUAGES = (
    *("af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en"),
    *("es", "et", "eu", "fa", "fi", "fil", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy"),
    *("id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml", "mr"),
    *("ms", "nb", "ne", "nl", "pa", "pl", "ps", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sr"),
    *("sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh"),
)
NAMED = [
    *("5. března 2024", "5. ožujka 2024.", "2024. március 5.", "5. maaliskuuta 2024"),
    *("5 березня 2024 р.", "5 Μαρτίου 2024", "5 במרץ 2024", "٥ مارس ٢٠٢٤", "۵ مارس ۲۰۲۴"),
    *("5 मार्च 2024", "५ मार्च २०२४", "৫ মার্চ ২০২৪", "5 มีนาคม 2567", "๕ มี.ค. ๒๕๖๗"),
    *("5 tháng 3, 2024", "2024년 3월 5일", "2024年3月5日", "２０２４年３月５日", "令和6年3月5日"),
    *("民國113年3月5日", "۱۵ اسفند ۱۴۰۲", "2024. gada 5. marts", "2024 m. kovo 5 d."),
    *("2024(e)ko martxoaren 5(a)", "5 de març del 2024", "5 de Marzo 2024", "1er, 5 mars 2024"),
    *("Tue, 5th of March, 2024", "March 5th, 2024", "5-Mar-2024", "Tue Mar 05 10:00:21 CET 2024"),
    *("2024 оны гуравдугаар сарын 5", "5 آذار 2024", "الثلاثاء، 05 مارس 2024 - 12:09 م"),
    *("05/mar/2024", "2024-Mar-05", "الثلاثاء 5 مارس/آذار 2024", "5.März 2024", "MARCH 5 2024"),
    *("Mar Tue 5 2024", "Tue Mar 5 2024", "5 Mar Tue 2024"),
    *("5. 3. 2024", "05.03.2024 08:15 Uhr", "2024/3/5 10:15"),
]
NO_DAY = [
    *("5 men 2024", "in 2024 5 people", "28 Sat 2013 00:28", "March 2024", "1.2.3.2024"),
    *(
        "10.5.20.2024",
        "1445/08/24",
        "٢٤ شعبان ١٤٤٥",
        "05/03/2024",
        "5/3/24",
        "05.03.24",
        "5 Mar 24",
    ),
    *(
        "30 February 2024",
        "2567-03-05",
        "5 her 2024",
        "10:30 March 2024",
        "昭和99年",
        "令和0年0月0日",
    ),
]


@pytest.mark.parametrize("text", NAMED)
def test_days_with_names_or_without_doubt(text: str) -> None:
    found = find_moment(text)
    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize("text", NO_DAY)
def test_what_is_no_day_or_could_be_two(text: str) -> None:
    assert find_moment(text) is None


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [
        ("26/10/2018", "", "2018-10-26"),
        ("10/26/2018", "", "2018-10-26"),
        ("08/08/2018", "", "2018-08-08"),
        ("03/05/2024", "en", None),
        ("03/05/2024", "en_US", DAY),
        ("05/03/2024", "en_GB", DAY),
        ("05/03/2024", "en_CA", None),
        ("05/03/2024", "fr", DAY),
        ("05-03-2024", "nl", DAY),
        ("5/3/2024", "vi", DAY),
        ("5/3/2567", "th", DAY),
        ("5 มี.ค. 67", "th", DAY),
        ("5/3/67", "th", DAY),
        ("5 Mar 67", "en", None),
        ("31/3/67", "fr", None),
        ("2024. 3. 5.", "ko", DAY),
        ("24.03.05", "ko", DAY),
        ("25.04.24", "", None),
        ("25.04.24", "de", "2024-04-25"),
        ("05.03.24", "de_AT", DAY),
        ("Di 05.03.24 | 14:07 Uhr | Von Jo Hart", "en", DAY),
        ("05/03/24", "it", DAY),
        ("3/5/24", "en_US", DAY),
        ("12/31/99", "", "1999-12-31"),
        ("5 mars 24", "fr", DAY),
        ("5 Mar '24", "en", DAY),
        ("۱۴۰۲/۱۲/۱۵", "fa", DAY),
        ("1402/12/15", "ar", None),
        ("5. listopada 2024", "hr", "2024-10-05"),
        ("5 listopada 2024", "pl", "2024-11-05"),
        ("5 listopada 2024", "", None),
    ],
)
def test_the_locale_settles_what_could_be_two(text: str, locale: str, day: str | None) -> None:
    found = find_moment(text, Hints(locale, short_years=True))
    assert (found.day if found else None) == day


def test_a_day_that_is_yet_to_come_is_not_the_one() -> None:
    april = Hints(latest="2024-04-30")
    assert find_moment("04/05/2024", april) == Moment("2024-04-05")
    assert find_moment("Starts 5 May 2024, posted 3 April 2024", april) == Moment("2024-04-03")


def test_all_days_with_their_places() -> None:
    text = "Published 3 March 2024, updated March 5, 2024"
    found = find_dates(text)
    assert [text[each.start : each.end] for each in found] == ["3 March 2024", "March 5, 2024"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", ["long", "medium"])
def test_what_cldr_writes_is_read_back(language: str, width: str) -> None:
    for month in range(1, 13):
        day = date(2024, month, 7 + month)
        text = format_date(day, width, locale=language)
        found = find_moment(text, Hints(language, short_years=True))
        assert found is not None, text
        assert found.day == day.isoformat(), text


@given(
    st.text(alphabet="0123456789 ./-,:年月日MarchmaiIndeof’'", max_size=200),
    st.sampled_from(LANGUAGES),
)
def test_any_text(text: str, language: str) -> None:
    for each in find_dates(text, Hints(language, "2024-03-05", short_years=True)):
        assert date.fromisoformat(each.moment.day) <= date(2024, 3, 5)
        assert 0 <= each.start < each.end
