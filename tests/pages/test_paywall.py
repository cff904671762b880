"""What is evidence of a cut, and what only says that a story is not free."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.pages import generic
from crawler.pages.not_an_article import NotAnArticleError
from tests.pages.served import URL, page

SENTENCE = "The ferry company said on Friday that it would sell its oldest ship to a buyer abroad."
SHORT = f"<p>{SENTENCE}</p>" * 4
CHINESE = "".join(
    f"<p>渡轮公司星期五表示，将把第{number}艘老船卖给博物馆，买主的名字尚未公布。</p>"
    for number in range(24)
)
LONG = f"<p>{SENTENCE}</p>" * 30
NAMES = "abcdefghijklmnopqrstuvw"
REST = " ".join(
    f"The {name} of the harbour has yet to agree." for name in "abcdefghijklmnopqrstuvw"
)
OTHER = " ".join(
    f"Bakers in street {name} rose before dawn." for name in "abcdefghijklmnopqrstuvwxyz"
)
PAID = {"isAccessibleForFree": False}
PART = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paid"}
FREE = {**PART, "isAccessibleForFree": "true"}


def evidence(body: str, *, head: str = "", url: str = URL, flags: Any = (), **said: Any) -> str:
    node = {"@type": "NewsArticle", "headline": "Ship for sale", "datePublished": "2024-01-05"}
    script = json.dumps({**node, **said})
    html = (
        f'<title>Ship for sale</title><script type="application/ld+json">{script}</script>{head}'
        f"<h1>Ship for sale</h1>{body}"
    )
    response = page(html, url).replace(flags=list(flags))
    return generic.article(response, source="news").text_incomplete or ""


def story(text: str, behind: str = "", kind: str = "story") -> str:
    return f'<div class="{kind}">{text}</div>{behind}'


GATE = "<div class='wall'><p>Subscribe to continue reading</p></div>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(story(SHORT), PAID, id="not free, and whole"),
        pytest.param(story(LONG), {**PAID, "hasPart": PART}, id="paid for, and long"),
        pytest.param(
            story(SHORT, GATE, "paid"), {**PAID, "hasPart": PART}, id="paid part is there"
        ),
        pytest.param(story(LONG, GATE), {}, id="long before a gate"),
        pytest.param(story(CHINESE, GATE), {}, id="long in Chinese"),
        pytest.param(story(SHORT), {"isAccessibleForFree": "True", "hasPart": FREE}, id="free"),
        pytest.param(story(SHORT), {"wordCount": 90}, id="longer by a few words"),
        pytest.param(story(SHORT), {"wordCount": True}, id="a count that is none"),
        pytest.param(story(SHORT), {"wordCount": None, "articleBody": SENTENCE}, id="less told"),
        pytest.param(story(f"{SHORT}<p>And then…</p>"), {}, id="trails off"),
        pytest.param(story(SHORT), {"wordCount": 300}, id="a count of letters"),
        pytest.param(story(LONG), {**PAID, "wordCount": 2_580}, id="a count of letters, paid for"),
        pytest.param(story(LONG), {"wordCount": 4_100}, id="a count of markup"),
        pytest.param(story(LONG), {"wordCount": 3_000}, id="a count of another version"),
        pytest.param(
            story(f"<p>{SENTENCE}</p>"),
            {"articleBody": f"{SENTENCE} " * 20},
            id="a body that repeats itself",
        ),
        pytest.param(story(LONG), {"articleBody": OTHER * 20}, id="the body of another story"),
        pytest.param(
            story(f"{SHORT}<p>{REST}</p>"),
            {"articleBody": f"{REST} {OTHER * 6}"},
            id="a body that begins elsewhere",
        ),
    ],
)
def test_whole(body: str, said: dict[str, Any]) -> None:
    assert evidence(body, **said) == ""


@pytest.mark.parametrize(
    ("body", "said", "expected"),
    [
        pytest.param(
            story(SHORT),
            {**PAID, "hasPart": [PART]},
            "paywall: isAccessibleForFree is false, what is paid for is not on the page, "
            "and the text has 344 letters",
            id="what is paid for is elsewhere",
        ),
        pytest.param(
            story(SHORT, GATE),
            {},
            "paywall: “Subscribe to continue reading” stands behind the text, "
            "and the text has 344 letters",
            id="gate",
        ),
        pytest.param(
            story(f"{LONG}<p>{SENTENCE[:-8]}</p>", GATE),
            {},
            "paywall: “Subscribe to continue reading” stands behind the text, "
            "and it ends in “it would sell its oldest ship to a buyer”",
            id="long, and breaks off before a gate",
        ),
        pytest.param(
            story(f"{LONG}<p>And then…</p>"),
            {"isAccessibleForFree": "https://schema.org/False"},
            "paywall: isAccessibleForFree is false, and it ends in “And then…”",
            id="trails off at a door",
        ),
        pytest.param(
            story(f"{SHORT}<p>{SENTENCE[:-8]}</p>"),
            {"hasPart": {**PART, "isAccessibleForFree": "False", "cssSelector": "#story"}},
            "paywall: isAccessibleForFree is false, "
            "and it ends in “it would sell its oldest ship to a buyer”",
            id="ends within a sentence",
        ),
        pytest.param(
            story(SHORT),
            {"wordCount": "900"},
            "words: 68 words were read, and wordCount is 900",
            id="words",
        ),
        pytest.param(
            story(f"{SHORT}<p>{SENTENCE[:-8]}</p>"),
            {"wordCount": 400},
            "words: 84 words were read, and wordCount is 400",
            id="words, or letters that end within a sentence",
        ),
        pytest.param(
            story(f"<p>{SENTENCE}</p>"),
            {"articleBody": f"FERRYTOWN. {SENTENCE} {REST}"},
            "words: 86 letters were read, and articleBody has 994",
            id="body goes on",
        ),
        pytest.param(
            story(f"<p>{SENTENCE}</p>"),
            {"articleBody": f"<p>{SENTENCE}</p><p>{REST}</p>"},
            "words: 86 letters were read, and articleBody has 1000",
            id="body of markup goes on",
        ),
        pytest.param(
            story(SHORT),
            {"articleBody": OTHER * 2},
            "place: 344 letters were read, and articleBody has 1922 others",
            id="body of which nothing was read",
        ),
    ],
)
def test_cut(body: str, said: dict[str, Any], expected: str) -> None:
    assert evidence(body, **said) == expected


def test_a_locked_story_that_is_but_its_description() -> None:
    head = (
        '<meta property="article:content_tier" content="locked">'
        f'<meta property="og:description" content="{SENTENCE} {SENTENCE}">'
    )
    body = story(f"<p>{SENTENCE} {SENTENCE}</p>")
    assert evidence(body, head=head) == (
        "paywall: article:content_tier is locked, and the text is but the description of the story"
    )
    assert evidence(body, head=head.replace("locked", "metered")) == ""


@pytest.mark.parametrize(
    ("url", "link", "is_part"),
    [
        (URL, 'rel="next" href="?page=2"', True),
        (URL, f'rel="next" href="{URL}2/"', True),
        (URL, f'rel="next" href="{URL}page/2/"', True),
        (f"{URL}?page=2", f'rel="prev" href="{URL}"', True),
        (URL, 'rel="next" href="/2024/01/06/another-story/"', False),
        (URL, 'rel="next" href="http://["', False),
        ("https://news.example/story/12", 'rel="next" href="/story/13"', False),
        (URL, 'rel="next" href="?page=7"', False),
    ],
)
def test_a_story_on_many_pages(url: str, link: str, is_part: bool) -> None:
    found = evidence(story(SHORT), head=f"<link {link}>", url=url)
    assert found.startswith("pages: the story has another page, https://") is is_part


def test_a_page_that_was_cut_on_the_wire() -> None:
    assert evidence(story(SHORT), flags=["dataloss"]).startswith("cut: ")


def test_nothing_but_a_gate_is_no_article() -> None:
    with pytest.raises(NotAnArticleError, match="no_text"):
        evidence(GATE, isAccessibleForFree=False)
