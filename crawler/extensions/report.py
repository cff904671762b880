"""The report of a run: what it got, what it did not get, and its exit code."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.exceptions import (
    ArticleDropped,
    NewsreelError,
    SourceUnreadableError,
    StorageError,
    UnstoredArticle,
)
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.details_log import DetailsLog
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.run_end import RunEnd
from crawler.extensions.run_losses import INCOMPLETE, NOT_IN_ARCHIVE, RunLosses
from crawler.extensions.signals import archive_closing, archive_sealed, storage_failed
from crawler.reports.report_json import write_report
from crawler.reports.run import Problem, RunReport, stem
from crawler.reports.run_page import write_page
from crawler.settings_reader import SettingsReader
from crawler.warc.runs import without_secrets

logger = logging.getLogger(__name__)

_FLAGGED = "clean/flagged/"


class ReportExtension(RunLosses):
    """The report of the run, which is written at its end.

    ``exit_code`` is 0 for a complete run, 3 for one with problems, else that of a fatal error.
    ``end`` notes it in archive and ledger.
    """

    def __init__(self, crawler: Crawler, report: RunReport, folder: Path) -> None:
        super().__init__(crawler, report)
        self._folder = folder
        self._writes_idle = SettingsReader(crawler.settings).REPORT_IDLE_RUNS
        self._details = DetailsLog(crawler, report)
        self.end = RunEnd(crawler, report)
        self._closing: asyncio.Task[None] | None = None
        self._interrupted = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        archives = SettingsReader(crawler.settings).ARCHIVES_DIR
        report = RunReport(
            spider=crawler.spidercls.name,
            source=getattr(crawler.spider, "source", ""),
            started=_now(),
            arguments=without_secrets(getattr(crawler.spider, "arguments", {})),
        )
        extension = cls(crawler, report, archives / "reports")
        for signal, handler in extension._handlers().items():
            crawler.signals.connect(handler, signal)
        return extension

    def _handlers(self) -> dict[object, Any]:
        return {
            signals.item_scraped: self.item_scraped,
            signals.item_dropped: self.item_dropped,
            signals.item_error: self.item_error,
            signals.spider_error: self.spider_error,
            signals.spider_closed: self.spider_closed,
            signals.engine_stopped: self.finish,
            archive_closing: self.archive_closing,
            archive_sealed: self.archive_sealed,
            storage_failed: self.fatal,
        }

    @property
    def exit_code(self) -> int:
        """The exit code that the run would end with now."""
        return self.report.exit_code

    def fatal(self, error: NewsreelError) -> None:
        """End the run for *error*, whose exit code becomes the run's."""
        if self._closing:
            return
        if self._interrupted and isinstance(error, SourceUnreadableError):
            self.problem("stopped", str(error))
            return
        message = self._redacted(str(error))
        logger.error("%s", message)
        self._stats.inc_value(f"report/fatal/{type(error).__name__}")
        self.report.problems.put_first(Problem("fatal", message))
        is_incomplete_replay = self.report.exit_code == NOT_IN_ARCHIVE
        if not (is_incomplete_replay and isinstance(error, SourceUnreadableError)):
            self.report.exit_code = error.exit_code
        closing = self._crawler.engine.close_spider_async(reason=type(error).__name__)
        self._closing = asyncio.get_running_loop().create_task(closing)

    def interrupted(self, signum: int) -> None:
        """Note that the signal *signum* ended the run, unless a fatal error did before."""
        self._interrupted = True
        if archive := self._crawler.get_extension(ArchiveExtension):
            archive.hurry(SettingsReader(self._crawler.settings).SHUTDOWN_GRACE)
        if self.report.exit_code in (0, INCOMPLETE, NOT_IN_ARCHIVE):
            self.report.exit_code = 128 + signum

    def count(self, outcome: str, number: int = 1) -> None:
        """Count a *number* of articles by their outcome."""
        if number:
            self._stats.inc_value(f"article/{outcome}", number)
            self.report.articles[outcome] = self.report.articles.get(outcome, 0) + number

    def count_change(self, kind: str) -> None:
        """Count a change of a held article that its text has no part in."""
        self._stats.inc_value(f"article/{kind}")
        self.report.changed[kind] = self.report.changed.get(kind, 0) + 1

    def count_held(self, outcome: str, *, syndicated: bool) -> None:
        """Count an article that the ledger holds now; a *syndicated* one has another's text."""
        self.count(outcome)
        if syndicated:
            self._stats.inc_value("article/syndicated")
            self.report.syndicated += 1

    def count_incomplete(self, url: str, evidence: str) -> None:
        """Count an article that the ledger holds now with an incomplete text, and name it."""
        self._stats.inc_value("article/incomplete")
        self.report.incomplete += 1
        self.incomplete(url, evidence)

    def incomplete(self, url: str, evidence: str) -> None:
        """Name an article of which the whole text could not be got."""
        self.problem("text_incomplete", f"{url}: {evidence}")

    def note_written(self, file: str) -> None:
        """Note a text file that was written."""
        self.report.text_files.append(file)

    def item_scraped(self, item: Any) -> None:
        """Note that the address of an article gives a text."""
        if ItemAdapter.is_item(item):
            fields = ItemAdapter(item)
            self.got([str(fields.get("url") or "")], source=str(fields.get("source") or ""))

    def item_dropped(self, item: Any, exception: Exception) -> None:
        """Count a dropped article under its reason."""
        if not isinstance(exception, ArticleDropped):
            self.lose("own_choice", _address(item), str(exception))
            return
        if exception.reason in ("duplicate", "earlier"):
            if exception.reason == "duplicate":  # the archive counted the other
                self.count("duplicate")
            self.item_scraped(item)
            return
        self._stats.inc_value(f"article/dropped/{exception.reason}")
        dropped = self.report.dropped
        dropped[exception.reason] = dropped.get(exception.reason, 0) + 1
        if not isinstance(exception, UnstoredArticle):
            self._lose_article(item, exception)

    def _lose_article(self, item: Any, exception: ArticleDropped) -> None:
        fields = ItemAdapter(item)
        record, address = fields.get("record"), _address(item)
        self.lose(
            exception.reason,
            address,
            str(exception).removeprefix(f"{address}: "),
            at=getattr(record, "date", ""),
            source=str(fields.get("source") or ""),
        )

    @contextmanager
    def storing(self, url: str) -> Iterator[None]:
        """End the run if the article at *url* cannot be stored, and drop the article."""
        try:
            yield
        except (OSError, StorageError) as error:
            failure = error if isinstance(error, StorageError) else StorageError(str(error))
            self.fatal(failure)
            raise UnstoredArticle(f"{url}: {failure}") from error

    def item_error(self, item: Any, failure: Failure) -> None:
        """Name an article that a pipeline failed on."""
        self.lose("item_error", _address(item), failure.getErrorMessage())

    def spider_error(self, failure: Failure, response: Any) -> None:
        """Name a page that the spider failed on."""
        url = getattr(response, "url", "the start of the crawl")
        if isinstance(failure.value, OSError):
            self.fatal(StorageError(str(failure.value)))
            return
        self.lose("spider_error", url, failure.getErrorMessage())

    def archive_closing(self) -> None:
        """Note how the run ended: only what comes of sealing the archive is not known yet."""
        self.conclude()
        self._fill_in()
        self.end.note()

    def archive_sealed(self, files: Sequence[str], not_uploaded: Sequence[str]) -> None:
        """Note the paths of the finished WARC files, and what could not be uploaded."""
        self.report.warc_files = list(files)
        for message in not_uploaded:
            self.problem("not_uploaded", message)

    def spider_closed(self, reason: str) -> None:
        """Note why the run ended; unless it is "finished", something is left undone."""
        self.report.reason = reason
        if reason != "finished" and not self.exit_code:
            self.problem("stopped", f"the run was stopped before its end: {reason}")

    def finish(self) -> None:
        """Write the report, when everything else is closed."""
        self.conclude()
        self._fill_in()
        self._write()
        self.end.settle()

    def _fill_in(self) -> None:
        report, value = self.report, self._stats.get_value
        report.finished = _now()
        report.requests = value("downloader/request_count", 0)
        report.responses = value("downloader/response_count", 0)
        report.payload_bytes = value("downloader/response_bytes", 0)
        report.stats = {
            name: str(value) if isinstance(value, datetime) else value
            for name, value in self._stats.get_stats().items()
        }
        report.flagged = {
            key.removeprefix(_FLAGGED): number
            for key, number in report.stats.items()
            if key.startswith(_FLAGGED)
        }
        self._details.fill_in()
        if archive := self._crawler.get_extension(ArchiveExtension):
            report.run = archive.run
        if ledger := self._crawler.get_extension(LedgerExtension):
            report.text_folder = str(ledger.corpus.root)

    def _write(self) -> None:
        report = self.report
        if report.is_idle and not self._writes_idle:
            return
        path = self._folder / f"{stem(report.started, report.spider)}.json"
        page = None if report.is_idle else path.with_suffix(".html")
        report.file, report.page = str(path), str(page or "")
        try:
            write_report(report, path)
            if page:
                write_page(report, page)
        except OSError as error:
            logger.error("The report could not be written to %s: %s", path, error)
            report.file = report.page = ""
            if report.exit_code in (0, INCOMPLETE):  # nobody could read what is missing
                report.exit_code = StorageError.exit_code


def _address(item: Any) -> str:
    """Return the address of *item*, or what else it is known by."""
    if not ItemAdapter.is_item(item):
        return ""
    fields = ItemAdapter(item)
    return str(fields.get("url") or fields.get("guid") or "an item without url")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
