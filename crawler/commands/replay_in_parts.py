"""``scrapy replay --check`` in parts: the runs of some sources each, in processes or by Spark."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.commands.base import write_stderr
from crawler.commands.engine_option import read_master, read_workers
from crawler.commands.replay_telling import told
from crawler.commands.run_sequence import TO_ITS_END
from crawler.exceptions import BadArgumentError, NewsreelError, StorageError
from crawler.export.spark_session import SparkError, failures_told, spark_context
from crawler.replay.parts import (
    TRIES,
    Part,
    PartAnswer,
    PartCommand,
    PartDiedError,
    PartProcess,
    died,
    merged,
    parts_of,
)

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.settings_reader import SettingsReader

_PARTS = 4  # of each worker: the last ones end at about the same time
_PAUSE = 0.05  # seconds
_OURS = ("SCRAPY_", "PYTHON", "AWS_")
_DIED = "its process died twice"


@dataclass(frozen=True, slots=True)
class PartEngine:
    """Who replays parts: so many *workers*, or Spark at a *master*; *words* begin a process."""

    workers: int
    master: str
    words: tuple[str, ...]


def part_engine(opts: argparse.Namespace, settings: SettingsReader) -> PartEngine | None:
    """Return what *opts* ask for; None if this process makes the runs. Raises BadArgumentError."""
    master, workers = read_master(opts), read_workers(opts)
    if not master and workers < 2:
        return None
    name = "--engine" if master else "--workers"
    value = opts.engine if master else opts.workers
    if opts.apply:
        raise BadArgumentError(name, value, "it is for --check: --apply goes on in one process")
    if settings.DEDUP_SYNDICATED:
        fix = "with DEDUP_SYNDICATED what a source has depends on the others: leave it out"
        raise BadArgumentError(name, value, fix)
    words = ["-m", "scrapy", "replay", "--check"]
    words += [word for assigned in opts.set for word in ("-s", assigned)]
    words += ["--loglevel", opts.loglevel] if opts.loglevel else []
    words += ["--logfile", opts.logfile] if opts.logfile else []
    words += ["--nolog"] if opts.nolog else []
    return PartEngine(workers, master, tuple(words))


def check_in_parts(
    archive: Archive, folder: Path, runs: Counter[str], engine: PartEngine, source: str | None
) -> int:
    """Make the runs of *archive* again, and print what differs. Return the exit code.

    *runs* counts them by source. *folder* has their index, and takes what is made. Raises
    StorageError and NewsreelError.
    """
    env = {name: value for name, value in os.environ.items() if name.startswith(_OURS)}
    env["TERM"] = "dumb"  # many bars on one terminal would be in each other's way
    command = PartCommand(engine.words, str(Path.cwd()), env)
    if engine.master:
        answers = _by_spark(command, runs, folder, engine.master)
    else:
        answers = list(_by_processes(command, runs, folder, engine.workers))
    if ends := [a.exit_code for a in answers if a.exit_code not in TO_ITS_END]:
        return max(ends)
    for answer in (answer for answer in answers if answer.died):
        write_stderr(f"not replayed: {', '.join(answer.sources)}: {answer.died}")
    store = archive.open_store()
    if store is None:
        raise StorageError(f"there is no ledger {archive.ledger_name}: run scrapy rebuild")
    counts: Counter[str] = Counter()
    with closing(store):
        for verdict, lines in merged(store, answers, source):
            counts[verdict] += 1
            sys.stdout.write(lines)
    return max(told(counts), *(bool(answer.died) for answer in answers))


def _by_processes(
    command: PartCommand, runs: Counter[str], folder: Path, workers: int
) -> Iterator[PartAnswer]:
    """Yield the answers of all parts; a part whose process dies is begun once more."""
    waiting = deque((part, 1) for part in parts_of(runs, _PARTS * workers, folder))
    running: list[tuple[PartProcess, int]] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                part, tries = waiting.popleft()
                running.append((command.begin(part), tries))
            time.sleep(_PAUSE)
            for one in [one for one in running if one[0].process.poll() is not None]:
                running.remove(one)
                ended, tries = one
                try:
                    answer = ended.answer()
                except PartDiedError:
                    if tries < TRIES:
                        waiting.append((ended.part, tries + 1))
                        continue
                    answer = died(ended.part, _DIED)
                yield answer
                if answer.exit_code not in TO_ITS_END:
                    return
    finally:
        for process, _ in running:
            process.process.terminate()
        for process, _ in running:
            process.process.wait()


def _by_spark(
    command: PartCommand, runs: Counter[str], folder: Path, master: str
) -> list[PartAnswer]:
    (scratch := folder / "spark").mkdir()
    try:
        with spark_context(master, scratch, "newsreel replay") as spark, failures_told():
            write_stderr(
                f"Spark shows how far it is at {spark.uiWebUrl}"
            ) if spark.uiWebUrl else None
            parts = parts_of(runs, _PARTS * spark.defaultParallelism, folder)
            spark.setJobDescription(
                f"newsreel: replaying {runs.total():,} runs in {len(parts)} parts"
            )
            tasks: Any = spark.parallelize(parts, len(parts)).map(_InTask(command))
            answers: list[PartAnswer] = tasks.collect()
            return answers
    except SparkError as error:
        raise NewsreelError(str(error)) from None


@dataclass(frozen=True, slots=True)
class _InTask:
    """Replays a part in a task of Spark, which begins it anew if it dies."""

    command: PartCommand

    def __call__(self, part: Part) -> PartAnswer:
        from pyspark import TaskContext  # noqa: PLC0415 - in the executors

        if TaskContext.get().attemptNumber() >= TRIES:
            return died(part, _DIED)
        return self.command.begin(part).answer()
