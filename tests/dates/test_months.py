"""The names of months of all languages, and the order in which they write a day."""

from __future__ import annotations

import pytest

from crawler.dates.months import day_order, month_number
from tests.dates.cldr_names import TABLE, table


def test_the_table_is_what_cldr_has() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("januari", 1),
        ("Février", 2),
        ("fevrier", 2),
        ("MÄRZ", 3),
        ("quiten", None),
        ("квітня", 4),
        ("Μαΐου", 5),
        ("lipiec", 7),
        ("KASIM", 11),
        ("Kasım", 11),
        ("AĞUSTOS", 8),
        ("اكتوبر", 10),
        ("كانون الثاني", 1),
        ("ноября", 11),
        ("बैसाख", None),
        ("दिसंबर", 12),
        ("มี.ค.", 3),
        ("ב" + "מרץ", 3),
        ("septem", 9),
        ("day", None),
        ("may", 5),
        ("man", None),
        ("sat", None),
        ("sun", None),
        ("lun", None),
        ("mer", None),
        ("mar", 3),
    ],
)
def test_names(name: str, number: int | None) -> None:
    assert month_number(name) == number


def test_a_name_that_is_two_months_is_that_of_the_language() -> None:
    assert month_number("listopada") is None
    assert month_number("listopada", "hr") == 10
    assert month_number("listopada", "pl") == 11
    assert month_number("sat", "ha") == 9
    assert month_number("mai", "trv") == 8
    assert month_number("mai", "de") == month_number("mai") == 5


@pytest.mark.parametrize(
    ("locale", "order"),
    [
        ("en_US", "mdy"),
        ("en_GB", "dmy"),
        ("en_AU", "dmy"),
        ("en_CA", "ymd"),
        ("en", ""),
        ("", ""),
        ("xx", ""),
        ("de", "dmy"),
        ("de_LI", "dmy"),
        ("fr", "dmy"),
        ("fr_CA", "ymd"),
        ("es_PR", "mdy"),
        ("ko_KR", "ymd"),
        ("zh_TW", "ymd"),
        ("hu", "ymd"),
    ],
)
def test_orders(locale: str, order: str) -> None:
    assert day_order(locale) == order
