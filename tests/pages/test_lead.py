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
MORE = (
    "The company has asked for one timetable. The captain has asked the company for another tide.",
    "Until they agree the ferry leaves when it is full, as it has done since the pier was built.",
    "On Sundays it is never full. On Sundays the island stays where it is, says a sign.",
)
LONG = (
    "The captain has one of them in his cabin, where nobody reads it, the company has the other "
    "in its window, where everybody does. The island has none. It looks at the water, and at noon "
    "it goes down to the pier, since the ferry has never come before noon in forty years."
)
FOUND = tuple(
    f"Timetable number {number} was found in a bottle on the beach of {beach}, dry and out of date."
    for number, beach in enumerate(("Skerry", "Holm", "Ness", "Wick", "Voe", "Sound"), 4)
)
HEAD = "<html><head><title>Ferry with two timetables</title></head>"


def p(text: str) -> str:
    return f"<p>{text}</p>"


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


@pytest.mark.parametrize(
    "above",
    [
        f'<div class="c7f2"><p>{LEAD}</p></div>',
        f'<div class="page-hero__text">{LEAD}</div>',
        f'<span class="byline">Ada Poe</span><div class="row"><p class="text-xl">{LEAD}</p></div>',
    ],
)
def test_sentences_below_the_headline_begin_the_text_whatever_they_are_called(above: str) -> None:
    assert shown(above) == (LEAD, *TEXT)


@pytest.mark.parametrize(
    "above",
    [
        f'<p class="article__desc">{LEAD}</p>',
        f'<p class="article__subhead"><em>{LEAD}</em></p>',
        f"<ul><li>{LEAD}</li></ul>",
        f'<div class="main-image"><img src="/f.jpg"><p>{LEAD}</p></div>',
        f"<figure><img src='/f.jpg'><div>{LEAD}</div></figure>",
        "<p>Published on the island, 24 May 2022 at 9.45, updated on 25 May at noon</p>",
        "<p>We may earn money when you buy a timetable through links on this page.</p>",
        "<p>The two timetables of the ferry in the ticket office on the pier. (Photo: Ada Poe)</p>",
    ],
)
def test_summaries_lists_captions_and_notes_do_not(above: str) -> None:
    assert shown(above) == TEXT


def test_a_story_that_is_cut_in_two_begins_with_its_first_part() -> None:
    parts = f'<p>{TEXT[0]}</p><div class="paywall-part">{"".join(map(p, (*TEXT[1:], *MORE)))}</div>'
    html = f"{HEAD}<body><h1>Ferry with two timetables</h1><div>{parts}</div></body></html>"
    assert clean("", read(page(html)).main_content.html).paragraphs == (*TEXT, *MORE)


def test_a_lead_that_the_text_has_already_is_not_doubled() -> None:
    assert shown(f'<p class="lead">{LEAD}</p>', (LEAD, *TEXT)) == (LEAD, *TEXT)


def _boxed(box: str, look: str) -> tuple[str, ...]:
    """Return what is shown of a story below *box*, its paragraphs in an element with *look*."""
    body = "".join(map(p, (*TEXT, *MORE, *FOUND)))
    html = (
        f"{HEAD}<body><article><h1>Ferry with two timetables</h1>{box}"
        f'<section><div class="{look}">{body}</div></section></article></body></html>'
    )
    return clean("", read(page(html)).main_content.html).paragraphs


@pytest.mark.parametrize("name", ["story__video-text", "teaser-content", "paywall-visible"])
def test_a_box_that_is_built_as_the_story_is_its_beginning(name: str) -> None:
    box = f'<div class="{name}"><div class="text-only">{p(LEAD)}</div></div>'
    assert _boxed(box, "text-only") == (LEAD, *TEXT, *MORE, *FOUND)


def test_so_is_a_long_paragraph_above_a_gallery() -> None:
    long = f"{LEAD} {LONG}"
    box = f'<div class="gallery-body">{p(long)}</div>'
    assert _boxed(box, "slides") == (long, *TEXT, *MORE, *FOUND)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("video-player", LEAD),
        ("gallery-body", LEAD),
        ("author-bio", f"{LEAD} {LONG}"),
        ("related-teaser text-only", LEAD),
        ("comments text-only", LEAD),
    ],
)
def test_other_boxes_are_not(name: str, text: str) -> None:
    assert _boxed(f'<div class="{name}">{p(text)}</div>', "text-only") == (*TEXT, *MORE, *FOUND)


@pytest.mark.parametrize("name", ["lead", "c7f2"])
def test_above_a_dateline_it_is_a_summary(name: str) -> None:
    text = (f"LONDON (AP) — {TEXT[0]}", *TEXT[1:])
    assert shown(f'<p class="{name}">{LEAD}</p>', text) == TEXT


def test_above_what_may_be_a_dateline_too() -> None:
    text = (f"North Pier, Ferry Island – {TEXT[0]}", *TEXT[1:])
    assert shown(f"<p>{LEAD}</p>", text) == text
