"""Markup to text where the publisher is known: whose story it is, and what it adds to each."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.page_rules import PageRulesByHost

RULES = PageRulesByHost.load(None)
STORY = "<p>Ships sail again.</p><p>They did so on Friday.</p>"


def filled(html: str, **fields: Any) -> Article:
    url = fields.pop("url", "https://courier.example/7")
    article = Article(
        source="news", guid="7", date="2024-01-05", url=url, title_html="Ships", content_html=html
    )
    for name, value in fields.items():
        setattr(article, name, value)
    fill(article, rules=RULES.find(url))
    return article


def test_a_copy_is_its_agencys() -> None:
    article = filled(
        f"<p>OSLO, Norway (AP) — At last.</p>{STORY}<p>© 2024 The Associated Press</p>"
    )
    assert article.text == "At last.\nShips sail again.\nThey did so on Friday."
    assert (article.dateline, article.agency) == ("OSLO, Norway (AP)", "Associated Press")
    assert article.syndicated_from == "Associated Press"


def test_an_agency_copies_nothing_from_itself() -> None:
    article = filled(f"{STORY}<p>© 2024 The Associated Press</p>", url="https://apnews.com/7")
    assert (article.agency, article.syndicated_from) == ("Associated Press", None)


@pytest.mark.parametrize(
    ("fields", "agency"),
    [
        ({"authors": ["Ada Lind", "The Associated Press"]}, "Associated Press"),
        ({"agency": "Reuters", "authors": ["The Associated Press"]}, "Reuters"),
        ({"dateline": "Hartsmouth CNN"}, "CNN"),
        ({"url": "https://www.xinhuanet.com/7"}, "Xinhua"),
        ({}, None),
    ],
)
def test_who_says_so(fields: dict[str, Any], agency: str | None) -> None:
    assert filled(STORY, **fields).agency == agency


def test_what_a_service_adds_to_each_story_goes_there_alone() -> None:
    html = f"{STORY}<p>See Full Web Article</p>"
    assert filled(html, url="https://lite.cnn.com/7").text == filled(STORY).text
    assert filled(html).text != filled(STORY).text


def test_nothing_is_no_text() -> None:
    article = filled("<p>Advertisement</p>")
    assert (article.title, article.text, article.text_incomplete) == ("Ships", None, None)


def test_evidence_of_the_page_comes_first() -> None:
    html = f"{STORY}<p>Subscribe to continue reading</p>"
    assert filled(html, text_incomplete="paywall: closed").text_incomplete == "paywall: closed"
    assert filled(html).text_incomplete == "gate: the text ends at “Subscribe to continue reading”"


def test_any_item_will_do() -> None:
    item = {"url": "https://courier.example/7", "title": "Ships", "content_html": STORY}
    fill(item)
    assert item["text"] == "Ships sail again.\nThey did so on Friday."
