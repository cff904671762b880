"""Forms, share bars, embeds and hidden parts go, unless they hold most of a text."""

from __future__ import annotations

import pytest

from crawler.text.article import clean
from crawler.text.markup import paragraphs, read

SHORT = "The harbour is closed."
LEAD = "The ferry company said on Friday that it would sell its oldest ship to a museum."
STORY = [f"{number}. {LEAD} Nobody had asked for it." for number in range(1, 9)]
HTML = "".join(f"<p>{line}</p>" for line in STORY)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("<form action='/x'><label>Name</label><input>", "<button>Send</button></form>"),
        ("<div class='sharedaddy'><a href='/s'>Share on Mastodon</a>", "</div>"),
        ("<blockquote class='instagram-media'>", "<a href='/i'>View this post</a></blockquote>"),
        ("<div id='mc_embed_signup'>", "</div>"),
        ("<nav>", "<ul><li><a href='/a'>A</a><li><a href='/b'>B</a></ul></nav>"),
        ("<div style='display:none'>", "</div>"),
        ("<div class='addtoany_content'>", ""),
    ],
)
def test_what_holds_most_of_a_text_keeps_its_prose(start: str, end: str) -> None:
    assert paragraphs(f"<p>{SHORT}</p>{start}{HTML}{end}") == [SHORT, *STORY]
    assert paragraphs(f"{start}{HTML}<h3>The end</h3><p>Short.</p>{end}") == [
        *STORY,
        "The end",
        "Short.",
    ]
    # The same beside a longer text is furniture.
    assert paragraphs(f"{HTML}<p>{LEAD}</p>{start}{HTML}{end}") == [*STORY, LEAD]


def test_settings_that_a_plugin_hides_stay_hidden() -> None:
    settings = '__CONFIG_palette__{"colors":{"cf6ff":{"name":"Main","parent":-1}}}' * 20
    html = f'<p>{SHORT}</p><div style="display: none !important">{settings}</div>'
    assert paragraphs(html) == [SHORT]


def test_what_a_form_asks_for_is_no_story() -> None:
    form = f"<form><p>{LEAD}</p><p>I agree that my data is kept for a year.</p></form>"
    assert paragraphs(f"<p>{SHORT}</p>{form}") == [SHORT]
    assert paragraphs(form) == []


@pytest.mark.parametrize("name", ["screen-reader-text", "wp-caption-text"])
def test_what_nobody_sees_stays_out(name: str) -> None:
    assert paragraphs(f"<p>{SHORT}</p><div class='{name}'>{HTML}</div>") == [SHORT]


@pytest.mark.parametrize("tag", ["script", "select", "textarea", "template", "iframe", "noscript"])
def test_what_is_no_text_stays_out(tag: str) -> None:
    assert paragraphs(f"<p>{SHORT}</p><{tag}>{HTML}</{tag}>") == [SHORT]
    assert paragraphs(f"<form><{tag}>{HTML}</{tag}><p>{SHORT}</p></form>") == []


def test_a_share_bar_in_a_form_that_holds_the_story_goes() -> None:
    bar = f"<div class='sharedaddy'><p>{LEAD}</p></div>"
    assert paragraphs(f"<form>{HTML}{bar}<p>{SHORT}</p></form>") == [*STORY, SHORT]


def test_a_form_that_never_ends_is_flagged_where_it_hides_text() -> None:
    assert read(f"{HTML}<form><p>{LEAD}</p>").flags == ("unclosed",)
    assert read(f"<form>{HTML}").paragraphs == STORY


def test_the_text_of_a_post_in_a_form() -> None:
    text = clean("Ship for sale", f"<form>{HTML}</form>")
    assert text.paragraphs == tuple(STORY)
    assert text.incomplete is None
