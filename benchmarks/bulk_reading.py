"""Reading a CC-NEWS-like archive: ours against the readers of others and a plain loop, in one run.

    python -m benchmarks.bulk_reading [FOLDER] [--copies N] [--few N] [--rounds N] [--limit S]

FOLDER holds real pages with their texts, as `page_quality` says; without it the pages are made up
and the texts are not judged. The archive has each page --copies times, under as many URLs, for
news-please --few times. All tools bring body, title and date, those of fundus' publishers alone
for fundus; ours also writes its records, its ledger and its text files. They take turns in fresh
processes, whose start is counted. A core is a CPU second of all processes. A tool that takes more
than S seconds is ended and not asked again. Exit codes: 0 measured, 1 a tool failed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks._news import BEGAN, NAME, Page, held, made_up, record_id, write
from benchmarks._process import CommandError, Cost, TooSlowError, measured
from benchmarks.page_quality import Row, quality, scorer_of

ROOT = Path(__file__).parents[1]
READERS = ROOT / ".venv-readers"
PLAIN = "fastwarc + trafilatura"
TARGET = 3.0
"""Articles a CPU second of ours, as a multiple of those of the plain loop."""


@dataclass(frozen=True)
class Archive:
    """A file below ``root``, where Common Crawl has such files, with so many ``pages``."""

    root: Path
    pages: int

    @property
    def path(self) -> Path:
        return self.root / _MONTH / NAME


_MONTH = f"crawl-data/CC-NEWS/{BEGAN:%Y/%m}"


@dataclass(frozen=True)
class Outcome:
    """What a tool took, how many articles it brought, and the texts of the first pages by URL."""

    cost: Cost
    articles: int
    texts: dict[str, str]


@dataclass(frozen=True)
class Bench:
    """What all tools are given."""

    pages: list[Page]
    readers: Path
    limit: float

    def ours(self, archive: Archive, folder: Path, *, workers: int) -> Outcome:
        """``scrapy crawl warc``; its texts are the conversion records. Raises CommandError."""
        archives = folder / "archives"
        command = [sys.executable, "-m", "scrapy", "crawl", "warc", "-L", "WARNING"]
        command += ["-a", f"path={archive.path}"]
        command += ["-s", f"ARCHIVES_DIR={archives}", "-s", f"WARC_WORKERS={workers}"]
        env = {"PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "crawler.settings"}
        cost = measured(command, folder, self.limit, env=env)
        urls = {record_id(number): page.url for number, page in enumerate(self.pages, 1)}
        texts = {}
        count = 0
        for path in (archives / "warc").glob("*.warc.gz"):
            for origin, text in _conversions(path):
                count += 1
                if origin in urls:
                    texts[urls[origin]] = text
        return Outcome(cost, count, texts)

    def theirs(
        self, archive: Archive, folder: Path, *, python: Path, reader: str, url: str = ""
    ) -> Outcome:
        """A reader of `benchmarks._readers`. Raises CommandError."""
        urls, texts = folder / "urls.json", folder / "texts.json"
        urls.write_text(json.dumps([page.url for page in self.pages]), encoding="utf-8")
        command = [python, "-m", "benchmarks._readers", reader, url or archive.path, urls, texts]
        env = {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **_NO_CLOUD}
        cost = measured(command, folder, self.limit, env=env)
        found = json.loads(texts.read_text(encoding="utf-8"))
        return Outcome(cost, found["articles"], found["texts"])

    def fundus(self, archive: Archive, folder: Path) -> Outcome:
        """fundus, which reads from a server alone. Raises CommandError."""
        with _served(archive.root) as url:
            return self.theirs(archive, folder, python=self._python, reader="fundus", url=url)

    def news_please(self, archive: Archive, folder: Path) -> Outcome:
        return self.theirs(archive, folder, python=self._python, reader="news-please")

    def plain(self, archive: Archive, folder: Path, *, reader: str = "plain") -> Outcome:
        return self.theirs(archive, folder, python=Path(sys.executable), reader=reader)

    @property
    def _python(self) -> Path:
        return self.readers / "bin" / "python"


# news-please asks for Common Crawl's bucket first: without keys its client does not.
_NO_CLOUD = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = _options(arguments)
    pages = held(options.folder) if options.folder else made_up()
    with tempfile.TemporaryDirectory(prefix="newsreel-bulk-") as name:
        load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(f"{os.cpu_count()} cores, load {load}, {options.rounds} rounds", flush=True)
        full = _made(Path(name) / "full", pages, options.copies)
        few = _made(Path(name) / "few", pages, options.few)
        bench = Bench(pages, options.readers, options.limit)
        try:
            print(table(bench, rounds(bench, full, few, options.rounds), options.folder))
        except CommandError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


Results = dict[str, list[Outcome | None]]
"""The rounds of each tool; None: it did not end in time."""


def rounds(bench: Bench, full: Archive, few: Archive, number: int) -> Results:
    """Have the tools take turns. Raises CommandError."""
    tools = {
        PLAIN: partial(bench.plain, full),
        "the same, fast": partial(bench.plain, full, reader="plain-fast"),
        "newsreel, 1 worker": partial(bench.ours, full, workers=1),
        "newsreel, 2 workers": partial(bench.ours, full, workers=2),
    }
    if bench.readers.exists():
        tools |= {
            "fundus": partial(bench.fundus, full),
            "news-please": partial(bench.news_please, few),
        }
    else:
        print(f"others' readers are skipped: there is no {bench.readers}; `make bench` installs it")
    results: Results = defaultdict(list)
    for turn in range(number):
        print(f"round {turn + 1}", flush=True)
        for name, run in tools.items():
            if None not in results[name]:
                results[name].append(_turn(name, run))
    return results


def _turn(name: str, run: partial[Outcome]) -> Outcome | None:
    with tempfile.TemporaryDirectory(prefix="newsreel-bulk-") as folder:
        try:
            outcome = run(Path(folder))
        except TooSlowError:
            print(f"  {name}: too slow", flush=True)
            return None
    cost = outcome.cost
    print(f"  {name}: {outcome.articles} articles, CPU {cost.cpu:.1f} s, {cost.wall:.1f} s")
    sys.stdout.flush()
    return outcome


def table(bench: Bench, results: Results, folder: Path | None) -> str:
    """Medians of the rounds; ratios to the plain loop are those of one round."""
    base = results[PLAIN]
    lines = [f"{'':24}{'articles':>9}{'/CPU s':>8}{'of plain':>10}{'/s':>8}{'MiB':>6}{'F1':>8}"]
    for name, found in results.items():
        runs = [run for run in found if run]
        if len(runs) < len(found):
            lines.append(f"{name:24}  did not end in {bench.limit:.0f} s")
            continue
        ratio = median(
            _per_cpu(run) / _per_cpu(by) for by, run in zip(base, runs, strict=False) if by
        )
        lines.append(
            f"{name:24}{runs[0].articles:9}{median(map(_per_cpu, runs)):8.1f}{ratio:10.2f}"
            f"{median(run.articles / run.cost.wall for run in runs):8.1f}"
            f"{median(run.cost.peak_rss for run in runs) / 1024:6.0f}"
            f"{_f1(bench, folder, runs[0])}{_verdict(name, ratio)}"
        )
    return "\n".join(lines)


def _per_cpu(run: Outcome) -> float:
    return run.articles / run.cost.cpu


def _verdict(name: str, ratio: float) -> str:
    if not name.startswith("newsreel"):
        return ""
    return f"  ≥ {TARGET:.1f} {'met' if ratio >= TARGET else 'MISSED'}"


def _f1(bench: Bench, folder: Path | None, run: Outcome) -> str:
    if folder is None:
        return f"{'–':>8}"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    row = Row({page.key: run.texts.get(page.url, "") for page in bench.pages})
    return f"{quality(scorer_of(folder), truth, row)[2]:8.4f}"


def _made(root: Path, pages: Sequence[Page], copies: int) -> Archive:
    folder = root / _MONTH
    folder.mkdir(parents=True)
    path = folder / NAME
    (folder / "warc.paths.gz").write_bytes(gzip.compress(f"{_MONTH}/{NAME}\n".encode()))
    count = write(path, pages, copies)
    size = path.stat().st_size / 1e6
    print(f"{count} pages, {size:.0f} MB", flush=True)
    return Archive(root, count)


def _conversions(path: Path) -> Iterator[tuple[str, str]]:
    """What each text was made from, and its paragraphs."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.conversion):
            text = record.reader.read().decode()
            yield record.headers["WARC-Refers-To"], text.partition("\n")[2]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(root: Path) -> Iterator[str]:
    """Serve the files below *root* while inside; yields the base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


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
