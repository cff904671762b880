"""Recipes and other instructions: what JSON-LD says belongs to them.

A recipe is its ingredients and its steps, and they stand apart: in a table, in a list, in a box of
their own, in few words each. Where the page shows none of the steps, they are its text.

Sources: schema.org/Recipe, schema.org/HowTo; Google Search Central (recipes).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.pages import headline, main_content
from crawler.pages.letters import flat
from crawler.pages.linked_data import strings, types
from crawler.pages.page_metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml.etree import _Element

    from crawler.pages.linked_data import Node
    from crawler.pages.main_content import MainContent

_KINDS = frozenset(("Recipe", "HowTo"))
_STEPS = ("recipeInstructions", "step", "steps")
_INGREDIENTS = ("recipeIngredient", "ingredients")
_INSIDE = ("text", "itemListElement", "name")
_DEEPEST, _MOST, _LONGEST = 4, 300, 20_000  # levels, lines, letters
_MUCH = 0.2  # of the ingredients and steps
_MOST_MORE = 1.5  # of the letters that are known: there is much else in a place that has more


@dataclass(frozen=True, slots=True)
class Instructions:
    """The lines of a recipe, or of other instructions."""

    description: list[str]
    ingredients: list[str]
    steps: list[str]

    @property
    def parts(self) -> list[list[str]]:
        """Those of the two that there are."""
        return list(filter(None, (self.ingredients, self.steps)))

    @property
    def html(self) -> str:
        """All of them as a text; what is mark-up already is taken as it is."""
        return "".join(
            line if "<" in line and ">" in line else f"<p>{escape(line, quote=False)}</p>"
            for line in (*self.description, *self.ingredients, *self.steps)
        )

    def share_in(self, lines: Sequence[str]) -> float:
        """Return the share of them that *lines* hold."""
        shown, told = flat(lines), self.ingredients + self.steps
        return sum(flat([line]) in shown for line in told) / max(1, len(told))


def read_instructions(nodes: list[Node]) -> Instructions | None:
    """Return those of the one recipe that *nodes* describe, None if there are none or many."""
    found = [node for node in nodes if not _KINDS.isdisjoint(types(node))]
    if len(found) != 1:
        return None
    node = found[0]
    told = Instructions(
        _lines(strings(node.get("description"))),
        _lines(line for key in _INGREDIENTS for line in strings(node.get(key))),
        _lines(step for key in _STEPS for step in _steps(node.get(key), _DEEPEST)),
    )
    return told if told.steps else None


def _lines(texts: Iterable[str]) -> list[str]:
    text = "\n".join(islice(texts, _MOST))[:_LONGEST]
    return [line for part in text.split("\n") if flat([line := part.strip()])][:_MOST]


def find_instructions(
    parse: Callable[[], _Element], found: MainContent, told: Instructions, titles: set[str]
) -> tuple[MainContent, bool]:
    """Return *found*, or the place where *told* stands if much of it is lacking there.

    With it comes whether *told* stands in what is returned. *parse* returns the root of the page's
    tree, *titles* are the spellings of its headline. Best is a place that has the text which was
    found too.
    """
    ours = list(found.lines)
    held = told.share_in(ours)
    if held > 1 - _MUCH or found.letters > _LONGEST:
        return found, held > 1 - _MUCH
    most = _MOST_MORE * sum(map(len, (*ours, *told.ingredients, *told.steps)))
    for parts in ([ours, *told.parts], told.parts):
        root = parse()
        heading = headline.find_heading(read_metadata(root))
        there = main_content.find_pointed(root, heading, titles, *parts, in_few_words=True)
        letters = sum(map(len, there.lines))
        if told.share_in(there.lines) >= held + _MUCH and sum(map(len, ours)) < letters <= most:
            return there, True
    return found, False


def _steps(value: Any, depth: int) -> Iterator[str]:
    """Yield the texts of steps, sections of them and directions in them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for part in value[:_MOST]:
            yield from _steps(part, depth - 1)
    elif isinstance(value, dict) and depth:
        key = next((key for key in _INSIDE if value.get(key)), None)
        if key:
            yield from _steps(value[key], depth - 1)
