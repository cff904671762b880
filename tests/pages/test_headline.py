"""The headline that wins the vote."""

from __future__ import annotations

import pytest

from crawler.pages.headline import find_heading, title
from crawler.pages.page_metadata import read_metadata
from crawler.pages.tree import parse_page
from crawler.sources.html_links import shown_text

URL = "https://www.harbour-times.example/2024/storm"
STORM = "Storm closes the port for three days"


def voted(
    html_title: str = "", opened: str = "", linked: str = "", body: str = "", url: str = URL
) -> str:
    head = f"<title>{html_title}</title>" if html_title else ""
    head += f'<meta property="og:title" content="{opened}">' if opened else ""
    found = read_metadata(parse_page(f"<html><head>{head}</head><body>{body}</body></html>"))
    return title(found, {"headline": linked} if linked else {}, find_heading(found), url)


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


@pytest.mark.parametrize(
    "name",
    ["Storm - a chronicle", "Ports | Rails", "A-b - c-d", "Harbour Times Guide: What to see"],
)
def test_other_parts_are_kept(name: str) -> None:
    assert voted(name) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URL, f"{STORM} | 2024 | Harbour Times | 05.03.2024"),
        (URL, f"{STORM} : 31.10.2023, 10.19 Uhr"),
        (URL, f"23.01.2022 - {STORM} - Harbour Times"),
        (URL, f"{STORM} | Harbour Times | Read now!"),
        (URL, f"{STORM} » The Harbour Times online"),
        ("https://www.ht.example/world/storm", f"{STORM} | World | HT | 2024-03-05"),
        ("https://kuesten-bote.example/storm", f"{STORM} | Küsten-Bote"),
        ("https://kystposten.example/storm", f"{STORM} – Kystposten.example"),
    ],
)
def test_section_and_day_are_cut_with_the_sites_name(url: str, name: str) -> None:
    assert voted(name, url=url) == STORM


@pytest.mark.parametrize("tail", [" - Nordic Weekly", " | Weather at sea", " » News, fast"])
def test_what_the_heading_does_not_repeat_is_no_part_of_the_headline(tail: str) -> None:
    assert voted("", STORM + tail, "", f"<h1>{STORM}</h1>") == STORM
    assert voted("", STORM + tail, STORM + tail, f"<h1>{STORM}</h1>") == STORM
    assert voted("", STORM, "", f"<h1>{STORM + tail}</h1>") == STORM


def test_what_stands_before_the_headline_belongs_to_it_if_two_say_so() -> None:
    whole, body = f"Northern Sea: {STORM}", f"<h1>{STORM}</h1>"
    assert voted("", whole, whole, body) == whole
    assert voted("", whole, "", body) == STORM
    assert voted("", STORM, "", f"<h1><b>Northern Sea</b> {STORM}</h1>") == STORM


def test_the_one_heading_is_believed_against_open_graph_alone() -> None:
    assert voted("", "All about the weather", "", f"<h1>{STORM}</h1>") == STORM
    assert voted("", STORM, "", "<h1>Weather at sea today</h1><h1>Ports</h1>") == STORM


def test_ruby_text_is_not_read() -> None:
    body = "<h1><ruby>港<rp>(</rp><rt>みなと</rt></ruby>が<ruby>閉<rt>と</rt></ruby>じた</h1>"
    assert voted("", "", "", body) == "港が閉じた"


def test_entities_that_were_escaped_twice() -> None:
    assert (
        voted("", "", "Storm&amp;#039;s end &amp; port&amp;#58; open") == "Storm's end & port: open"
    )


@pytest.mark.parametrize(
    "site",
    [
        '<h1><a href="/">Sea and Shore</a></h1>',
        '<a href="https://sea.example"><h1>Sea and Shore</h1></a>',
        "<h1>Sea and Shore</h1>",
        '<h1><img src="logo.png"></h1>',
    ],
)
def test_the_name_of_the_site_is_no_heading(site: str) -> None:
    body = f"{site}<h1>{STORM}</h1>"
    assert voted(f"{STORM} – Sea and Shore", body=body) == STORM
    if "href" in site:
        assert voted(f"{STORM} – x", body=site) == f"{STORM} – x"


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
