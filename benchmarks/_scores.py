"""The scores of extractors: bodies, CPU seconds, titles and days."""

from __future__ import annotations

import gzip
import importlib.util
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, stdev
from types import ModuleType
from typing import Any

from benchmarks._tools import PageFile, ToolResults
from benchmarks._truth import day_in_url, day_of, is_same_title, json_ld_article

_DRAWS = 1_000
_Shares = tuple[float | None, float | None]
"""Precision and recall of a page; None where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the pages; ``deviation`` is that of F1 when as many pages are drawn again."""

    precision: float
    recall: float
    f1: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Speed:
    """``pages`` a CPU second in the median round, ``worst`` page in CPU seconds."""

    pages: float
    worst: float


def scorer_of(folder: Path) -> ModuleType:
    """Import the scorer that lies beside the pages."""
    spec = importlib.util.spec_from_file_location("page_scorer", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(scorer: ModuleType, truth: Mapping[str, Any], results: ToolResults) -> Quality:
    """Return the quality of the texts, as *scorer* defines it."""
    shares = [
        _shares(*scorer.page_score(page["articleBody"], results.texts[key]))
        for key, page in truth.items()
    ]
    draw = random.Random(0)
    drawn = [_means(draw.choices(shares, k=len(shares)))[2] for _ in range(_DRAWS)]
    return Quality(*_means(shares), stdev(drawn))


def _shares(hit: int, extra: int, missed: int) -> _Shares:
    return (
        hit / (hit + extra) if hit + extra else None,
        hit / (hit + missed) if hit + missed else None,
    )


def _means(shares: Sequence[_Shares]) -> tuple[float, float, float]:
    # A tool that gives nothing has no precision: it counts as zero.
    precision = mean([share for share, _ in shares if share is not None] or [0.0])
    recall = mean([share for _, share in shares if share is not None] or [0.0])
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def speed(results: ToolResults) -> Speed:
    """Return how fast the tool was."""
    rounds = [sum(seconds) for seconds in zip(*results.seconds.values(), strict=True)]
    return Speed(len(results.seconds) / median(rounds), max(map(median, results.seconds.values())))


def agreement_table(pages: Sequence[PageFile], by_tool: Mapping[str, ToolResults]) -> str:
    """Return a table of how often titles and days are what the pages say of themselves."""
    nodes = {
        page.key: json_ld_article(gzip.decompress(page.path.read_bytes()).decode())
        for page in pages
    }
    titles = {key: str(node["headline"]) for key, node in nodes.items() if node}
    linked_days = {key: day for key, node in nodes.items() if (day := day_of(node))}
    url_days = {page.key: day for page in pages if (day := day_in_url(page.url))}
    lines = [
        "",
        "Titles and days given, and as the pages themselves say; no independent truth: where a",
        "page has JSON-LD, ours reads it too, and so do others; trafilatura reads days in URLs.",
        "A day in JSON-LD is often UTC, where the day in the URL is the publisher's own.",
        f"{'':18}{'titles':>8}{'days':>8}{'headline':>16}{'datePublished':>16}{'day in URL':>16}",
    ]
    for name, results in by_tool.items():
        given = f"{_given(results.titles):8}{_given(results.days):8}"
        agreed = (
            (
                sum(is_same_title(results.titles[key], title) for key, title in titles.items()),
                titles,
            ),
            (sum(results.days[key] == day for key, day in linked_days.items()), linked_days),
            (sum(results.days[key] == day for key, day in url_days.items()), url_days),
        )
        columns = "".join(f"{f'{count} of {len(of)}':>16}" for count, of in agreed)
        lines.append(f"{name:18}{given}{columns}")
    return "\n".join(lines)


def _given(values: Mapping[str, str]) -> int:
    return sum(map(bool, values.values()))
