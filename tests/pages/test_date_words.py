"""The words around a day, and the names of elements that show one."""

from __future__ import annotations

import pytest

from crawler.pages.date_words import is_called_date, label_of


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Published on ", "published"),
        ("Erstellt am: ", "published"),
        ("Последнее обновление: ", "modified"),
        ("Updated ", "modified"),
        ("Stand: ", "modified"),
        ("Der Standard, ", ""),
        ("Originally published on Monday, last updated ", "modified"),
        ("Last updated on Monday, first published ", "published"),
        ("최종수정 ", "modified"),
        ("发布时间：", "published"),
        ("© ", "other"),
        ("Datum: ", "dated"),
        ("Publication date: ", "published"),
        ("更新时间：", "modified"),
        ("By Ada Poe, ", ""),
        ("candidate ", ""),
        ("", ""),
    ],
)
def test_labels(words: str, label: str) -> None:
    assert label_of(words) == label


@pytest.mark.parametrize(
    "names",
    ["date", "post-date", "postDate", "entry_date", "POST-DATE", "b tarih", "x fecha-2", "data"],
)
def test_names_of_dates(names: str) -> None:
    assert is_called_date(names)


@pytest.mark.parametrize("names", ["candidate", "updates", "database", "timeline", "sometimes", ""])
def test_other_names(names: str) -> None:
    assert not is_called_date(names)
