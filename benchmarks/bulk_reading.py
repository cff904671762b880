"""Reading a CC-NEWS-like archive: ours against the readers of others and a plain loop, in one run.

    python -m benchmarks.bulk_reading [FOLDER] [--copies N] [--few N] [--rounds N] [--limit S]

FOLDER holds real pages with their texts, in the first format of `page_quality`; without it the
pages are made up and the texts are not judged. The archive has each page --copies times, under as
many URLs, for news-please --few times. All bring body, title and date of each article; fundus
reads the pages of the publishers it knows and passes over the others; ours also writes records,
ledger and text files. They take turns in fresh processes, whose start is counted; CPU seconds are
those of all processes of a tool. A tool that takes more than S seconds is ended and runs no more.
Ours runs once more without the second opinion on where a story stands, which shows what share of
ours that is.
Exit codes: 0 measured, 1 a tool failed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks._bulk import ROOT, Archive, Bench, Outcome
from benchmarks._news import BEGAN, NAME, NewsPage, make_pages, read_pages, write
from benchmarks._process import CommandError, TooSlowError
from benchmarks._scores import score, scorer_of
from benchmarks._tools import ToolResults

READERS = ROOT / ".venv-readers"
PLAIN = "fastwarc + trafilatura"
OURS = "newsreel"
ASKING = f"{OURS}, 1 worker"
NOT_ASKING = f"{OURS}, no opinion"
TARGET = 2.5
"""Articles a CPU second of ours, as a multiple of those of the plain loop."""

_MONTH = f"crawl-data/CC-NEWS/{BEGAN:%Y/%m}"

Results = dict[str, list[Outcome | None]]
"""The rounds of each tool; None: it did not end in time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    pages = read_pages(options.folder) if options.folder else make_pages()
    bench = Bench(pages, options.readers, options.limit)
    with tempfile.TemporaryDirectory(prefix="newsreel-bulk-") as name:
        load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"{os.cpu_count()} cores, load {load}, {options.rounds} rounds", flush=True)
        full = make_archive(Path(name) / "full", pages, options.copies)
        few = make_archive(Path(name) / "few", pages, options.few)
        try:
            results = measure(tools(bench, full, few), options.rounds)
        except CommandError as error:
            print(error, file=sys.stderr)
            return 1
    print(table(results, lambda run: f1(pages, options.folder, run) if options.folder else None))
    print(share_of_opinion(results))
    return 0


def make_archive(root: Path, pages: Sequence[NewsPage], copies: int) -> Archive:
    """Write an archive, and the list in which Common Crawl names it."""
    folder = root / _MONTH
    folder.mkdir(parents=True)
    (folder / "warc.paths.gz").write_bytes(gzip.compress(f"{_MONTH}/{NAME}\n".encode()))
    count = write(folder / NAME, pages, copies)
    print(f"{count} pages, {(folder / NAME).stat().st_size / 1e6:.0f} MB", flush=True)
    return Archive(root, folder / NAME)


def tools(bench: Bench, full: Archive, few: Archive) -> dict[str, Callable[[Path], Outcome]]:
    """Return the tools that can run here, by name; each takes an empty folder."""
    found: dict[str, Callable[[Path], Outcome]] = {
        PLAIN: partial(bench.plain, full),
        "the same, fast": partial(bench.plain, full, reader="plain-fast"),
        ASKING: partial(bench.newsreel, full, workers=1),
        NOT_ASKING: partial(bench.newsreel, full, workers=1, without="opinion"),
        f"{OURS}, 2 workers": partial(bench.newsreel, full, workers=2),
    }
    if bench.readers.exists():
        found["fundus"] = partial(bench.fundus, full)
        found["news-please"] = partial(bench.news_please, few)
    else:
        print(f"others' readers are skipped: there is no {bench.readers}; `make bench` installs it")
    return found


def measure(readers: dict[str, Callable[[Path], Outcome]], rounds: int) -> Results:
    """Have the *readers* take turns. Raises CommandError."""
    results: Results = defaultdict(list)
    for number in range(rounds):
        print(f"round {number + 1}", flush=True)
        for name, read in readers.items():
            if None not in results[name]:
                results[name].append(_run_once(name, read))
    return results


def _run_once(name: str, read: Callable[[Path], Outcome]) -> Outcome | None:
    with tempfile.TemporaryDirectory(prefix="newsreel-bulk-") as folder:
        try:
            run = read(Path(folder))
        except TooSlowError as error:
            print(f"  {name}: {error}", flush=True)
            return None
    took = f"CPU {run.cost.cpu:.1f} s, {run.cost.wall:.1f} s"
    print(f"  {name}: {run.articles} articles, {took}", flush=True)
    return run


def table(results: Results, judge: Callable[[Outcome], float | None]) -> str:
    """Return the medians of the rounds; ratios to the plain loop are those of one round."""
    lines = [
        f"{'':24}{'articles':>9}{'/CPU s':>8}{'of plain':>10}{'/s':>8}{'peak MiB':>10}{'F1':>8}"
    ]
    for name, found in results.items():
        runs = [run for run in found if run]
        if len(runs) < len(found):
            lines.append(f"{name:24}  did not end in time")
            continue
        ratio = _ratio(results[PLAIN], runs)
        score = judge(runs[0])
        lines.append(
            f"{name:24}{runs[0].articles:9}{median(map(_per_cpu, runs)):8.1f}{ratio:10.2f}"
            f"{median(run.articles / run.cost.wall for run in runs):8.1f}"
            f"{median(run.cost.peak_rss for run in runs) / 1024:10.0f}"
            f"{'–' if score is None else f'{score:.4f}':>8}"
            f"{_verdict(ratio) if name.startswith(OURS) and name != NOT_ASKING else ''}"
        )
    return "\n".join(lines)


def share_of_opinion(results: Results) -> str:
    """Return what share of ours the second opinion is, the median of the rounds."""
    pairs = zip(results[ASKING], results[NOT_ASKING], strict=False)
    shares = [1 - without.cost.cpu / it.cost.cpu for it, without in pairs if it and without]
    told = f"{median(shares):.0%}" if shares else "not measured"
    return f"share of the second opinion in the CPU seconds of ours: {told}"


def f1(pages: Sequence[NewsPage], folder: Path, run: Outcome) -> float:
    """Return how well the texts of *run* agree with those of *folder*, by its scorer."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    row = ToolResults({page.key: run.texts.get(page.url, "") for page in pages})
    return score(scorer_of(folder), truth, row).f1


def _per_cpu(run: Outcome) -> float:
    return run.articles / run.cost.cpu


def _ratio(base: Sequence[Outcome | None], runs: Sequence[Outcome]) -> float:
    """Return the median ratio, which is no number if the plain loop did not end."""
    pairs = zip(base, runs, strict=False)
    ratios = [_per_cpu(run) / _per_cpu(plain) for plain, run in pairs if plain]
    return median(ratios) if ratios else float("nan")


def _verdict(ratio: float) -> str:
    return f"  ≥ {TARGET:.1f} {'met' if ratio >= TARGET else 'MISSED'}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="pages, texts and scorer")
    parser.add_argument("--copies", type=int, default=22)
    parser.add_argument("--few", type=int, default=2, help="copies for news-please")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds of a tool")
    parser.add_argument("--readers", type=Path, default=READERS, help="default: .venv-readers")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
