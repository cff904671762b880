"""Another archive of Newsreel merged into that of the run, before its ledger is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.archive.folder import open_warcs
from crawler.archive.merging import MergedFiles, has_text, merge_files
from crawler.exceptions import StorageError
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.process_archive import ProcessArchive
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader


class MergeExtension:
    """Has a copy of each WARC file that the spider takes for one of ours (its ``ours``).

    The ledger then reads them as any file that it does not know. Reports how many articles they
    hold, and which files beside them were left out because they are not sealed.
    """

    def __init__(self, crawler: Crawler, warcs: Path, files: Sequence[Path]) -> None:
        self._crawler = crawler
        self._warcs = warcs
        self._files = files
        self._merged = MergedFiles()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        files: list[Path] = getattr(crawler.spider, "ours", [])
        if not files:
            raise NotConfigured
        settings = SettingsReader(crawler.settings)
        extension = cls(crawler, settings.ARCHIVES_DIR / "warc", files)
        ProcessArchive.of(settings).before_open = extension.merge
        crawler.signals.connect(extension.report, signals.spider_opened)
        return extension

    def merge(self) -> None:
        """Copy the files. Raise `StorageError`."""
        try:
            self._merged = merge_files(self._files, self._warcs)
        except OSError as error:
            raise StorageError(f"the archives could not be merged: {error}") from error

    @property
    def _unsealed(self) -> Iterator[Path]:
        for folder in sorted({path.parent for path in self._files}):
            yield from open_warcs(folder)

    def report(self) -> None:
        """Count the articles in the files that were merged, and name what was not."""
        report = required(self._crawler, ReportExtension)
        store = required(self._crawler, LedgerExtension).store
        new, held = self._merged.new, self._merged.held
        report.count("merged", store.count_articles(new))
        report.got(held=store.count_articles(held))
        if not any(has_text(self._warcs / name) for name in (*new, *held)):
            report.problem(
                "merge_empty",
                f"the {len(new) + len(held)} WARC files that were merged hold no article: their "
                "own runs say why (scrapy replay); give source=… to read the captures anew",
            )
        for name, number in (("new", len(new)), ("held", len(held))):
            self._crawler.stats.set_value(f"merge/files/{name}", number)
        for path in self._unsealed:
            report.problem(
                "merge_unsealed",
                f"{path} is not sealed: end the run that writes it, or crawl there once more, "
                "then merge again",
            )
