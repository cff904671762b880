"""The table of reasons: shown to users as it is, and without holes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.exceptions import ArticleDropped
from crawler.reports.losses import Loss, Named, add, reasons_for_nothing
from crawler.reports.reasons import REASONS, Effect, reason

ROOT = Path(__file__).parents[2]
_HELD_OR_FATAL = {"duplicate", "earlier", "unstored"}


def test_the_documentation_shows_it() -> None:
    document = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
    rows = [
        f"| `{name}` | {known.effect} | {known.sentence} | {known.fix} |"
        for name, known in REASONS.items()
    ]
    assert [line for line in document.splitlines() if line.startswith("| `")] == rows


@pytest.mark.parametrize("name", REASONS)
def test_each_loss_has_a_sentence_and_a_fix(name: str) -> None:
    known = REASONS[name]
    assert known.sentence
    assert not known.sentence.endswith(".")
    assert bool(known.fix) == (known.effect is not Effect.NONE)


def test_every_reason_of_the_code_is_in_it() -> None:
    used = {name for path in ROOT.glob("crawler/**/*.py") for name in _reasons(path)}
    assert {"no_text", "off_site", "post_malformed"} <= used
    used |= {dropped.reason for dropped in ArticleDropped.__subclasses__()}
    assert used - REASONS.keys() <= _HELD_OR_FATAL


def _reasons(path: Path) -> Iterator[str]:
    """Yield the reasons that a module names: drops, pages that are no articles, calls of `lose`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name("NotAnArticleError"), args=[ast.Constant(str(name)), *_]):
                yield name
            case ast.Call(
                func=ast.Attribute(
                    attr="lose" | "lose_unnamed" | "skip" | "skipped" | "_skip" | "_count"
                ),
                args=[ast.Constant(str(name)), *_],
            ):
                yield name
            case ast.Call(func=ast.Name("lose"), args=[ast.Constant(str(name)), *_]):
                yield name


def test_the_fix_names_the_host() -> None:
    assert (
        reason("off_site").fix_for("https://feeds.example:8080/1").endswith("=feeds.example:8080")
    )
    assert reason("off_site").fix_for("http://[broken/").endswith("=HOST")


def test_an_unknown_reason_is_a_loss() -> None:
    assert reason("of somebody's own").effect is Effect.LOSS


def lost(**counts: int) -> dict[str, Loss]:
    losses: dict[str, Loss] = {}
    for name, count in counts.items():
        for number in range(count):
            add(losses, name, Named(f"https://a.example/{name}/{number}", "seen"))
    return losses


@pytest.mark.parametrize(
    ("met", "named"),
    [
        ({}, []),
        ({"date": 3}, []),
        ({"no_date": 2}, ["no_date"]),
        ({"date": 3, "no_date": 2}, ["no_date"]),
        ({"off_site": 4}, ["off_site"]),
        ({"date": 1, "off_site": 4}, []),
        ({"date": 1, "off_site": 4, "robots": 1}, ["off_site", "robots"]),
    ],
)
def test_when_nothing_kept_is_not_complete(met: dict[str, int], named: list[str]) -> None:
    lines = list(reasons_for_nothing(lost(**met)))
    assert [line.split(":")[0].split()[-1] for line in lines] == named


def test_a_line_has_count_address_and_fix() -> None:
    losses = lost(robots=1200)
    assert len(losses["robots"].first) == 10
    assert list(reasons_for_nothing(losses)) == [
        "nothing was kept. 1,200 robots: robots.txt forbids its address; the first is "
        "https://a.example/robots/0 (seen). Ask the publisher; with leave, pass "
        "-s ROBOTSTXT_OBEY=False."
    ]


def test_a_loss_without_an_address() -> None:
    losses: dict[str, Loss] = {}
    add(losses, "no_text", count=7)
    line = "7 no_text: no text of a story is on the page"
    assert losses["no_text"].line("no_text") == line
    assert [told.startswith(f"nothing was kept. {line}. ") for told in reasons_for_nothing(losses)]
