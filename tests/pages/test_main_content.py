"""Which elements hold the story, and what is taken out from between its paragraphs."""

from __future__ import annotations

import pytest

from crawler.pages.generic import read
from crawler.text.article import clean
from tests.pages.served import page

FIRST = "The port was closed on Friday after a storm had torn three ships from their moorings."
SECOND = "Nobody was hurt, the harbour master said, but the ferry will not sail before Sunday."
THIRD = "Divers are to look for the anchors in the morning, if the swell lets them, he added."
OTHER = "The council has voted to close the swimming pool for the winter, and perhaps for good."
STORY = (FIRST, SECOND, THIRD)


def shown(body: str) -> tuple[str, ...]:
    html = f"<html><head><title>Storm closes port</title></head><body>{body}</body></html>"
    return clean("", read(page(html)).main_content.html).paragraphs


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


HEAD = "<h1>Storm closes port</h1>"
BETWEEN = {
    "a caption": '<div class="photo"><span class="caption">The port (Image: A. Poe)</span></div>',
    "a caption of its own": '<p class="image-caption">The port on Friday, seen from the hill.</p>',
    "a byline": '<p class="byline">By Ada Poe</p>',
    "a link onward": '<p><a href="/x">Storm warnings: what the colours mean at sea</a></p>',
    "a box of links": f'<div><h3>More</h3><ul><li><a href="/x">{OTHER}</a></li></ul></div>',
    "a related box": f'<div class="related-stories"><p>{OTHER}</p></div>',
    "a newsletter box": f'<section class="newsletter-promo">{p(OTHER)}</section>',
    "an advertisement": '<div class="ad-slot">Advertisement</div>',
    "a share bar": '<div class="social-share"><span>Share</span><span>Save</span></div>',
    "an aside": f"<aside><p>{OTHER}</p></aside>",
    "a video player": '<div class="video-player"><p>The port in the storm, from above.</p></div>',
    "a form": "<form><p>Tell us what you saw on the quay, and when.</p><input></form>",
    "tags": '<div class="tags"><a href="/t">storm</a> <a href="/u">port</a></div>',
    "a script": "<script>document.write('<p>x</p>')</script><noscript><p>On!</p></noscript>",
}


@pytest.mark.parametrize("boilerplate", BETWEEN.values(), ids=BETWEEN)
def test_boilerplate_goes_wherever_it_stands(boilerplate: str) -> None:
    middle = f"<div class=body>{p(FIRST)}{boilerplate}{p(SECOND, THIRD)}</div>"
    assert shown(f"<main>{HEAD}{middle}</main>") == STORY
    end = f"<div class=body>{p(*STORY)}{boilerplate}</div>"
    assert shown(f"<main>{HEAD}{end}</main>") == STORY


@pytest.mark.parametrize("name", ["related", "sidebar", "comments-area", "share", "ad", "menu"])
def test_what_holds_the_story_is_kept_whatever_it_is_called(name: str) -> None:
    assert shown(f'<div class="{name} main">{HEAD}<div>{p(*STORY)}</div></div>') == STORY


def test_a_story_in_several_elements() -> None:
    parts = "".join(f'<div class="chunk c{n}">{p(text)}</div><hr>' for n, text in enumerate(STORY))
    teaser = f'<div class="card">{p(OTHER)}</div>'
    assert shown(f"<main>{HEAD}<div>{parts}</div>{teaser}</main>") == STORY


@pytest.mark.parametrize("wrappers", [1, 3])
def test_an_intro_that_looks_like_the_parts_of_the_story(wrappers: int) -> None:
    def part(*texts: str) -> str:
        module = f"<div class=text>{p(*texts)}</div>"
        for n in range(wrappers):
            module = f"<div class=module-{n}>{module}</div>"
        return module

    parts = "".join(f"{part(text)}<figure><img></figure>" for text in STORY)
    intro = f"<div class=transition>{part(OTHER)}</div>"
    assert shown(f"<div class=page>{HEAD}<section>{parts}</section></div>{intro}") == STORY


def test_short_paragraphs_stay() -> None:
    story = (FIRST, "It was dark.", SECOND, "“Very dark”", THIRD, "Then it stopped.")
    assert shown(f"<main>{HEAD}<div class=body>{p(*story)}</div></main>") == story


def test_subheads_lists_and_tables_stay() -> None:
    body = f"{p(FIRST)}<h2>The ships</h2><ul><li>Ada</li><li>Jo</li></ul>{p(SECOND)}"
    body += "<table><tr><td>Wind</td><td>11</td></tr></table>"
    expected = (FIRST, "The ships", "Ada", "Jo", SECOND, "Wind | 11")
    assert shown(f"<main>{HEAD}<div class=body>{body}</div></main>") == expected


def test_what_stands_above_the_headline_is_not_the_story() -> None:
    ticker = "".join(f"<li>{OTHER}</li>" for _ in range(9))
    assert shown(f"<div><ul>{ticker}</ul>{HEAD}<div>{p(*STORY)}</div></div>") == STORY


def test_a_headline_below_the_story_hides_nothing() -> None:
    assert shown(f"<div>{p(*STORY)}</div>{HEAD}") == STORY


def test_tweets_are_quotes() -> None:
    tweet = (
        f'<div class="social-embed"><blockquote class="twitter-tweet">{p(OTHER)}</blockquote></div>'
    )
    body = f"{p(FIRST)}{tweet}{p(SECOND)}"
    assert shown(f"<main>{HEAD}<div class=body>{body}</div></main>") == (FIRST, OTHER, SECOND)


@pytest.mark.parametrize("tag", ["a", "span", "em"])
@pytest.mark.parametrize("name", ["player-link", "tooltip", "related", "topic", "tag"])
def test_words_in_a_sentence_stay(tag: str, name: str) -> None:
    text = FIRST.replace("storm", f'<{tag} class="{name}">storm</{tag}>')
    assert shown(f"<main>{HEAD}<div class=body>{p(text, SECOND)}</div></main>") == (FIRST, SECOND)


@pytest.mark.parametrize("name", ["sp-consent-box", "cmp dsgvo-privacy"])
def test_a_consent_form_is_no_story_however_long_it_is(name: str) -> None:
    form = f'<div class="{name}">{p(*(OTHER for _ in range(60)))}</div>'
    assert shown(f"<main>{HEAD}<div>{p(FIRST, SECOND)}</div></main>{form}") == (FIRST, SECOND)


@pytest.mark.parametrize("name", ["sidebar-grid__content", "p-widget", "teaser-content gallery"])
def test_pieces_that_hold_the_story_together_are_kept_whatever_they_are_called(name: str) -> None:
    pieces = "".join(f'<div class="{name}" id="a{n}"><p>{s}</p></div>' for n, s in enumerate(STORY))
    assert shown(f"<main>{HEAD}<div>{pieces}</div></main>") == STORY


def test_the_anchor_of_a_subhead_says_nothing_of_it() -> None:
    heads = '<h2 id="toc_1">The ships</h2>', '<h3 class="widget-title">The anchors</h3>'
    body = f"{p(FIRST)}{heads[0]}{p(SECOND)}{heads[1]}{p(THIRD)}"
    expected = (FIRST, "The ships", SECOND, "The anchors", THIRD)
    assert shown(f"<main>{HEAD}<div class=body>{body}</div></main>") == expected


@pytest.mark.parametrize("hidden", ["style='display: none'", "hidden", "class='sr-only'"])
def test_what_scripts_will_show_is_the_story_if_nothing_else_is(hidden: str) -> None:
    html = f"<main>{HEAD}<div {hidden}>{p(*STORY)}</div></main>"
    assert shown(html) == STORY
    assert (
        shown(f"<main>{HEAD}<div>{p(*STORY)}</div><div {hidden}>{p(*STORY)}</div></main>") == STORY
    )


def test_paragraphs_in_bare_wrappers_are_one_story() -> None:
    wrapped = "".join(f"<div><div><div>{p(text)}</div></div></div>" for text in STORY)
    assert shown(f"<main>{HEAD}<section>{wrapped}</section></main>") == STORY


def test_another_headline_does_not_take_the_story_away() -> None:
    site = "<div class=x><h1>Storm closes port</h1></div>"
    story = f"<div class=x><h1>At the harbour</h1>{p(*STORY)}</div>"
    assert shown(f"<main>{site}{story}</main>") == ("At the harbour", *STORY)


@pytest.mark.parametrize("name", ["article-widget", "story-gallery", "print-part"])
def test_a_short_piece_named_as_the_long_one_is_of_the_story(name: str) -> None:
    parts = (p(SECOND), p(FIRST, THIRD, OTHER))
    pieces = "".join(f'<div class="{name}"><div class="text">{part}</div></div>' for part in parts)
    assert shown(f"<main>{HEAD}{pieces}</main>") == (SECOND, FIRST, THIRD, OTHER)


@pytest.mark.parametrize("tag", ["div", "section"])
def test_chapters_without_names_are_one_story(tag: str) -> None:
    chapters = f"<{tag}>{FIRST}</{tag}><h2>No ferry</h2><{tag}>{SECOND}</{tag}>"
    assert shown(f"<article>{HEAD}{chapters}</article>") == (FIRST, "No ferry", SECOND)


def test_articles_without_names_are_not() -> None:
    other = f"<article><h2>Pool to close</h2>{p(OTHER)}</article>"
    story = f"<article>{HEAD}{p(*STORY)}</article>"
    assert shown(f"<main>{story}{other}</main>") == STORY


def test_short_lines_of_wide_letters_are_prose_in_an_inline_element_too() -> None:
    lines = (
        "山道を登ると、霧の中に古い茶屋が見えてきました。",
        "主人は九十二歳で、今も毎朝水を汲みに行きます。",
    ) * 1
    comments = "".join(
        f"<li>{n}番目の感想です。とても良い所ですね、また行きたいです。</li>" for n in range(3)
    )
    story = "".join(f"<p><span>{line}</span></p>" for line in lines)
    body = f'<h1>霧の中の茶屋</h1><div class="c1">{story}</div><ul class="comments">{comments}</ul>'
    assert shown(f"<main>{body}</main>") == lines
