"""Texts that are only the beginning of a story, and texts that only sound like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.article import clean
from crawler.text.teaser import ends_early, is_paywall_notice

LEAD = "<p>The ferry company said on Friday that it would sell its oldest ship.</p>"
LONG = LEAD * 20


def incomplete(html: str) -> str | None:
    return clean("Ship for sale", html).incomplete


@pytest.mark.parametrize(
    ("html", "evidence"),
    [
        (
            f"{LEAD}<p>The buyer has not been named, but people close to it [&hellip;]</p>",
            "teaser: the text ends in “ople close to it […]”",
        ),
        (f"{LONG}<p>And so it went on [...]</p>", "teaser: the text ends in “so it went on [...]”"),
        (
            f"{LEAD}<p>Read the full story at The Courier</p>",
            "teaser: the text has 68 letters and ends in “Read the full story at The Courier”",
        ),
        (
            f"{LONG}<p>The buyer is...</p><p>Continue reading</p>",
            "teaser: the text has 1375 letters and ends in “Continue reading”",
        ),
        (
            f'{LEAD}<p><a href="https://news.example/7#more-7" class="more-link">'
            '<span aria-label="Continue reading Ship for sale">(more&hellip;)</span></a></p>',
            "teaser: the text has 68 letters and ends in “(more…)”",
        ),
        (
            f"{LONG}<p>This content is for paid members only.</p><p>Already a member? Log in</p>",
            "gate: the text ends at “This content is for paid members only.”",
        ),
        (
            f"{LONG}<p>Subscribe to continue reading.</p>",
            "gate: the text ends at “Subscribe to continue reading.”",
        ),
        (
            f"{LEAD}<p>La suite est réservée aux abonnés.</p>",
            "gate: the text ends at “La suite est réservée aux abonnés.”",
        ),
    ],
)
def test_teasers(html: str, evidence: str) -> None:
    assert incomplete(html) == evidence


@pytest.mark.parametrize(
    "html",
    [
        LEAD,
        f"{LEAD}<p>And then there was silence...</p>",
        f"{LEAD}<p>“It was [...] nothing,” she said.</p>",
        f"{LONG}<p>Read the full story at The Harbour Times</p>",
        f"{LEAD}<p>Read more: Another ship is sold</p>",
        f"{LEAD}<p>Read more on this story</p>",
        f"{LEAD}<!--more-->{LEAD}",
        f'{LEAD}<p><a class="more-link" href="/7">Continue reading</a></p>{LEAD}',
        f"{LEAD}<p>To read the full report, click here.</p>",
        f"{LEAD}<p>Subscribe to our newsletter</p>",
        f"<p>Subscribe to continue reading.</p>{LONG}",
        f"{LEAD}<p>To continue reading the minutes would take all night, he said, {'x' * 300}.</p>",
        "",
    ],
)
def test_what_is_whole(html: str) -> None:
    assert incomplete(html) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("To Read the Full Story Subscribe Sign In", True),
        ("Want to read the full story? Subscribe", True),
        ("Sign in to continue reading this article", True),
        ("This article is only available to subscribers.", True),
        ("You have reached your limit of free articles this month.", True),
        ("Diesen Artikel weiterlesen mit dem Digital-Abo", True),
        ("Il vous reste 75.3% de cet article à lire. La suite est réservée aux abonnés.", True),
        ("Este contenido es exclusivo para suscriptores", True),
        ("残り1203文字", True),
        ("He wanted to read the full story of the ship before he bought it.", False),
        ("Members of the council said the article is for everybody.", False),
        ("You have used your head.", False),
    ],
)
def test_paywall_notices(line: str, expected: bool) -> None:
    assert is_paywall_notice(line) is expected


def test_labels_end_early_by_right() -> None:
    assert ends_early("The ferry company said on Friday that it would sell its oldest ship to")
    assert not ends_early("Photographs by the author")
    assert not ends_early("The ferry company said on Friday that it would sell its oldest ship.")


@given(st.text(max_size=200))
def test_any_text_is_looked_at(html: str) -> None:
    evidence = incomplete(html)
    assert evidence is None or evidence.partition(": ")[0] in ("teaser", "gate", "depth")
