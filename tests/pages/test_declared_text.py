"""The text that JSON-LD declares is read where the page shows none, and nowhere else."""

from __future__ import annotations

import json

from crawler.pages.declared_text import DECLARED
from crawler.pages.page_job import PageJob, read_article
from tests.pages.served import page

STORY = [
    "The tower of the town hall has leaned to the south since the mayor moved his desk on Tuesday.",
    "Engineers put a second desk into the northern office, and then a filing cabinet, to no avail.",
    "By Thursday the clock showed the same time to nobody, and no pigeon would sit on it.",
    "The mayor offered to sit in the middle of the building from now on, under the stairs, alone.",
    "It was then that the sexton remembered the bell, which had been hung by a left-handed smith.",
    "Six men turned it round in the night; in the morning the tower stood as it had always stood.",
]


def read(body: str, declared: str) -> tuple[str, list[str]]:
    said = {
        "@type": "NewsArticle",
        "headline": "Tower leans after mayor moves desk",
        "datePublished": "2024-03-05",
        "articleBody": declared,
    }
    script = f'<script type="application/ld+json">{json.dumps(said)}</script>'
    html = f"<html><head><title>Tower leans after mayor moves desk</title>{script}</head>"
    found = read_article(
        PageJob.from_response(page(f"{html}<body>{body}</body></html>"), source="x")
    )
    return found.text or "", found.flags


def test_a_page_that_scripts_make() -> None:
    shown = "<div id=app></div><p>You need to switch on JavaScript in order to read this site.</p>"
    assert read(shown, "\n".join(STORY)) == ("\n".join(STORY), [DECLARED])
    marked = "".join(f"<p>{line}</p>" for line in STORY)
    assert read(shown, marked) == ("\n".join(STORY), [DECLARED])


def test_a_story_that_is_shown_is_read_as_it_is_shown() -> None:
    shown = "".join(f"<p>{line}</p>" for line in STORY[:4])
    assert read(f"<main>{shown}</main>", "\n".join(STORY)) == ("\n".join(STORY[:4]), [])


def test_its_beginning_is_what_everybody_may_read() -> None:
    text, flags = read(f"<main><p>{STORY[0]}</p></main>", "\n".join(STORY))
    assert (text, flags) == (STORY[0], [])
