"""A lead that stands apart from the text begins it; what stands there else does not."""

from __future__ import annotations

import pytest

from crawler.pages.generic import read
from crawler.text.article import clean
from tests.pages.served import page

LEAD = "For forty years the ferry had no timetable. Now it has two, and they do not agree."
TEXT = (
    "The first of them hangs in the ticket office, and was printed by the company in the spring.",
    "The second was written by the captain, who says that the tide has never read the first one.",
    "Passengers have begun to sell copies of a third, which is made of the mistakes of the others.",
)
HEAD = "<html><head><title>Ferry with two timetables</title></head>"


def shown(above: str, text: tuple[str, ...] = TEXT) -> tuple[str, ...]:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text)
    html = (
        f"{HEAD}<body><article><header><h1>Ferry with two timetables</h1>{above}</header>"
        f'<div class="article-body">{body}</div></article></body></html>'
    )
    return clean("", read(page(html)).main_content.html).paragraphs


@pytest.mark.parametrize(
    "above",
    [
        f'<p class="article__lead">{LEAD}</p>',
        f'<div class="intro"><p>{LEAD}</p></div>',
        f'<h2 class="storySubheadline">{LEAD}</h2>',
        f"<h2>{LEAD}</h2>",
        f'<p class="byline">By Ada Poe</p><div class="vorspann">{LEAD}</div>',
    ],
)
def test_a_lead_begins_the_text(above: str) -> None:
    assert shown(above) == (LEAD, *TEXT)


@pytest.mark.parametrize(
    "above",
    [
        f'<p class="caption">{LEAD}</p>',
        f'<p class="lead"><a href="/other">{LEAD}</a></p>',
        f'<p class="lead" style="display:none">{LEAD}</p>',
        f'<figure><figcaption class="description">{LEAD}</figcaption></figure>',
        '<p class="lead">All that is known of the ferry, '
        "its captain and both of its timetables</p>",
    ],
)
def test_what_is_no_sentence_of_the_story_stays_out(above: str) -> None:
    assert shown(above) == TEXT


def test_a_lead_that_the_text_has_already_is_not_doubled() -> None:
    assert shown(f'<p class="lead">{LEAD}</p>', (LEAD, *TEXT)) == (LEAD, *TEXT)


def test_above_a_dateline_it_is_a_summary() -> None:
    text = (f"LONDON (AP) — {TEXT[0]}", *TEXT[1:])
    assert shown(f'<p class="lead">{LEAD}</p>', text) == TEXT
