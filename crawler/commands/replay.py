"""``scrapy replay``: archived runs made again, offline, and their texts compared."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, Settings

from crawler.archive.folder import REPLAY_SCRATCH, Archive, sealed_warcs
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    locked,
    storage_errors,
)
from crawler.commands.engine_option import add_engine_options
from crawler.commands.replay_in_parts import check_in_parts, part_engine
from crawler.commands.replay_telling import corpora, differences, lines, told
from crawler.commands.run_sequence import TO_ITS_END, PlannedRun, RunSequence
from crawler.crawling.page_reading import READING
from crawler.disk import scratch_folder
from crawler.exceptions import BadArgumentError
from crawler.extensions.process_archive import SOFTWARE, ProcessArchive
from crawler.extensions.replay_index import INDEX, ReplayIndex
from crawler.extensions.report import ReportExtension
from crawler.replay.archived_runs import runs_from
from crawler.replay.comparison import Comparison, compare
from crawler.replay.parts import write_answer
from crawler.replay.revisions import apply_revisions
from crawler.settings_reader import SettingsReader
from crawler.shared_processes import shared_processes_held
from crawler.sources.known_services import services
from crawler.storage.remote_file import RemoteFile
from crawler.text.corpus import Corpus
from crawler.warc.runs import Run

_MOST_NAMED = 10
_TEMPLATE = "text/{ordinal:03d}_{key}.txt"


class Command(NewsreelCommand, ScrapyCommand):
    """Exit code 1 unless all texts are identical, or all differences became revisions."""

    usage = "--check | --apply [options]"
    summary = "Run the archived crawls again, offline, and compare the texts"
    description = (
        "Every run in the WARC files of ARCHIVES_DIR is made again with the extraction of "
        "today, in a scratch folder. Each text is identical, changed (with its difference), "
        "missing or new."
    )
    runs_spiders = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--source", help="only the runs and texts of this source")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--check", action="store_true", help="compare, and change nothing")
        what.add_argument("--apply", action="store_true", help="take the changes as revisions")
        add_engine_options(parser, "with --check, what makes the runs", "1")
        parser.add_argument("--part", help=argparse.SUPPRESS)  # what replays in parts starts it

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        archive = configured_archive(self.reader)
        if opts.part:
            return self._replay_part(archive, Path(opts.part))
        engine = part_engine(opts, self.reader)
        with (
            locked(archive.folder),
            storage_errors(),
            _scratch(archive) as replayed,
            _ended_by_signals(),
            ReplayIndex.held(),
        ):
            wanted = None if opts.source is None else {opts.source}
            settings = _settings(self.reader.settings, _warcs(archive), replayed)
            found = _Runs(settings, wanted)
            if not any(found):
                raise BadArgumentError(
                    "ARCHIVES_DIR", str(archive.folder), "no WARC file in it tells its run"
                )
            if engine:
                sizes = Counter(run.source for run in found)
                return check_in_parts(archive, replayed.folder, sizes, engine, opts.source)
            reasons: dict[str, str] = {}
            exit_code = self._replay(settings, found, reasons)
            if exit_code not in TO_ITS_END:
                return exit_code
            counts = _compare(archive, replayed, wanted, reasons, applies=opts.apply)
        return told(counts, applies=opts.apply)

    def _replay_part(self, archive: Archive, task: Path) -> int:
        """Make the runs of some sources again, for the process that named them in *task*."""
        replayed = Archive(folder=task.parent, corpus=Corpus(task.parent, _TEMPLATE))
        (task.parent / INDEX).symlink_to(task.parent.parent / INDEX)
        sources = set(json.loads(task.read_text(encoding="utf-8")))
        reasons: dict[str, str] = {}
        with storage_errors(), _ended_by_signals(), ReplayIndex.held():
            settings = _settings(self.reader.settings, _warcs(archive), replayed)
            exit_code = self._replay(settings, _Runs(settings, sources), reasons)
            if exit_code in TO_ITS_END:
                write_answer(task, differences(archive, replayed, sources, reasons))
        return exit_code

    def _replay(self, settings: Settings, found: Iterable[Run], reasons: dict[str, str]) -> int:
        """Make the runs *found* again with *settings*, in their order. Return their exit code.

        *reasons* is filled with the pages that gave no text, by URL, and why. Raise
        BadArgumentError for a run of a spider that the project does not have.
        """
        process = AsyncCrawlerProcess(settings)
        self._check_runs(found, set(process.spider_loader.list()))
        left = iter(found)

        def next_run(_: Crawler | None) -> PlannedRun | None:
            for run in left:
                crawler = process.create_crawler(run.spider)
                crawler.settings.set("REPLAY_RUN", run.id, priority="cmdline")
                return crawler, run.arguments
            return None

        def on_end(crawler: Crawler) -> None:
            if report := crawler.get_extension(ReportExtension):
                reasons.update(report.reasons)

        runs = RunSequence(process, next_run, refuse=self.refuse, on_end=on_end)
        with shared_processes_held(), _kept_open(process.settings):
            runs.begin()
            process.start()
        return runs.exit_code

    def _check_runs(self, found: Iterable[Run], spiders: Collection[str]) -> None:
        """Raise BadArgumentError for runs of spiders that the project lacks.

        And for those of entries that are in no sources file now.
        """
        known = services(self.reader.SOURCES_FILE)
        wanted = Counter[str]()
        for run in found:
            if run.spider not in spiders:
                fix = f"the project has no such spider, and the run of {run.started} needs it"
                raise BadArgumentError("spider", run.spider, fix)
            wanted[run.arguments.get("service", "")] += 1
        missing = [key for key in sorted(wanted) if key and key not in known]
        if missing:
            names = ", ".join(missing[:_MOST_NAMED]) + (" …" if missing[_MOST_NAMED:] else "")
            runs = sum(wanted[key] for key in missing)
            raise BadArgumentError(
                "SOURCES_FILE",
                str(self.reader.SOURCES_FILE or ""),
                f"{runs:,} archived runs are of entries that it lacks ({names}): name the file "
                "with them, or replay others with --source",
            )


@contextmanager
def _scratch(archive: Archive) -> Iterator[Archive]:
    """Yield an empty archive beside *archive*, and remove it at the end."""
    with scratch_folder(archive.folder, REPLAY_SCRATCH) as folder:
        yield Archive(folder=folder, corpus=Corpus(folder, _TEMPLATE))


@contextmanager
def _kept_open(settings: BaseSettings) -> Iterator[None]:
    """Keep the archive of *settings* open from run to run: to open and seal it takes long."""
    archive, holder = ProcessArchive.of(SettingsReader(settings), "replay"), object()
    archive.writer_fields = {}
    archive.join(holder)
    try:
        yield
    finally:
        archive.leave(holder)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the command in order, until the runs take them over."""

    def end(number: int, frame: object) -> NoReturn:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs in the archives of *settings*, of *sources* alone if they are given.

    They are read one by one: there may be a million of them.
    """

    settings: Settings
    sources: Collection[str] | None

    def __iter__(self) -> Iterator[Run]:
        reader = SettingsReader(self.settings)
        try:
            # The replays have the same one, and name its faults.
            index = ReplayIndex.of(reader)
        except BadArgumentError:  # there is no archive at all
            return
        runs = runs_from(index.lookup, sources=self.sources)
        yield from (run for run in runs if run.spider != READING)


def _warcs(archive: Archive) -> list[str]:
    """Return the folder of the WARC files, and the addresses of those that are not there."""
    away = [str(file) for file in archive.sealed() if isinstance(file, RemoteFile)]
    folder = [str(archive.warcs)] if sealed_warcs(archive.warcs) or not away else []
    return [*folder, *away]


def _settings(settings: BaseSettings, warcs: list[str], replayed: Archive) -> Settings:
    replaced = {
        "ARCHIVE_MODE": "replay",
        "REPLAY_FROM": warcs,
        "ARCHIVES_DIR": str(replayed.folder),
        "CORPUS_PATH": _TEMPLATE,
        "STATE_URI": "",
        "FEEDS": {},
        # A month of rounds is thousands of runs, and nobody reads what each leaves in the folder.
        "REPORT_IDLE_RUNS": False,
        "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
    }
    if (settings.getpriority("LOG_LEVEL") or 0) < SETTINGS_PRIORITIES["cmdline"]:
        replaced["LOG_LEVEL"] = "WARNING"
    ours = Settings(settings.copy())
    ours.setdict(replaced, priority="cmdline")
    return ours


def _compare(
    archive: Archive,
    replayed: Archive,
    sources: Collection[str] | None,
    reasons: Mapping[str, str],
    *,
    applies: bool,
) -> Counter[str]:
    """Print what came out differently. Return counts by verdict.

    *reasons* says of pages, by URL, why they gave no text. If it *applies*, a different text
    becomes a revision of the archive's.
    """
    counts: Counter[str] = Counter()
    different: list[Comparison] = []
    with corpora(archive, replayed) as (held, made):
        for comparison in compare(held, made, sources):
            counts[comparison.verdict] += 1
            if comparison.verdict != "identical":
                sys.stdout.write(lines(comparison, reasons))
                different.append(replace(comparison, diff=()))
        if applies:
            apply_revisions(different, held, made, SOFTWARE)
    return counts
