"""WARC files read by each engine of ``scrapy export``: the same bytes, at what cost.

    python -m benchmarks.export_engines [--files 50] [--articles 200] [--cluster]

Makes WARC files with pages and articles, and exports them with one process, with two, and by Spark
(``local[2,4]``); then with two and by Spark once more, where a worker is killed while it reads.
``--cluster`` has a Spark master and two workers on this machine too, of which an executor is
killed; what executors use is in no sum then. Spark needs Java 17.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks._export_files import make_files
from benchmarks._process import measure
from benchmarks._processes_below import usage, worker_killed
from benchmarks._spark_cluster import cluster
from benchmarks.corpus_export import PROJECT

TIMEOUT = 3600.0
WAYS = (
    ("local, 1 process", ("--workers", "1")),
    ("local, 2 processes", ("--workers", "2")),
    ("spark:local[2,4]", ("--engine", "spark:local[2,4]")),
)
EXECUTOR = "CoarseGrainedExecutorBackend"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each way; 1 if one gives other bytes than the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--articles", type=int, default=200, help="of a file")
    parser.add_argument("--cluster", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newsreel-engines-") as name:
        trials = _Trials(Path(name))
        files = make_files(trials.folder / "warc", asked.files, asked.articles)
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"{len(files)} files, {asked.files * asked.articles:,} articles, {size:,.0f} MB")
        for way, words in WAYS:
            trials.run(way, words)
        for way, words in WAYS[1:]:
            trials.run(f"{way}, one killed", words, kills=True)
        if asked.cluster:
            with cluster(trials.folder, 2) as master:
                words = ("--engine", f"spark:{master}")
                trials.run("2 executors", words)
                trials.run("2 executors, one killed", words, EXECUTOR, kills=True)
    return 0 if len(set(trials.digests)) == 1 else 1


class _Trials:
    """Exports of the files in *folder*; ``digests`` are of what they wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests: list[str] = []

    def run(self, way: str, words: Sequence[str], above: str = "", *, kills: bool = False) -> None:
        """Export, and print what it cost; *kills* kills a worker, or what is *above* it."""
        target = self.folder / f"corpus-{len(self.digests)}"
        command = [sys.executable, "-m", "scrapy", "export", "-o", str(target), "--history"]
        command += ["--from", str(self.folder / "warc"), *words]
        env = {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(PROJECT)}
        env |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        with ExitStack() as stack:
            killed = stack.enter_context(worker_killed(above)) if kills else None
            used = stack.enter_context(usage())
            wall = measure(command, self.folder, TIMEOUT, env=env).wall
        self.digests.append(_digest(target))
        same = "the same bytes" if self.digests[-1] == self.digests[0] else "OTHER BYTES"
        dead = f", {len(killed.commands)} killed" if killed else ""
        print(
            f"{way:<30} {wall:6.1f} s, {used.cpu:6.1f} CPU s, "
            f"{used.peak / 1024:5.0f} MB of memory, {same}{dead}",
            flush=True,
        )


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
