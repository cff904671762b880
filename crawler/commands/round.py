"""``scrapy round``: many sources, when they are due, in one process and one archive."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from datetime import UTC, datetime

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess

from crawler.commands import round_results
from crawler.commands.base import NewsreelCommand, configured_archive, silence_stdout
from crawler.commands.queued_round import QueuedRound
from crawler.commands.reactor_run import run_in_reactor
from crawler.commands.report_updates import PageUpdates, update_pages
from crawler.commands.round_display import display
from crawler.commands.round_notices import RoundNotices
from crawler.commands.round_results import RoundReport, RunResult
from crawler.commands.round_runner import RoundRunner
from crawler.commands.source_runs import set_for_many_runs, sources_to_read
from crawler.commands.watched_sources import WatchedSources
from crawler.exceptions import BadArgumentError
from crawler.sources.round_sources import Source
from crawler.state.postgresql.server import without_password

logger = logging.getLogger(__name__)


class Command(NewsreelCommand, ScrapyCommand):
    """The exit code is that of all runs together (docs/exit-codes.md)."""

    requires_crawler_process = True
    runs_spiders = True
    usage = "[options] [KEY ...]"
    summary = "Read the sources of the sources file that are due"
    description = (
        "Reads the enabled sources of SOURCES_FILE, or those named, that are due: many at once, in "
        "one process, into one archive. A source is due when its interval has passed, or when its "
        "own rhythm asks for it."
    )
    words = (0, float("inf"))

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--tag", default="", help="only sources that have this tag")
        parser.add_argument("--now", action="store_true", help="read them whether due or not")
        parser.add_argument(
            "--watch", action="store_true", help="go on for ever, and read each when it is due"
        )
        parser.add_argument(
            "--here",
            action="store_true",
            help="read them in this process, where workers would (a ledger in PostgreSQL)",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        set_for_many_runs(self.settings)

    def check(self, words: list[str]) -> None:
        if self.reader.ARCHIVE_MODE == "replay":
            fix = "a round asks the sites; scrapy replay makes archived runs again"
            raise BadArgumentError("ARCHIVE_MODE", "replay", fix)

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        sources = sources_to_read(self.reader, words, opts.tag)
        by_workers = self.reader.has_queue and not opts.here
        if by_workers and opts.watch:
            fix = "workers watch the sources (scrapy worker); or add --here"
            raise BadArgumentError("STATE_URI", without_password(self.reader.STATE_URI), fix)
        notices = RoundNotices(sources, self.reader.HEALTH_NOTIFY, watch=opts.watch)
        self._report = RoundReport(started=datetime.now(UTC))
        self._lacks_report = False
        self._pages = PageUpdates(self.reader) if opts.watch else None
        self._watched = None
        if opts.watch:
            self._watched = WatchedSources(self.reader, words, opts.tag, sources)
        if by_workers:
            code = self._read_by_workers(sources, opts)
        else:
            code = self._read(sources, notices, opts)
        if notices.has_failed:
            code = code or round_results.INCOMPLETE
        if not self._report.is_empty:
            written = self._write_report()  # before what may fail: nobody may read it any more
            _print(self._report.table() + written)
            if self._lacks_report and code in (round_results.COMPLETE, round_results.INCOMPLETE):
                code = round_results.STORAGE
        if not self._report.exit_codes and code == round_results.COMPLETE:
            _print(f"none of {len(sources):,} sources is due\n")
        return code

    def _read_by_workers(self, sources: list[Source], opts: argparse.Namespace) -> int:
        """Have workers read what is due, and return the exit code of their runs."""
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        codes: Counter[int] = Counter()
        with display(len(sources)) as shown:

            def ended(result: RunResult) -> None:
                codes[result.exit_code] += 1
                self._add(result)
                shown.ended(result)

            self.reader.ARCHIVES_DIR.mkdir(parents=True, exist_ok=True)  # for the report
            archive = configured_archive(self.reader)
            queued = QueuedRound(self.reader, archive, sources, all_now=opts.now, on_end=ended)
            shown.counts(lambda: queued.planned)
            error = run_in_reactor(process, queued.run())
        self._report.end(datetime.now(UTC), queued.signals.received)
        if error:
            return self.refuse(error)
        return round_results.exit_code(codes, queued.signals.received)

    def _read(self, sources: list[Source], notices: RoundNotices, opts: argparse.Namespace) -> int:
        """Run the round in the reactor, and return its exit code."""
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        codes: Counter[int] = Counter()
        with display(len(sources)) as shown:

            def ended(result: RunResult) -> None:
                codes[result.exit_code] += 1
                self._report.add_repairs(runner.repairs)
                self._report.add_not_uploaded(runner.take_not_uploaded())
                self._add(result)
                shown.ended(result)

            runner = RoundRunner(
                process,
                sources,
                notices,
                watched=self._watched,
                all_now=opts.now,
                on_start=shown.started,
                on_end=ended,
                on_wait=shown.watching,
            )
            shown.counts(lambda: runner.planned)
            error = run_in_reactor(process, runner.run())
        self._report.add_repairs(runner.repairs)
        if not error:
            self._report.add_not_uploaded(runner.take_not_uploaded())
        self._report.end(datetime.now(UTC), runner.signals.received)
        if error:
            return self.refuse(error)
        if runner.has_failed:
            return round_results.DEFECT
        code = round_results.exit_code(codes, runner.signals.received)
        return code or (round_results.INCOMPLETE if self._report.not_uploaded else code)

    def _add(self, result: RunResult) -> None:
        """Add *result* to the report; a watch has one for each day, or it would grow for years."""
        now = datetime.now(UTC)
        if self._report.exit_codes and now.date() > self._report.started.date():
            self._report.end(now)
            _print(self._write_report())
            self._report = RoundReport(started=now)
        self._report.add(result)
        if self._pages:
            self._pages.update_if_due()

    def _write_report(self) -> str:
        """Write the report, and return a line that says where it is."""
        try:
            path = self._report.write(self.reader.ARCHIVES_DIR / "reports")
        except OSError as error:
            self._lacks_report = True
            logger.error("The report could not be written: %s", error)
            return ""
        self._lacks_report |= bool(update_pages(self.reader, row=self._report.row))
        return f"report: {path}\n"


def _print(text: str) -> None:
    """Write *text* to stdout, if that goes: what the round did is done, and in its report."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        logger.error("stdout cannot be written: %s", error)
        silence_stdout()
