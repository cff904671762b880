"""The archive that a run is replayed from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property
from itertools import dropwhile, islice
from typing import Self
from urllib.parse import urldefrag

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import BadArgumentError, NotInArchive, printable
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.replay_index import INDEX, ReplayIndex
from crawler.extensions.report import ReportExtension
from crawler.items import RecordRef
from crawler.replay.answer_order import AnswerOrder
from crawler.replay.archived_runs import find_runs, runs_from
from crawler.replay.capture_index import highest_ordinal, ordinal
from crawler.replay.playback import (
    NoCaptureError,
    Playback,
    PlaybackAnswer,
    PlaybackRequest,
    UnreadableCaptureError,
    documents,
)
from crawler.settings_reader import SettingsReader
from crawler.warc.lookup import IndexLookup
from crawler.warc.runs import Run, without_secrets
from crawler.warc.spool import Buffer
from crawler.warc.warc_dates import precise_timestamp

logger = logging.getLogger(__name__)


class ReplayExtension:
    """The archive of ``REPLAY_FROM``, which answers the requests of a run.

    Its runs of the spider and source are replayed one by one: ``REPLAY_RUN`` is the id of one, by
    default of the first. With ``REPLAY_AT``, a date, each request gets the capture that is closest
    to it.
    """

    def __init__(
        self,
        crawler: Crawler,
        index: ReplayIndex,
        playback: Playback,
        run: Run | None,
    ) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._opened = index
        self._index = index.lookup
        self._playback = playback
        self._run = run
        self._order = AnswerOrder(self._is_held_up)
        self._most_items = SettingsReader(crawler.settings).CONCURRENT_ITEMS

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        at = settings.REPLAY_AT or None
        index = ReplayIndex.of(settings)
        run = None if at else _find_run(index.lookup, _kind(crawler), settings.REPLAY_RUN)
        logger.info("Replaying %s", _described(run, at, index.files))
        extension = cls(crawler, index, Playback(index.lookup, run=run, at=at), run)
        crawler.signals.connect(extension.open, signals.spider_opened)
        crawler.signals.connect(extension.close, signals.engine_stopped)
        return extension

    @cached_property
    def next_run(self) -> str | None:
        """The id of the run after this one, if there is one; also when this one has ended."""
        if self._run is None:
            return None
        path = SettingsReader(self._crawler.settings).ARCHIVES_DIR / INDEX
        kind, this = _kind(self._crawler), self._run.id
        with IndexLookup(path) as index:
            runs = runs_from(index, precise_timestamp(self._run.started), kind[1:])
            ids = (run.id for run in runs if (run.spider, run.source) == kind)
            behind = dropwhile(lambda found: found != this, ids)
            return next(islice(behind, 1, None), None)

    def open(self) -> None:
        """Give articles the file names that they had, and report damage in the archive."""
        required(self._crawler, LedgerExtension).reuse_ordinals(
            self.ordinal, highest_ordinal(self._index)
        )
        report = required(self._crawler, ReportExtension)
        for fault in self._opened.faults:
            report.problem("warc_damaged", fault)

    def answer(self, request: PlaybackRequest, *, is_needed: bool = True) -> PlaybackAnswer:
        """Return what the archive answers; a missing answer that *is_needed* is a problem.

        Raise `NotInArchive` and `UnreadableCaptureError`.
        """
        try:
            answer = self._playback.answer(request)
        except NoCaptureError as error:
            missing = NotInArchive(error.wanted, error.nearest)
            self._stats.inc_value("replay/not_in_archive")
            if is_needed:
                required(self._crawler, ReportExtension).not_in_archive(str(missing))
            raise missing from error
        except UnreadableCaptureError as error:
            self._unreadable(str(error))
            raise
        self._stats.inc_value("replay/revisits" if answer.is_revisit else "replay/captures")
        return answer

    def _unreadable(self, fault: str) -> None:
        self._stats.inc_value("replay/unreadable")
        required(self._crawler, ReportExtension).problem("capture_unreadable", fault)

    def has(self, method: str, url: str) -> bool:
        """Return whether the archived run made such a request."""
        return self._playback.has(PlaybackRequest(method=method, url=urldefrag(url)[0]))

    @property
    def is_same_run(self) -> bool:
        """Whether the spider has the arguments of the archived run: it asks for the same then."""
        arguments = without_secrets(getattr(self._crawler.spider, "arguments", {}))
        return self._run is not None and self._run.arguments == arguments

    def queries(self, url: str) -> list[str]:
        """Return the URLs that the run asked for with the path of *url* and a query, in order."""
        return self._playback.queries(url)

    async def wait_in_order(self, answer: PlaybackAnswer) -> None:
        """Wait until *answer* is the next one, in the order in which the archived run got them."""
        if answer.position:
            await self._order.wait(answer.position)

    def _is_held_up(self) -> bool:
        """Return whether a callback may have to wait before it requests more.

        It waits for room for its items, and while the spider's ``pages_under_way`` are above 0.
        """
        slot = self._crawler.engine.scraper.slot
        is_full = slot is not None and slot.itemproc_size >= self._most_items
        return is_full or getattr(self._crawler.spider, "pages_under_way", 0) > 0

    def documents(self) -> Iterator[tuple[Buffer, RecordRef]]:
        """Return the documents that the run had imported, and their records."""
        return documents(self._index, self._run, self._unreadable) if self._run else iter(())

    def ordinal(self, key: str, source: str) -> int | None:
        """Return the ordinal that an article had, or None."""
        return ordinal(self._index, key, source)

    def close(self) -> None:
        """Close the index."""
        self._opened.close()


def _kind(crawler: Crawler) -> tuple[str, str]:
    """Return spider and source of the runs that may be replayed."""
    return crawler.spidercls.name, getattr(crawler.spider, "source", "")


def _find_run(index: IndexLookup, kind: tuple[str, str], wanted: str) -> Run | None:
    """Return the run *wanted* of that *kind*, or the first; None if there is none at all.

    An archive may have a hundred thousand of them, which are replayed one by one.
    """
    if wanted and (found := find_runs(index, *kind, wanted)):
        return found[0]
    found = find_runs(index, *kind)
    if wanted and found:
        ids = ", ".join(run.id for run in found)
        raise BadArgumentError("REPLAY_RUN", wanted, f"the runs are {ids}")
    return found[0] if found else None


def _described(run: Run | None, at: str | None, files: int) -> str:
    where = f"{files} files"
    if run:
        return printable(f"the run of {run.started} with {run.arguments} from {where}")
    return f"{where}, {f'what is closest to {at}' if at else 'all captures in their order'}"
