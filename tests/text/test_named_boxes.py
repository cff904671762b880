"""Boxes that are called boilerplate go where they are small, and stay where they are the story."""

from __future__ import annotations

import pytest

from crawler.text.markup import paragraphs

LEAD = "The ferry company said on Friday that it would sell its oldest ship to a museum."
NEXT = "The ship has carried half a million people between the islands since the year 1961."
BOX = "Every morning our editors choose five stories that you should not miss today."


def story(box: str) -> list[str]:
    return paragraphs(f"<p>{LEAD}</p>{box}<p>{NEXT}</p><p>{LEAD}</p>")


@pytest.mark.parametrize(
    "box",
    [
        f'<div class="newsletter-box"><h3>The Morning</h3><p>{BOX}</p></div>',
        f'<div class="wrap"><section id="authorBio"><p>{BOX}</p></section></div>',
        f"<aside><p>{BOX}</p></aside>",
        '<div class="often-popular"><ul><li><a href="/a">The last ferry of the winter'
        " season is late again</a></li></ul></div>",
        f'<div class="Infobox"><p>{BOX}</p></div>',
        '<p class="photo-credit">Ada Lind</p>',
        '<div class="share-count">12</div>',
        '<span class="share">Share</span>',
    ],
)
def test_a_small_box_goes(box: str) -> None:
    assert story(box) == [LEAD, NEXT, LEAD]


@pytest.mark.parametrize("name", ["widget", "teaser-content", "paywall", "subscriber-text"])
def test_what_holds_the_story_stays_in_many_pieces(name: str) -> None:
    texts = [f"{number}. {LEAD}" for number in range(20)]
    assert paragraphs("".join(f'<div class="{name}"><p>{t}</p></div>' for t in texts)) == texts


def test_a_box_in_what_holds_the_story_goes() -> None:
    share = '<div class="widget widget-share"><p>Tell all your friends about this story.</p></div>'
    texts = [f"{number}. {LEAD}" for number in range(9)]
    html = "".join(f'<div class="widget widget-text"><p>{text}</p></div>' for text in texts)
    assert paragraphs(html + share) == texts


def test_a_tweet_in_a_box_is_a_quote() -> None:
    tweet = '<blockquote class="twitter-tweet"><p>I said so long ago.</p></blockquote>'
    assert story(f'<div class="social-embed">{tweet}</div>')[1] == "I said so long ago."


def test_a_pull_quote_of_a_post_stays() -> None:
    quote = '<figure class="wp-block-pullquote"><blockquote><p>Nobody looks up.</p></blockquote>'
    assert story(f"{quote}</figure>") == [LEAD, "Nobody looks up.", NEXT, LEAD]


def test_captions_stay_where_they_are_asked_for() -> None:
    html = f'<p>{LEAD}</p><p class="caption">A ship.</p>'
    assert paragraphs(html) == [LEAD]
    assert paragraphs(html, captions=True) == [LEAD, "A ship."]


def test_a_box_that_never_ends_stays() -> None:
    assert paragraphs(f'<p>{LEAD}</p><div class="newsletter"><p>{NEXT}</p>{"<p>x</p>" * 9}')[1] == (
        NEXT
    )


def test_cells_of_a_table_are_no_boxes() -> None:
    html = '<table><tr><td class="author">A</td><td><div class="share">B</div></td></tr></table>'
    assert paragraphs(html) == ["A | B"]


def test_many_boxes_cost_no_time() -> None:
    deep = '<div class="share a{}">'
    html = "".join(deep.format(number) for number in range(400)) + LEAD + "</div>" * 400
    assert paragraphs(html * 20)
    assert paragraphs(f'<div class="share">{LEAD}</div>' * 20_000)


def test_a_class_stands_for_a_break() -> None:
    html = f'<div>{LEAD}<span class="x br"></span><span class="br"></span>{NEXT}</div>'
    assert paragraphs(html) == [LEAD, NEXT]


LINKS = '<li><a href="/a">The ferry is late again</a></li><li><a href="/b">A roof</a> 5 May</li>'


@pytest.mark.parametrize(
    "links",
    [
        f"<h3>Often read</h3><ul>{LINKS}</ul>",
        f"<p><strong>Lesen Sie auch:</strong></p><ul>{LINKS}</ul>",
        '<p>Related</p><p><a href="/a">The ferry is late again</a></p>',
        f"<div><p>Más noticias</p></div><div><ol>{LINKS}</ol></div>",
    ],
)
def test_links_behind_their_label_go(links: str) -> None:
    assert story(links) == [LEAD, NEXT, LEAD]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"<h3>What to do</h3><ul>{LINKS}</ul>", ["What to do", "The ferry is late again"]),
        ("<h3>Related</h3><p>No port is.</p>", ["Related", "No port is."]),
        ('<p>Related</p><p>A port <a href="/a">is</a> shut.</p>', ["Related", "A port is shut."]),
    ],
)
def test_links_without_a_label_stay(html: str, text: list[str]) -> None:
    assert story(html)[1:3] == text
