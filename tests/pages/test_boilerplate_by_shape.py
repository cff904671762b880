"""What stands beside a story and looks like one."""

from __future__ import annotations

import pytest

from crawler.pages import generic
from crawler.text.article import clean
from tests.pages.served import page

FIRST = "The harbour was closed on Monday morning after a storm had torn two cranes off the quay."
SECOND = "Nobody was hurt, the harbour master said, and the first ships could sail again at noon."
REST = tuple(f"{SECOND[:-1]}, as it was in the storm of 20{year}." for year in range(10, 16))
OTHER = "A dog that fell into the canal on Sunday swam to the other side and took the tram home."
HEAD = "<h1>Storm closes the harbour for a morning</h1>"
DAY = '<meta property="article:published_time" content="2024-01-05T10:00:00Z">'
TITLE = "<title>Storm closes the harbour for a morning</title>"


def shown(body: str) -> tuple[str, ...]:
    html = f"<html><head>{TITLE}{DAY}</head><body>{body}</body></html>"
    found = generic.article(page(html), source="harbour")
    return clean(found.title_html, found.content_html).paragraphs


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize("tag", ["article", "div", "section"])
def test_a_story_below_with_a_headline_of_its_own_is_left_out(tag: str) -> None:
    other = f"<{tag} class=s><h1>Dog takes the tram</h1>{p(OTHER, OTHER)}</{tag}>"
    assert shown(f"<{tag} class=s>{HEAD}{p(FIRST, SECOND)}</{tag}>{other}") == (FIRST, SECOND)


@pytest.mark.parametrize("tag", ["div", "section"])
def test_a_chapter_with_headlines_below_its_first_paragraph_stays(tag: str) -> None:
    chapter = f"<{tag} class=s>{p(SECOND)}<h1>What the storm left</h1>{p(OTHER)}</{tag}>"
    assert shown(f"<{tag} class=s>{HEAD}{p(FIRST)}</{tag}>{chapter}") == (
        *(FIRST, SECOND, "What the storm left", OTHER),
    )


def test_cards_are_left_out() -> None:
    card = f'<div class=x><a href="/1">Dog takes the tram home</a><p>{OTHER}</p></div>'
    body = f"<main>{HEAD}{p(FIRST, SECOND)}<div class=grid>{card * 4}</div></main>"
    assert shown(body) == (FIRST, SECOND)


def test_blocks_side_by_side_that_do_not_begin_with_a_link_are_kept() -> None:
    part = '<div class=x>{}<a href="/1">Share this post with others</a></div>'
    body = f"<main>{HEAD}{part.format(p(FIRST))}{part.format(p(SECOND))}</main>"
    assert {FIRST, SECOND} <= set(shown(body))


def test_a_sign_up_box_is_left_out() -> None:
    box = f'<div><h3>Letters</h3><p>{OTHER}</p><form><input type="email"></form></div>'
    assert shown(f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>") == (FIRST, *REST)


@pytest.mark.parametrize("label", ["Read also", "Related stories", "À lire aussi :", "اقرأ أيضا"])
def test_a_box_behind_a_label_is_left_out(label: str) -> None:
    box = f'<div><span>{label}</span><a href="/1">Dog takes the tram home</a><p>{OTHER}</p></div>'
    assert shown(f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>") == (FIRST, *REST)


@pytest.mark.parametrize("head", ["Hintergrund", "Thema:", "Más", "Video"])
def test_a_paragraph_with_a_head_of_its_own_is_no_box(head: str) -> None:
    box = f'<p><strong>{head}</strong> {OTHER} <a href="/1">The tram is free.</a></p>'
    assert f"{head} {OTHER} The tram is free." in shown(
        f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>"
    )


def test_a_label_without_a_link_is_no_box() -> None:
    box = f"<div><span>Read also</span><p>{OTHER}</p></div>"
    assert OTHER in shown(f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>")


def test_custom_elements_are_blocks() -> None:
    body = f"<x-page>{HEAD}<x-by>Ann Moe</x-by><x-text>{p(FIRST, SECOND)}</x-text></x-page>"
    assert shown(body) == (FIRST, SECOND)


def test_a_custom_element_in_a_line_is_no_block() -> None:
    line = FIRST.replace("two cranes", "<x-term>two cranes</x-term>")
    assert shown(f"<main>{HEAD}{p(line, SECOND)}</main>") == (FIRST, SECOND)


@pytest.mark.parametrize("name", ["picBox full", "absatzbild", "article-image", "media photo-wide"])
def test_words_in_the_box_of_a_picture_are_its_caption(name: str) -> None:
    box = (
        f'<div class="{name}"><div><img src="/a.jpg"></div><p>A crane lies in the water.</p></div>'
    )
    assert shown(f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>") == (FIRST, *REST)


@pytest.mark.parametrize(
    "box",
    [
        f'<div class="article-image"><p>{SECOND}</p></div>',
        f'<div class="wide"><img src="/a.jpg"><p>{SECOND}</p></div>',
        f'<div class="has-image"><img src="/a.jpg"><p>{SECOND}</p></div>',
    ],
)
def test_what_is_no_picture_stays(box: str) -> None:
    assert SECOND in shown(f"<main>{HEAD}{p(FIRST)}{box}{p(*REST)}</main>")
