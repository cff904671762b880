"""``scrapy report [RUN]``: what a run or a round got and did not get."""

from __future__ import annotations

import argparse
import shutil
import sys
import webbrowser
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    storage_errors,
    write_stderr,
)
from crawler.commands.report_updates import REPORTS, opened
from crawler.exceptions import BadArgumentError
from crawler.reports.document import Document
from crawler.reports.plain_text import WIDTH, plain_text
from crawler.reports.round_page import round_document
from crawler.reports.run import stem
from crawler.reports.run_page import run_document, write_document
from crawler.reports.stored_reports import UnreadableReportError, is_round, read_round, read_run
from crawler.rounds.report_index import ReportIndex
from crawler.rounds.report_pages import rebuild_pages, report_files
from crawler.rounds.told_runs import told_report
from crawler.state.store import Store


class Command(NewsreelCommand, ScrapyCommand):
    """Prints the report, or opens its page; exit code 1 if a file with ``--rebuild`` is none."""

    usage = "[options] [RUN]"
    summary = "Show the report of a run or a round, or open its page"
    description = (
        "Prints the last report, or that of RUN: the id of a run, a source (its last run), the "
        "beginning of the name of a report, or the path of its file. Each run that brought or "
        "missed something, and each round, has a page in ARCHIVES_DIR/reports, which --open shows "
        "in a browser; index.html there is the page over all runs. It only reads, also beside a "
        "crawl."
    )
    words = (0, 1)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--open", action="store_true", help="open the page in a browser")
        parser.add_argument("--all", action="store_true", help="the page over all runs")
        parser.add_argument(
            "--rebuild", action="store_true", help="make all pages anew, from JSON and ledger"
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        archive = configured_archive(self.reader)
        self._folder = archive.folder / REPORTS
        with storage_errors(), opened(archive) as store:
            if opts.rebuild:
                return self._rebuild(store)
            if opts.all:
                page, path = self._all(store), self._folder / "index.html"
            else:
                page, path = self._one(words[0] if words else "", store)
            if opts.open:
                write_document(page, path)
                sys.stdout.write(f"{path}\n")
                webbrowser.open(path.absolute().as_uri())
                return 0
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        sys.stdout.writelines(f"{line}\n" for line in plain_text(page, max(40, width)))
        return 0

    def _rebuild(self, store: Store | None) -> int:
        counts = rebuild_pages(self._folder, store, write_stderr)
        idle = f", {counts['idle']:,} idle runs have none" if counts["idle"] else ""
        sys.stdout.write(f"{counts['pages']:,} pages{idle}, {counts['faults']:,} faults\n")
        return 1 if counts["faults"] else 0

    def _all(self, store: Store | None) -> Document:
        if store is None:
            raise self._unknown("", "there is no ledger: nothing was crawled here yet")
        return ReportIndex(self._folder, store).document(datetime.now(UTC))

    def _one(self, name: str, store: Store | None) -> tuple[Document, Path]:
        path = self._file(name, store)
        if path is None and store and (run := store.run(_id(name)) or store.last_run(name)):
            report = told_report(run)
            page = self._folder / f"{stem(run.started, run.spider)}.html"
            return run_document(report, self._folder), page
        if path is None:
            raise self._unknown(name, "no run, source or report is called so")
        try:
            if is_round(path):
                return round_document(read_round(path)), path.with_suffix(".html")
            return run_document(read_run(path), path.parent), path.with_suffix(".html")
        except UnreadableReportError as error:
            raise self._unknown(name, str(error)) from None

    def _file(self, name: str, store: Store | None) -> Path | None:
        """Return the JSON that *name* means, None if there is none of it."""
        if name and (path := Path(name).with_suffix(".json")).is_file():
            return path
        if not name:
            return max(report_files(self._folder), default=None)
        run = store and (store.run(_id(name)) or store.last_run(name))
        if run:
            path = self._folder / f"{stem(run.started, run.spider)}.json"
            return path if path.is_file() else None
        named = [path for path in report_files(self._folder) if path.name.startswith(name)]
        return max(named, default=None)

    def _unknown(self, name: str, why: str) -> BadArgumentError:
        return BadArgumentError("RUN", name, f"{why}; {self._folder} has the reports")


def _id(name: str) -> str:
    return name if name.startswith("urn:uuid:") else f"urn:uuid:{name}"
