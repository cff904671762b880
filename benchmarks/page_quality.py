"""How right and how fast articles are read off their pages: ours and others, in one run.

    python -m benchmarks.page_quality FOLDER [--rounds N] [--readers ENVIRONMENT]
        [--half first|held-back|all] [--most N] [--tools NAME,…] [--without PART,…]

FOLDER holds real pages, what people say is on them, and their scorer, in one of two formats:

- as the article-extraction benchmark of Scrapinghub has them (https://github.com/scrapinghub/
  article-extraction-benchmark): ``ground-truth.json``, ``html/ID.html.gz``, ``score.py``
- news pages of many collections: ``gold.json``, ``html/ID.html.gz``, ``score.py``; the tables are
  those of that scorer, by collection, by language, and by service: the pages of hosts that
  ``crawler/sources/sources.toml`` knows apart from the others

Without a FOLDER nothing is measured. Ours reads as a crawl does that was told a day by the link.
Pages a second are those of one CPU in the median round, the memory is the most that a tool's
process ever held; the tools run in turn, page after page, each in a process of its own.

--half takes the pages of one half of all publishers (`benchmarks._halves`). --without runs ours
once more for each PART of it, with that part switched off: opinion (the second opinion on where the
story stands), refusals (lists, pages of other kinds, texts that are not the whole), days (those
that are only shown), boilerplate (its phrases and names); `benchmarks._ablations` says more.
Exit codes: 0 measured (without a FOLDER: nothing), 1 ours missed a target. Targets are those of all
pages: of some of them they are printed, and the exit code is 0.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._ablations import ABLATIONS
from benchmarks._article_pages import ArticlePages
from benchmarks._halves import is_held_back
from benchmarks._news_pages import NewsPages
from benchmarks._scores import Speed, speed
from benchmarks._targets import PEAK, SPEED, WORST, Figures, target_table
from benchmarks._tools import MODULES, OURS, PEER, ROOT, PageFile, Tool, python_with, run_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the tables."""
    options = _options(arguments)
    folder: Path | None = options.folder
    if folder is None:
        print("no folder of pages was given: nothing was measured")
        return 0
    bench = NewsPages(folder) if (folder / "gold.json").exists() else ArticlePages(folder)
    pages = chosen(bench.pages, options.half, options.most)
    if not pages:
        print(f"no page of {folder} is in this half: nothing was measured")
        return 0
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}, {len(pages)} pages, {options.rounds} rounds")
    names = options.tools or bench.TOOLS
    with ExitStack() as stack:
        tools = [*_installed(names, options.readers), *_ablated(options.without)]
        for tool in tools:
            stack.enter_context(tool)
        run_in_turn(tools, pages, options.rounds)
    speeds = {tool.name: speed(tool.results) for tool in tools}
    print(_speed_table(tools, speeds))
    quality = bench.report(pages, tools)
    figures = {tool.name: {**quality[tool.name], **_cost(tool, speeds)} for tool in tools}
    ours = figures.get(OURS, {})
    print(target_table(bench.TARGETS, ours, figures.get(PEER, {})))
    is_met = all(target.is_met(ours) for target in bench.TARGETS)
    return 0 if is_met or options.half != "all" or options.most else 1


def chosen(pages: Sequence[PageFile], half: str, most: int) -> list[PageFile]:
    """Return the pages of *half*, or *most* of them, evenly spread, if that is not 0."""
    found = [page for page in pages if half in ("all", _half(page))]
    return found[:: -(-len(found) // most)] if most else found


def _half(page: PageFile) -> str:
    return "held-back" if is_held_back(page.url) else "first"


def _installed(names: Sequence[str], readers: Path) -> Iterator[Tool]:
    for name in names:
        if python := python_with(MODULES[name][0], readers):
            yield Tool(name, python)
        else:
            print(f"{name}: not installed, `make bench` brings it")


def _ablated(parts: Sequence[str]) -> Iterator[Tool]:
    for part in parts:
        yield Tool(OURS, Path(sys.executable), without=part)


def _cost(tool: Tool, speeds: dict[str, Speed]) -> Figures:
    pace, peer = speeds[tool.name], speeds.get(PEER)
    ratio = pace.pages / peer.pages if peer else None
    return {SPEED: ratio, WORST: pace.worst, PEAK: tool.results.peak * 1024 / 1e6}


def _speed_table(tools: Sequence[Tool], speeds: dict[str, Speed]) -> str:
    lines = ["", f"{'':24}{'pages/CPU s':>12}{'of peer':>9}{'worst s':>9}{'peak MB':>9}  gives"]
    for tool in tools:
        pace, cost = speeds[tool.name], _cost(tool, speeds)
        ratio = cost[SPEED]
        gives = MODULES.get(tool.name, ("", ""))[1] or "body, title, date"
        failed = f"; failed on {len(tool.results.failed)} pages" if tool.results.failed else ""
        lines.append(
            f"{tool.name:24}{pace.pages:12.1f}{f'{ratio:.2f}' if ratio else '–':>9}"
            f"{pace.worst:9.3f}{cost[PEAK]:9.0f}  {gives}{failed}"
        )
    return "\n".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_quality")
    parser.add_argument("folder", nargs="?", type=Path, help="pages, what is on them, and scorer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--half", choices=("first", "held-back", "all"), default="all")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="read N pages at most")
    parser.add_argument("--tools", type=_names_of(MODULES), help="by default all that are compared")
    parser.add_argument("--without", type=_names_of(ABLATIONS), default=(), metavar="PART,…")
    parser.add_argument(
        "--readers",
        type=Path,
        default=ROOT / ".venv-readers",
        help="environment of the tools that are not in ours (.venv-readers)",
    )
    return parser.parse_args(arguments)


def _names_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := set(found) - set(known):
            told = f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}"
            raise argparse.ArgumentTypeError(told)
        return found

    return names


if __name__ == "__main__":
    sys.exit(main())
