"""The services' own lines: what is taken off, and the prose that only looks like it."""

from __future__ import annotations

import pytest

from crawler.pages.services import al_jazeera, ap, cnn, dpa, voa, yonhap
from crawler.pages.services.service import ServicePages
from tests.pages.services.test_registry import ALL


@pytest.mark.parametrize(
    ("pages", "line"),
    [
        (
            ap.PAGES,
            "The Associated Press’ religion coverage receives support from a foundation in the"
            " east. The AP is solely responsible for this content, and AP is solely responsible for"
            " all content.",
        ),
        (
            ap.PAGES,
            "AP’s climate desk receives financial support from several foundations."
            " AP is solely responsible for all content.",
        ),
        (cnn.PAGES, "See Full Web Article"),
        (dpa.PAGES, "# # dpa Notebook ## Internet - [Court](https://court.example)"),
        (dpa.PAGES, "The editorial responsibility for the publication lies with dpa."),
        (yonhap.PAGES, "(ATTN: UPDATES throughout with more info, photo)"),
        (yonhap.PAGES, "(END)"),
        (yonhap.PAGES, "By Han Seo-yun"),
        (yonhap.PAGES, "By Han Seo-yun and Kim Do-hyun"),
    ],
)
def test_furniture(pages: ServicePages, line: str) -> None:
    assert pages.furniture is not None
    assert pages.furniture.fullmatch(line)


@pytest.mark.parametrize(
    ("pages", "line"),
    [
        (ap.PAGES, "The Associated Press asked the town, which receives support from the state."),
        (cnn.PAGES, "“See Full Web Article” is what the button said."),
        (dpa.PAGES, "He kept a dpa notebook for forty years."),
        (yonhap.PAGES, "By Monday the river had fallen."),
        (yonhap.PAGES, "By Han Seo-yun’s count, 412 people came."),
        (yonhap.PAGES, "(END) was the last word of the film."),
    ],
)
def test_prose_is_no_furniture(pages: ServicePages, line: str) -> None:
    assert pages.furniture is not None
    assert not pages.furniture.fullmatch(line)


@pytest.mark.parametrize(
    ("pages", "line", "mark", "lead"),
    [
        (voa.PAGES, "NYAHURURU, KENYA —", "NYAHURURU, KENYA", ""),
        (voa.PAGES, "Washington — ", "Washington", ""),
        (al_jazeera.PAGES, "Lahore, Pakistan – The trains", "Lahore, Pakistan", "The trains"),
        (al_jazeera.PAGES, "Khan Younis, Gaza Strip — “Here”", "Khan Younis, Gaza Strip", "“Here”"),
    ],
)
def test_dateline(pages: ServicePages, line: str, mark: str, lead: str) -> None:
    assert pages.dateline is not None
    found = pages.dateline.match(line)
    assert found
    assert (found["mark"], line[found.end() :]) == (mark, lead)


@pytest.mark.parametrize(
    ("pages", "line"),
    [
        (voa.PAGES, "The wind — it blows at noon — took the topsoil."),
        (voa.PAGES, "the wind —"),
        (voa.PAGES, "It was over. The wind —"),
        (al_jazeera.PAGES, "Amina Bibi, Pakistan – the country she had left"),
        (al_jazeera.PAGES, "Amina Bibi – The Long Way Home is her first film"),
        (al_jazeera.PAGES, "In Lahore, Pakistan, the trains"),
    ],
)
def test_prose_is_no_dateline(pages: ServicePages, line: str) -> None:
    assert pages.dateline is not None
    assert not pages.dateline.match(line)


@pytest.mark.parametrize("pages", ALL, ids=lambda pages: pages.key)
@pytest.mark.parametrize("letter", ["A", "A ", "Aa", "Aa ", "—", "(", " ", "AP support from "])
def test_no_line_is_too_long_for_them(pages: ServicePages, letter: str) -> None:
    for start in ("", "By ", "AP ", "(ATTN: ", "Aa, "):
        line = f"{start}{letter * 20_000}!"
        assert not (pages.furniture and pages.furniture.fullmatch(line))
        assert not (pages.dateline and pages.dateline.match(line))
