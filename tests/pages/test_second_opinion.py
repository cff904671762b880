"""Others are asked where the story stands, and never what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml.etree import LxmlError

from crawler.pages import second_opinion
from crawler.pages.generic import article, read
from crawler.pages.page_job import PageJob, read_article
from crawler.text.article import EXTRACTOR, clean
from tests.pages.served import page

if TYPE_CHECKING:
    from collections.abc import Callable

STORY = (
    "The lighthouse on the northern pier was switched off on Monday after a hundred and two years.",
    "Its keeper, who has lived in the tower since 1988, carried the lamp down the stairs himself.",
    "Ships will find the harbour by satellite from now on, the authority said, and by two buoys.",
    "A museum has asked for the lamp, and so has a hotel that would like to hang it over its bar.",
    "The keeper may stay in the tower until the spring, if he pays for coal, a letter told him.",
    "He has burned the letter, he said, since there was no coal left in the cellar of the tower.",
)
ELSEWHERE = (
    "Members of the club may enter the halls between six in the morning and ten in the evening.",
    "Towels are to be brought along, and lockers have to be emptied before the doors are closed.",
    "Whoever loses a key pays for the lock, whoever loses a child is called over the loudspeakers.",
)
HEAD = "<html><head><title>Lighthouse switched off after 102 years</title></head>"
HEADLINE = "<h1>Lighthouse switched off after 102 years</h1>"


def p(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def shown(html: str) -> tuple[str, ...]:
    return clean("", read(page(html)).main_content.html).paragraphs


def _scattered() -> str:
    """Return a page whose story is cut in parts that are called as boilerplate is."""
    names = ("gallery-text", "transcript", "dek", "print-part", "latest", "player-text")
    parts = "".join(
        f'<div class="{name}"><p>{text}</p></div>' for name, text in zip(names, STORY, strict=True)
    )
    rules = f'<div class="hall"><h2>House rules</h2>{p(*ELSEWHERE)}</div>'
    body = f'<main>{HEADLINE}<div class="article-body">{parts}</div></main>{rules}'
    return f"{HEAD}<body>{body}</body></html>"


def test_the_story_is_read_where_others_see_it() -> None:
    assert shown(_scattered()) == STORY


def test_without_others_it_is_looked_for_and_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "read_quickly", lambda _html: None)
    assert shown(_scattered()) == STORY
    assert _flags(_scattered()) == [second_opinion.UNCONFIRMED]


@pytest.fixture
def misled(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make others take the rules of a house for the story; return the page that has both."""
    monkeypatch.setattr(second_opinion, "read_quickly", lambda _html: list(ELSEWHERE))
    monkeypatch.setattr(second_opinion, "read_thoroughly", lambda _root: list(ELSEWHERE))
    rules = f'<div class="hall">{p(*ELSEWHERE)}</div>'
    story = f'<div class="article-body">{p(*STORY)}</div>'
    return f"{HEAD}<body><main>{HEADLINE}{story}</main>{rules}</body></html>"


INTRO = (
    "Lighthouse switched off: how the last lamp of the northern pier was carried down its stairs."
)


def test_what_begins_a_story_told_by_pictures_does_not_hide_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(second_opinion, "read_quickly", lambda _html: list(STORY))
    monkeypatch.setattr(second_opinion, "read_thoroughly", lambda _root: list(STORY))
    slides = "".join(
        f"<figure><img src='/{at}.jpg'><figcaption>{p(text)}</figcaption></figure>"
        for at, text in enumerate(STORY)
    )
    rules = f'<div class="hall"><h2>House rules</h2>{p(*ELSEWHERE[:1])}</div>'
    body = f'<main>{HEADLINE}<div class="c1">{p(INTRO)}</div><div class="x">{slides}</div></main>'
    assert shown(f"{HEAD}<body>{body}{rules}</body></html>") == (INTRO, *STORY)


def test_others_are_not_followed_to_what_does_not_speak_of_the_headline(misled: str) -> None:
    assert shown(misled) == STORY


def _flags(html: str) -> list[str]:
    head = html.replace("<head>", '<head><meta name="date" content="2024-05-06">', 1)
    return read_article(PageJob.from_response(page(head), source="test")).flags


def test_what_others_confirm_has_no_flag() -> None:
    assert _flags(f"{HEAD}<body><main>{HEADLINE}{p(*STORY)}</main></body></html>") == []
    assert _flags(_scattered()) == []


def test_what_nobody_confirms_is_flagged(misled: str) -> None:
    assert _flags(misled) == [second_opinion.UNCONFIRMED]


def test_a_page_too_large_for_others_is_flagged() -> None:
    html = f"{HEAD}<body><main>{HEADLINE}{p(*STORY)}</main>{'<i></i>' * 20_001}</body></html>"
    response = page(html.replace("<head>", '<head><meta name="date" content="2024-05-06">', 1))
    assert article(response, source="test").flags == [second_opinion.UNCONFIRMED]


def _fail(error: Exception) -> Callable[..., None]:
    def failing(*_args: object, **_options: object) -> None:
        raise error

    return failing


_LIBRARIES = ("extract_plain_text", "trafilatura.bare_extraction")
_ERRORS = (RecursionError("maximum recursion depth exceeded"), KeyError("li"), LxmlError("tree"))


@pytest.mark.parametrize("library", _LIBRARIES)
@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: type(error).__name__)
def test_who_fails_on_a_page_has_no_opinion(
    library: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(f"crawler.pages.second_opinion.{library}", _fail(error))
    assert shown(_scattered()) == STORY
    assert _flags(_scattered()) == [second_opinion.UNCONFIRMED]
    assert f"no second opinion: {type(error).__name__}: " in caplog.text


def test_who_finds_nothing_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_args, **_options: None)
    assert _flags(_scattered()) == [second_opinion.UNCONFIRMED]


@pytest.mark.parametrize("library", _LIBRARIES)
def test_a_machine_short_of_memory_is_no_matter_of_the_page(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"crawler.pages.second_opinion.{library}", _fail(MemoryError()))
    with pytest.raises(MemoryError):
        shown(_scattered())


def test_lacking_is_much_that_is_not_there() -> None:
    assert second_opinion.is_lacking([], list(STORY))
    assert not second_opinion.is_lacking(list(STORY), list(STORY))
    assert not second_opinion.is_lacking(list(STORY[:3]), list(STORY))  # half is there
    assert second_opinion.is_lacking(list(STORY[:1]), list(STORY))
    assert not second_opinion.is_lacking([], list(STORY[:1]))  # it is not much
    assert not second_opinion.is_lacking([f"“{' '.join(STORY).upper()}!”"], list(STORY))


@pytest.mark.parametrize(
    ("title", "there", "lines", "likelier"),
    [
        ("Lighthouse switched off", STORY[:1], ELSEWHERE[:1], True),
        ("Lighthouse switched off", ELSEWHERE[:1], STORY[:1], False),
        ("Lighthouse switched off", ELSEWHERE[:1], ELSEWHERE[1:2], False),
        ("灯台が消灯", ("北の灯台は月曜日に消灯した。",), ELSEWHERE[:1], True),
        ("Lighthouse switched off", ELSEWHERE[:1], (), True),
    ],
)
def test_the_likelier_place_speaks_of_the_headline(
    title: str, there: tuple[str, ...], lines: tuple[str, ...], likelier: bool
) -> None:
    assert second_opinion.is_likelier(title, list(there), list(lines)) is likelier


def test_their_versions_are_in_the_name_of_the_extractor() -> None:
    name, *others = EXTRACTOR.split("+")
    assert name.startswith("newsreel-text/")
    assert [other.rpartition("-")[0] for other in others] == ["resiliparse", "trafilatura"]
