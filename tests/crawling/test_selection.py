from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.crawling.wire.selection import Selection, slug
from crawler.dates import parse_moment
from crawler.items import Article
from crawler.sources.link import Link

SITE = "https://news.example/world/a-dam-breaks"


def selection(**wanted: object) -> Selection:
    return Selection(domains=("news.example",), **wanted)  # type: ignore[arg-type]


def article(**values: object) -> Article:
    fields: dict[str, object] = {
        "source": "s",
        "guid": "g",
        "date": "2024-05-03T10:00:00",
        "url": SITE,
        "title": "A dam breaks",
        "text": "Water came at night.",
    }
    return Article(**{**fields, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        (Link(url=SITE), None),
        (Link(url="https://m.news.example/x"), None),
        (Link(url="https://news.example.evil.org/x"), "off_site"),
        (Link(url="https://news.example/video/dam"), "kind"),
        (Link(url=SITE, published=parse_moment("Fri, 03 May 2024 23:30:00 -0500")), None),
        (
            Link(url=SITE, published=parse_moment("2024-04-30T10:00:00Z")),
            None,
        ),  # within a day's slack
        (Link(url=SITE, published=parse_moment("2024-04-29T10:00:00Z")), "date"),
        (Link(url=SITE, published=parse_moment("2024-05-12T10:00:00Z")), "date"),
        (Link(url=SITE, modified=parse_moment("2024-04-20")), "date"),
        (Link(url=SITE, modified=parse_moment("2024-06-20")), None),
        (Link(url=SITE, published=parse_moment("yesterday")), None),
    ],
)
def test_links_are_refused_only_where_it_is_sure(link: Link, reason: str | None) -> None:
    wanted = selection(after=datetime(2024, 5, 1), before=datetime(2024, 5, 10), skip="/video/")
    assert wanted.reason_to_skip(link) == reason


@pytest.mark.parametrize(
    ("wanted", "values", "reason"),
    [
        ({}, {}, None),
        ({"after": datetime(2024, 5, 3)}, {}, None),
        ({"after": datetime(2024, 5, 4)}, {}, "date"),
        ({"before": datetime(2024, 5, 4)}, {}, None),
        ({"before": datetime(2024, 5, 3)}, {}, "date"),
        ({"sections": ("world",)}, {}, None),
        ({"sections": ("sport",)}, {}, "section"),
        ({"sections": ("sport",)}, {"categories": ["Sport"]}, None),
        ({"sections": ("a-dam-breaks",)}, {}, "section"),  # the story's own name is none
        ({"words": ("DAM", "water")}, {}, None),
        ({"words": ("dam", "fire")}, {}, "search"),
    ],
)
def test_what_is_asked_for(
    wanted: dict[str, object], values: dict[str, object], reason: str | None
) -> None:
    assert selection(**wanted).reason_to_drop(article(**values), []) == reason


def test_the_section_of_a_link_page_counts() -> None:
    assert selection(sections=("sport",)).reason_to_drop(article(), ["Sport"]) is None


def test_another_selection_has_another_fingerprint() -> None:
    assert selection(words=("dam",)).fingerprint == selection(words=("dam",)).fingerprint
    assert selection(words=("dam",)).fingerprint != selection(words=("fire",)).fingerprint


@given(st.text())
def test_a_slug_stays_as_it_is(name: str) -> None:
    assert slug(slug(name)) == slug(name)


def test_slugs() -> None:
    assert slug("World & Middle East ") == "world-middle-east"


def test_ledgers_know_the_fingerprint() -> None:
    wanted = selection(words=("dam",), after=datetime(2024, 5, 1))
    assert wanted.fingerprint == "dbfbb5606f73"
