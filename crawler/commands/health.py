"""``scrapy health [SOURCE…]``: how each source is, and whether somebody should look."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.commands.base import NewsreelCommand, configured_archive, storage_errors
from crawler.exceptions import BadArgumentError, StorageError
from crawler.rounds.health_metrics import write_metrics
from crawler.rounds.health_report import as_json, table
from crawler.rounds.notices import check_notices, notify_turns
from crawler.rounds.source_health import SourceHealth, all_health
from crawler.sources.known_services import services
from crawler.sources.round_sources import round_sources
from crawler.state.store import Store


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a table, or JSON; exit code 3 if a source is silent or failing."""

    usage = "[options] [source ...]"
    summary = "Show how each source is: when it was read, what it brings, and what is wrong"
    description = (
        "For each source, or those named (by source or by key of the sources file): when it was "
        "read last, when its last story was published, its stories this week and usually, reads in "
        "a row that failed, its longest pause of the year, when it is read next, and a verdict: "
        "good, young, quiet, silent, failing or never read. Exit code 3 if one is silent or "
        "failing. It only reads, also beside a crawl."
    )
    words = (0, math.inf)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        parser.add_argument(
            "--notify",
            action="store_true",
            help="tell the address of HEALTH_NOTIFY of verdicts that turned, once",
        )
        parser.add_argument(
            "--prometheus", metavar="FILE", help="write metrics for the textfile collector to FILE"
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        if opts.notify:
            self._check_notify()
        now = datetime.now(UTC)
        store = self._open_store()
        with closing(store) if store else nullcontext():
            with storage_errors():
                found = self._find(store, words, now)
            if opts.prometheus:
                _write(Path(opts.prometheus), found, now)
            sys.stdout.writelines(_lines(found, now, is_json=opts.json))
            sys.stdout.flush()
            if opts.notify and store:
                notify_turns(store, found, self.reader.HEALTH_NOTIFY)
        return 3 if any(health.verdict.is_alarm for health in found) else 0

    def _open_store(self) -> Store | None:
        """Return the ledger; there need be none before the first of one's sources was read."""
        if self.reader.SOURCES_FILE and not self.reader.ARCHIVES_DIR.is_dir():
            return None
        archive = configured_archive(self.reader)
        with storage_errors():
            return archive.open_store()

    def _check_notify(self) -> None:
        variable = self.reader.HEALTH_NOTIFY
        if not variable:
            raise BadArgumentError(
                "HEALTH_NOTIFY", "", "name the environment variable that holds the address"
            )
        check_notices(variable)

    def _find(self, store: Store | None, names: Sequence[str], now: datetime) -> list[SourceHealth]:
        known = services(self.reader.SOURCES_FILE)
        entries = round_sources(self.reader.SOURCES_FILE)
        left_out = {known[key].source_name for key in known.own if not known[key].enabled}
        left_out -= {entry.source for entry in entries}  # its old entry may be kept, disabled
        try:
            return all_health(store, entries, now, names, left_out)
        except LookupError as error:
            raise BadArgumentError(
                "SOURCE",
                str(error),
                "nothing is held of it, and no entry of SOURCES_FILE is called so; "
                "scrapy health lists all",
            ) from None


def _lines(found: Sequence[SourceHealth], now: datetime, *, is_json: bool) -> list[str]:
    if is_json:
        return [as_json(found, now)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return [f"{line}\n" for line in table(found, now, width)]


def _write(path: Path, found: Sequence[SourceHealth], now: datetime) -> None:
    try:
        write_metrics(path, found, now)
    except OSError as error:
        raise StorageError(f"the metrics were not written: {error}") from error
