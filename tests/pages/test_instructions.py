"""Recipes are read with their ingredients and all their steps, wherever those stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.pages.declared_text import DECLARED
from crawler.pages.instructions import read_instructions
from crawler.pages.page_job import PageJob, read_article
from tests.pages.served import page

INGREDIENTS = ["250 g oats", "2 eggs", "80 g butter", "1 pinch of salt", "30 ml milk", "4 figs"]
STEPS = [
    "Toast the oats in a dry pan until they smell of hay, and let them cool on a cold plate.",
    "Beat the butter with the salt until it is white, and stir in the eggs one after the other.",
    "Fold in the oats and the milk. Let it rest.",
    "Cut the figs, lay them on the dough and bake it at 180 degrees for as long as a walk takes.",
]
INTRO = [
    "My grandmother baked this cake when the boats were out, and never on another day of the year.",
    "She kept the oats in the tin in which the rope had come, and would not hear of another tin.",
    "Nobody wrote it down, so that what follows is what three of her daughters could agree upon.",
    "The figs are mine. There were no figs on the island, nor would she have thought much of them.",
]
SECTIONS = [
    {"@type": "HowToSection", "name": "Dough", "itemListElement": [{"text": s} for s in STEPS[:2]]},
    {"@type": "HowToStep", "text": STEPS[2]},
    {"@type": "HowToStep", "itemListElement": {"@type": "HowToDirection", "text": STEPS[3]}},
]


def recipe(kind: str = "Recipe", **said: Any) -> dict[str, Any]:
    node = {"@type": kind, "name": "Oat cake", "datePublished": "2024-03-05"}
    return {**node, "recipeIngredient": INGREDIENTS, "recipeInstructions": SECTIONS, **said}


def read(body: str, node: dict[str, Any]) -> tuple[list[str], list[str]]:
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    html = f"<html><head><title>Oat cake</title>{script}</head><body>{body}</body></html>"
    found = read_article(PageJob.from_response(page(html), source="x"))
    return (found.text or "").split("\n"), found.flags


def p(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


ROWS = "".join(
    "<tr>\n    <td>\n      {} </td>\n    <td>\n      {} </td></tr>".format(*line.split(" ", 1))
    for line in INGREDIENTS
)
LABELS = "".join(
    f"<div class=line><p class=name><label>{line}</label></p></div>" for line in INGREDIENTS
)
BOXES = (
    f"<article class=list><h2>You need</h2>for 4<table>{ROWS}</table></article>"
    f"<article class=doing><h2>To do</h2><div>{'<br>'.join(STEPS)}</div></article>"
)
PARTS = "".join(
    f"<div class=step><div class=about><h3>Step {n}</h3><p>{s}</p></div><img></div>"
    for n, s in enumerate(STEPS)
)
COMPONENTS = (
    f"<app-list><div class=list>{LABELS}</div></app-list>"
    f"<app-steps><div class=parts>{PARTS}</div></app-steps>"
)


@pytest.mark.parametrize("body", [BOXES, COMPONENTS], ids=["boxes", "components"])
def test_ingredients_and_steps_that_stand_apart(body: str) -> None:
    below = f"<section class=about-oats><div>{p(INTRO[:3])}</div></section>"
    lines, flags = read(f"<main><h1>Oat cake</h1><div>{body}</div></main>{below}", recipe())
    shown = " ".join(lines).replace(" | ", " ")
    assert all(line in shown for line in (*INGREDIENTS, *STEPS))
    assert flags == []


def test_a_story_with_its_recipe_is_left_as_it_is() -> None:
    card = f"<h2>Oat cake</h2><ul><li>{'<li>'.join(INGREDIENTS)}</ul>{p(STEPS)}"
    lines, _ = read(f"<main><h1>Oat cake</h1>{p(INTRO)}{card}</main>", recipe())
    assert lines[:4] == INTRO
    assert lines[-4:] == STEPS


def test_a_story_whose_recipe_is_elsewhere_keeps_its_text() -> None:
    card = f"<ul><li>{'<li>'.join(INGREDIENTS)}</ul>{p(STEPS)}"
    story = f"<article><h1>Oat cake</h1><div>{p(INTRO * 3)}</div></article>"
    lines, _ = read(f"{story}<div class=sidebar><div class=box>{card}</div></div>", recipe())
    assert lines[:4] == INTRO


def test_instructions_that_scripts_will_show() -> None:
    described = "<p>It is a cake of oats.</p><p>It keeps for a week &amp; a day.</p>"
    steps = [{"@type": "HowToStep", "text": line} for line in (*INTRO, *STEPS)]
    node = recipe("HowTo", description=described, step=steps, recipeInstructions=None)
    lines, flags = read("<div id=app></div><p>Please switch on JavaScript to read this.</p>", node)
    told = ["It is a cake of oats.", "It keeps for a week & a day.", *INGREDIENTS, *INTRO, *STEPS]
    assert (lines, flags) == (told, [DECLARED])


def test_what_is_no_recipe_or_many() -> None:
    assert read_instructions([recipe(), recipe()]) is None
    assert read_instructions([{"@type": "Article"}]) is None
    assert read_instructions([recipe(recipeInstructions=[])]) is None


def test_steps_that_nest_too_deep() -> None:
    steps: Any = "Stir."
    for _ in range(400):
        steps = [{"itemListElement": steps}]
    assert read_instructions([recipe(recipeInstructions=steps)]) is None
    told = read_instructions([recipe(recipeInstructions="Stir.\n\nWait.")])
    assert told is not None
    assert told.steps == ["Stir.", "Wait."]
