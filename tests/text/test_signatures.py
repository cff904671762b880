"""The names in a byline, in many languages and shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.signatures import is_label, labelled, signatures

NAMES = ["Ada Poe", "Jo Roe", "Li Wen", "Anne-Marie d'Arc", "J.R. Stone", "Walter van der Aa"]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "By Ada Poe",
            "by: Ada Poe",
            "Written by Ada Poe",
            "BY Ada Poe",
            "View all posts by Ada Poe",
        ),
        *(
            "Posted on September 21, 2020 by Ada Poe",
            "Von Ada Poe",
            "Text: Ada Poe",
            "Autorin: Ada Poe",
        ),
        *(
            "Par Ada Poe",
            "Propos recueillis par Ada Poe",
            "Por Ada Poe",
            "Di Ada Poe",
            "Door Ada Poe",
        ),
        *(
            "Af Ada Poe",
            "Av Ada Poe",
            "Автор: Ada Poe",
            "作者：Ada Poe",
            "Yazan: Ada Poe",
            "Author Ada Poe",
        ),
        *(
            "Ada Poe, Staff writer",
            "Ada Poe, PhD",
            "Ada Poe | ada@times.example",
            "Ada Poe @adapoe",
        ),
        *("Ada Poe@adapoe", "Ada Poe (Northby)", "Ada Poe/SP-N", "Ada Poe, Northby", "Ada Poe."),
        *(
            "Ada Poe\nSenior Editor",
            "Ada Poe | 3 March 2024, 10:15",
            "Ada Poe • 5 min read",
            "Ada Poe »",
        ),
        *("Ada Poe, Korrespondentin in Rom", "Von Ada Poe, Chefredakteurin", "Ada Poe\nCopy link"),
    ],
)
def test_one_name(line: str) -> None:
    assert signatures(line) == ["Ada Poe"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ada Poe, Jo Roe and Li Wen", ["Ada Poe", "Jo Roe", "Li Wen"]),
        ("Von Ada Poe und Jo Roe, Nairobi", ["Ada Poe", "Jo Roe"]),
        ("Par Ada Poe et Jo Roe", ["Ada Poe", "Jo Roe"]),
        ("Por Ada Poe y Jo Roe", ["Ada Poe", "Jo Roe"]),
        ("Ada Poe & Jo Roe", ["Ada Poe", "Jo Roe"]),
        ("Ada Poe\nand Jo Roe", ["Ada Poe", "Jo Roe"]),
        ("Ada Poe i Jo Roe", ["Ada Poe", "Jo Roe"]),
        ("取材・文：山田太郎", ["山田太郎"]),
        ("김철수 기자", ["김철수"]),
        ("By Ada Poe, Associated Press", ["Ada Poe", "Associated Press"]),
        ("Von Ada Poe | dpa", ["Ada Poe", "dpa"]),
        ("Reuters", ["Reuters"]),
        ("Harbour Times Staff", ["Harbour Times Staff"]),
        ("von Redaktion,", ["Redaktion"]),
        ("Walter von Aachen", ["Walter von Aachen"]),
        ("Di Stefano", ["Di Stefano"]),
        ("Bo (the Boat) Roe", ["Bo (the Boat) Roe"]),
        ("flerche", ["flerche"]),
        ("Di 05.03.24 | 14:07 Uhr | Von Ada Poe", ["Ada Poe"]),
        ("05.03.2024 Von Ada Poe", ["Ada Poe"]),
        ("Ada Poe 05/03/2024", ["Ada Poe"]),
        ("Dan Goodin", ["Dan Goodin"]),
        ("Simon Read", ["Simon Read"]),
        ("Per Lund", ["Per Lund"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("BY ADA POE AND JO ROE", ["ADA POE", "JO ROE"]),
        ("記者 山田太郎", ["山田太郎"]),
        ("文/王小明", ["王小明"]),
        ("Tekst: Kari Poe Foto: Ola Roe", ["Kari Poe"]),
        ("Γράφει ο Νίκος Παπάς", ["Νίκος Παπάς"]),
        ("מאת דנה כהן", ["דנה כהן"]),
        ("بقلم أحمد علي", ["أحمد علي"]),
        ("द्वारा राहुल शर्मा", ["राहुल शर्मा"]),
        ("Text: Jo Roe, Fotos: Ada Poe", ["Jo Roe"]),
    ],
)
def test_names(line: str, expected: list[str]) -> None:
    assert signatures(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "by",
            "admin",
            "No Author",
            "ada@times.example",
            "https://face.example/ada",
            "@adapoe",
        ),
        *("105092", "View my complete profile", "weiter", "Archiv anzeigen →", "more", "a" * 200),
        *("Ships sail to the north of the island every day of the week", "gabor_m"),
        *("deinen Hochzeitsbloggern", "Ada Poe writes about ships.", "Updated 3 hours ago"),
    ],
)
def test_what_is_no_name(line: str) -> None:
    assert signatures(line) == []


def test_a_label_and_names() -> None:
    assert labelled("By Ada Poe", is_any=True) == ["Ada Poe"]
    assert labelled("By Ada Poe", is_any=False) == []
    assert labelled("Auteur : Ada Poe", is_any=False) == ["Ada Poe"]
    assert labelled("By 2030 all ships will sail", is_any=True) == []
    assert labelled("Ada Poe", is_any=True) == []
    assert labelled("（责编：王小明、李华）", is_any=False) == ["王小明", "李华"]


@pytest.mark.parametrize(
    "text", ["By", "von", "Par :", "Autor:", "著者：", "Autorin/Autor", "Author"]
)
def test_a_label_alone(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize("text", ["Text", "Authority", "Ada", "By Ada", ""])
def test_no_label(text: str) -> None:
    assert not is_label(text)


@given(st.text(max_size=300), st.booleans())
def test_names_are_short_and_plain(text: str, is_sure: bool) -> None:
    for name in signatures(text, is_sure=is_sure):
        assert 1 < len(name) <= 60
        assert not any(letter in name for letter in "@\n|<>")


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
def test_joined_names_are_found_again(names: list[str]) -> None:
    assert signatures("By " + ", ".join(names)) == names
    assert signatures(" und ".join(names)) == names
