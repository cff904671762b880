"""The headline that wins the vote."""

from __future__ import annotations

import pytest

from crawler.pages.headline import find_heading, title
from crawler.pages.page_metadata import read_metadata
from crawler.pages.tree import parse_page
from crawler.sources.html_links import shown_text

URL = "https://www.harbour-times.example/2024/storm"
STORM = "Storm closes the port for three days"


def voted(html_title: str = "", opened: str = "", linked: str = "", body: str = "") -> str:
    head = f"<title>{html_title}</title>" if html_title else ""
    head += f'<meta property="og:title" content="{opened}">' if opened else ""
    found = read_metadata(parse_page(f"<html><head>{head}</head><body>{body}</body></html>"))
    return title(found, {"headline": linked} if linked else {}, find_heading(found), URL)


@pytest.mark.parametrize(
    ("opened", "linked", "body"),
    [
        (STORM, STORM, f"<h1>{STORM}</h1>"),
        (STORM, "Port shut", f"<h1>{STORM}</h1>"),
        (STORM, STORM, "<h1>Port shut</h1>"),
        ("Port shut", STORM, f"<h1>{STORM}</h1>"),
        ("Port shut", STORM, "<h1>Closed</h1>"),
        ("", STORM, "<h1>Closed</h1>"),
        (STORM, "", "<h1>Closed</h1>"),
        ("", "", f"<h1>{STORM}</h1>"),
        (f"{STORM} | Harbour Times", "", ""),
        (f"Weather: {STORM}", STORM, f"<h1><span>Weather</span>{STORM}</h1>"),
        (f"{STORM[:25]}…", f"{STORM[:25]}", f"<h1>{STORM}</h1>"),
    ],
)
def test_vote(opened: str, linked: str, body: str) -> None:
    assert voted("", opened, linked, body) == STORM


def test_a_majority_is_spelled_as_readers_see_it() -> None:
    body = "<h1>“Storm” closes the port’s <i>old</i> gates</h1>"
    plain = "'Storm' closes the port's old gates"
    assert voted("", plain, plain, body) == "“Storm” closes the port’s old gates"


@pytest.mark.parametrize(
    "name",
    [
        f"{STORM} - Harbour Times",
        f"{STORM} | The Harbour Times",
        f"{STORM} – HARBOUR TIMES",
        f"Harbour Times | {STORM}",
        f"{STORM} · harbour-times",
    ],
)
def test_the_sites_name_is_cut(name: str) -> None:
    assert voted(name) == STORM


@pytest.mark.parametrize("name", ["Storm - a chronicle", "Ports | Rails | Roads", "A-b - c-d"])
def test_other_parts_are_kept(name: str) -> None:
    assert voted(name) == name


def test_the_heading_is_that_which_the_title_repeats() -> None:
    body = f"<h1>Harbour Times</h1><h2>Weather</h2><h2>{STORM}</h2>"
    found = read_metadata(
        parse_page(f"<html><head><title>{STORM} - x</title></head><body>{body}</body></html>")
    )
    element = find_heading(found)
    assert element is not None
    assert shown_text(element) == STORM


def test_a_page_without_any_title() -> None:
    assert voted() == ""
