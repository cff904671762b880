"""The services' own lines: what is taken off, and the prose that only looks like it."""

from __future__ import annotations

import pytest

from crawler.pages.page_rules import boilerplate, dateline
from crawler.sources.sources_file import load

RULES = {key: service.pages for key, service in load().items()}


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (
            "ap",
            "The Associated Press’ religion coverage receives support from a foundation in the"
            " east. The AP is solely responsible for this content, and AP is solely responsible for"
            " all content.",
        ),
        (
            "ap",
            "AP’s climate desk receives financial support from several foundations."
            " AP is solely responsible for all content.",
        ),
        ("cnn", "See Full Web Article"),
        ("dpa", "# # dpa Notebook ## Internet - [Court](https://court.example)"),
        ("dpa", "The editorial responsibility for the publication lies with dpa."),
        ("yonhap", "(ATTN: UPDATES throughout with more info, photo)"),
        ("yonhap", "(END)"),
        ("yonhap", "By Han Seo-yun"),
        ("yonhap", "By Han Seo-yun and Kim Do-hyun"),
    ],
)
def test_boilerplate(key: str, line: str) -> None:
    pattern = boilerplate(RULES[key])
    assert pattern
    assert pattern.fullmatch(line)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("ap", "The Associated Press asked the town, which receives support from the state."),
        ("cnn", "“See Full Web Article” is what the button said."),
        ("dpa", "He kept a dpa notebook for forty years."),
        ("yonhap", "By Monday the river had fallen."),
        ("yonhap", "By Han Seo-yun’s count, 412 people came."),
        ("yonhap", "(END) was the last word of the film."),
    ],
)
def test_prose_is_no_boilerplate(key: str, line: str) -> None:
    pattern = boilerplate(RULES[key])
    assert pattern
    assert not pattern.fullmatch(line)


@pytest.mark.parametrize(
    ("key", "line", "mark", "lead"),
    [
        ("voa", "NYAHURURU, KENYA —", "NYAHURURU, KENYA", ""),
        ("voa", "Washington — ", "Washington", ""),
        ("al-jazeera", "Lahore, Pakistan – The trains", "Lahore, Pakistan", "The trains"),
        ("al-jazeera", "Khan Younis, Gaza Strip — “Here”", "Khan Younis, Gaza Strip", "“Here”"),
    ],
)
def test_dateline(key: str, line: str, mark: str, lead: str) -> None:
    pattern = dateline(RULES[key])
    assert pattern
    found = pattern.match(line)
    assert found
    assert (found["mark"], line[found.end() :]) == (mark, lead)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("voa", "The wind — it blows at noon — took the topsoil."),
        ("voa", "the wind —"),
        ("voa", "It was over. The wind —"),
        ("al-jazeera", "Amina Bibi, Pakistan – the country she had left"),
        ("al-jazeera", "Amina Bibi – The Long Way Home is her first film"),
        ("al-jazeera", "In Lahore, Pakistan, the trains"),
    ],
)
def test_prose_is_no_dateline(key: str, line: str) -> None:
    pattern = dateline(RULES[key])
    assert pattern
    assert not pattern.match(line)


@pytest.mark.parametrize("key", RULES)
@pytest.mark.parametrize("letter", ["A", "A ", "Aa", "Aa ", "—", "(", " ", "AP support from "])
def test_no_line_is_too_long_for_them(key: str, letter: str) -> None:
    own, mark = boilerplate(RULES[key]), dateline(RULES[key])
    for start in ("", "By ", "AP ", "(ATTN: ", "Aa, "):
        line = f"{start}{letter * 20_000}!"
        assert not (own and own.fullmatch(line))
        assert not (mark and mark.match(line))
