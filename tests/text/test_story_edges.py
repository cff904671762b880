"""What is said of the authors at the end of a text goes, and a headline that is there twice."""

from __future__ import annotations

import pytest

from crawler.text.article import clean
from crawler.text.story_edges import numbers_of_slides, story_end, without_heading

STORY = [
    f"{number}. The ferry company said on Friday that it would sell a ship." for number in "1234567"
]


@pytest.mark.parametrize(
    "box",
    [
        ["About the author", "Jo Hart lives on an island and writes about the sea."],
        ["ÜBER DEN AUTOR", "Redakteur", "Jo Hart schreibt über das Meer."],
        ["Jo Hart is a senior reporter at the Northby Post."],
        ["Jo Hart covers the north for the Northby Post.", "Follow her on X at @johart"],
        ["Ada van Lind is a professor of law at the University of Northby."],
        ["Jo Hart ist freie Journalistin in Berlin."],
        ["Jean Dupont est journaliste à Paris."],
        ["Quellen:", "Landtag, Stellungnahmen", "Meldung der Gewerkschaft"],
        ["Contact us", "Northby Post, 12 Quay Street"],
        ["MDR (ab)"],
        ["(KNA, DR)"],
        ["5 gennaio 2025 (modifica il 6 gennaio 2025 | 15:24)"],
    ],
)
def test_the_end_is_cut(box: list[str]) -> None:
    assert story_end([*STORY, *box]) == len(STORY)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["About the author"],
        ["About the author", *STORY],
        [*STORY[:2], "About the author", *STORY[2:]],
        [*STORY, "Jo Hart is a sailor who has lived on the island for years."],
        [*STORY, "She is the reporter who was there."],
        [*STORY, "Jo Hart ist wieder zu Hause."],
        ["Jo Hart is a senior reporter at the Northby Post."],
    ],
)
def test_the_end_stays(lines: list[str]) -> None:
    assert story_end(lines) == len(lines)


def test_a_headline_that_is_there_twice() -> None:
    title = "Ferry for sale: who buys?"
    assert without_heading(["FERRY FOR SALE – WHO BUYS", *STORY], title) == STORY
    assert without_heading(["Northby", title, *STORY], title) == ["Northby", *STORY]
    assert without_heading([*STORY, title], title) == [*STORY, title]
    assert without_heading([title], title) == [title]
    assert without_heading(["", "..."], "?") == ["", "..."]


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Lind, Northby",
        "von Jan Kern, Redaktion Nord",
        "Par Jean Dupont et Anna Roux",
        "11 Jan 2019",
        "25/04/2026 Actualizado a las 15:10h.",
        "5 gennaio 2025 (modifica il 6 gennaio 2025 | 15:24)",
    ],
)
def test_what_stands_in_front_of_a_story(line: str) -> None:
    assert without_heading([line, *STORY], "Ferry") == STORY
    assert without_heading([*STORY[:3], line, *STORY[3:]], "Ferry") != STORY


@pytest.mark.parametrize("line", ["On 5 May 2020 she left.", "Von da an", "In 1984", "London"])
def test_what_is_of_the_story(line: str) -> None:
    assert without_heading([line, *STORY], "Ferry") == [line, *STORY]


def test_numbers_of_slides() -> None:
    assert numbers_of_slides(["1", "A ship.", "2", "A port.", "3"]) == {0, 2, 4}
    assert numbers_of_slides(["7", "A ship.", "2", "A port.", "3"]) == set()
    assert numbers_of_slides(["1", "A ship.", "2"]) == set()


def test_the_whole_chain() -> None:
    lines = ["Ferry for sale", *STORY, "ABOUT THE AUTHOR", "Producer", "Jo Hart likes ships."]
    text = clean("Ferry for Sale", "".join(f"<p>{line}</p>" for line in lines))
    assert list(text.paragraphs) == STORY
    again = clean("Ferry for Sale", "".join(f"<p>{line}</p>" for line in text.paragraphs))
    assert again.paragraphs == text.paragraphs
