"""How right and how fast articles are read off their pages: ours and others, in one run.

    python -m benchmarks.page_quality FOLDER [--rounds N] [--readers ENVIRONMENT]

FOLDER holds real pages with their texts written by hand, and their scorer, as the
article-extraction benchmark of Scrapinghub has them (https://github.com/scrapinghub/
article-extraction-benchmark): ``ground-truth.json``, ``html/ID.html.gz``, ``score.py``. Without
a FOLDER nothing is measured.

Precision, recall and F1 are the scorer's, ± the deviation of F1 when pages are drawn again. Pages
a second are those of one CPU in the median round, with body, title and date unless the last column
says what a tool gives; the tools run in turn, page after page, each in a process of its own.
Exit codes: 0 measured (without a FOLDER: nothing), 1 ours missed a target.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._scores import Quality, Speed, agreement_table, score, scorer_of, speed
from benchmarks._tools import ROOT, PageFile, Tool, python_with, run_in_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

F1_TARGET = 0.972
SPEED_TARGET = 2.0
"""Pages a CPU second of ours, as a multiple of trafilatura's."""

MODULES = {
    "newsreel": ("crawler", ""),
    "trafilatura": ("trafilatura", ""),
    "trafilatura fast": ("trafilatura", ""),
    "newspaper4k": ("newspaper", ""),
    "news-please": ("newsplease", ""),
    "resiliparse": ("resiliparse", "text only"),
    "readability-lxml": ("readability", "text and title"),
    "goose3": ("goose3", ""),
    "boilerpy3": ("boilerpy3", "text and title"),
    "justext": ("justext", "text only"),
    "JSON-LD alone": ("json", ""),
}
"""The module that each tool needs, and what it gives if that is not body, title and date."""

_HEAD = f"{'':18}{'F1':>13}{'precision':>11}{'recall':>8}{'pages/s':>9}{'worst s':>9}  gives"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    folder: Path | None = options.folder
    if folder is None:
        print("no folder of pages was given: nothing was measured")
        return 0
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = [PageFile(key, at["url"], folder / f"html/{key}.html.gz") for key, at in truth.items()]
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, {len(pages)} pages, {options.rounds} rounds")
    with ExitStack() as stack:
        tools = [stack.enter_context(tool) for tool in _installed(options.readers)]
        run_in_turn(tools, pages, options.rounds)
    scorer = scorer_of(folder)
    qualities = {tool.name: score(scorer, truth, tool.results) for tool in tools}
    speeds = {tool.name: speed(tool.results) for tool in tools}
    print(_table(tools, qualities, speeds))
    print(agreement_table(pages, {tool.name: tool.results for tool in tools}))
    return 0 if _is_met(qualities, speeds) else 1


def _installed(readers: Path) -> list[Tool]:
    tools = []
    for name, (module, _) in MODULES.items():
        if python := python_with(module, readers):
            tools.append(Tool(name, python))
        else:
            print(f"{name}: not installed, `make bench` brings it")
    return tools


def _table(tools: Sequence[Tool], qualities: dict[str, Quality], speeds: dict[str, Speed]) -> str:
    lines = [_HEAD]
    for tool in tools:
        quality, pace = qualities[tool.name], speeds[tool.name]
        gives = MODULES[tool.name][1] or "body, title, date"
        failed = f"; failed on {len(tool.results.failed)} pages" if tool.results.failed else ""
        lines.append(
            f"{tool.name:18}{quality.f1:8.4f}±{quality.deviation:.3f}{quality.precision:10.4f}"
            f"{quality.recall:8.4f}{pace.pages:9.1f}{pace.worst:9.3f}  {gives}{failed}"
        )
    return "\n".join(lines)


def _is_met(qualities: dict[str, Quality], speeds: dict[str, Speed]) -> bool:
    f1 = qualities["newsreel"].f1
    verdict = "met" if f1 >= F1_TARGET else "MISSED"
    print(f"F1 of ours {f1:.4f} ≥ {F1_TARGET} {verdict}")
    if "trafilatura" not in speeds:
        return f1 >= F1_TARGET
    ratio = speeds["newsreel"].pages / speeds["trafilatura"].pages
    verdict = "met" if ratio >= SPEED_TARGET else "MISSED"
    print(f"pages a CPU second, trafilatura's times {ratio:.1f} ≥ {SPEED_TARGET} {verdict}")
    return f1 >= F1_TARGET and ratio >= SPEED_TARGET


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_quality")
    parser.add_argument("folder", nargs="?", type=Path, help="pages, texts and scorer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--readers",
        type=Path,
        default=ROOT / ".venv-readers",
        help="environment of the tools that are not in ours (.venv-readers)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
