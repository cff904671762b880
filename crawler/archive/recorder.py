"""Recording an archive: WARC records first, then the ledger, then the index."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.archive.outcome_records import changed, outcome_record, take, with_refs
from crawler.state.store import Capture, Outcome, Store, WarcFile
from crawler.warc.message import status
from crawler.warc.records import exchange_records
from crawler.warc.spool import free_memory

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

    from crawler.items import RecordRef
    from crawler.warc.exchange import Exchange
    from crawler.warc.index_writer import IndexWriter
    from crawler.warc.writer import WarcWriter

_REMEMBERED = 5000  # payload digests that are in memory, and not looked up in the ledger

Change = Callable[[Store], object]
"""The change of the ledger that belongs to a written record, or needs none."""


@dataclass(slots=True, kw_only=True, eq=False)
class RecordedRun:
    """A run whose records are written.

    ``fields`` are those of its warcinfo record (`crawler.warc.runs.new_run`), empty for what is of
    no run. ``counts`` are stats, ``files`` the final names of the files that it has records in.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)


class Recorder:
    """Writes records at once, and commits them in groups. Runs may take turns.

    `commit` is the moment from which they count: the WARC file is on the disk, and the ledger
    holds, in one transaction, how much of it counts, its captures and what changed. A crash
    before leaves a tail that the next start cuts off. ``uncommitted`` counts the calls that wait
    for it; ``sealed`` names the finished files, *on_sealed* is called behind each. What is written
    for no run counts for ``no_run``.
    """

    def __init__(
        self,
        writer: WarcWriter,
        store: Store,
        index: IndexWriter,
        on_sealed: Callable[[], object] = lambda: None,
    ) -> None:
        self._writer = writer
        self._on_sealed = on_sealed
        self._store = store
        self._index = index
        self._captures: list[Capture] = []
        self._by_digest: dict[str, RecordRef] = {}
        # Looking each payload up slows the writer down, and a ledger that was empty has only what
        # is remembered here.
        self._ledger_may_know = bool(store.node or store.warcs())
        self._pages: dict[str, RecordRef] = {}
        self._changes: list[Change] = []
        self._waiting: list[RecordedRun] = []
        self._sync_failed = False
        self.no_run = RecordedRun()
        self.uncommitted = 0
        self.sealed: list[str] = []

    def write_exchange(
        self, exchange: Exchange, ref: RecordRef, run: RecordedRun | None = None
    ) -> None:
        """Write the records of *exchange*, filling in *ref*. Raises OSError."""
        run = run or self.no_run
        built = exchange_records(exchange, ref, self)
        written = self._append(built, [ref], run)
        run.counts["exchanges"] += 1
        if not exchange.truncated:
            self._remember(built[0], ref, is_page=_is_page(exchange))
        self._add_lines(built, written, exchange.request)
        free_memory(exchange.response)

    def write(
        self,
        built: Sequence[ArcWarcRecord],
        refs: Sequence[RecordRef] = (),
        change: Change | None = None,
        run: RecordedRun | None = None,
    ) -> None:
        """Write the records *built*, filling in *refs* of the first ones.

        *change* goes into the ledger with the commit that covers them. Raises OSError.
        """
        written = self._append(built, refs, run)
        if change:
            self._changes.append(change)
        self._add_lines(built, written)

    def write_outcomes(self, outcomes: Iterable[Outcome], run: RecordedRun | None = None) -> None:
        """Write a record for each of *outcomes* that the ledger does not have. Raises OSError."""
        fresh = with_refs(changed(self._store, outcomes, archived=True))
        refs = [outcome.record for outcome in fresh if outcome.record]
        if fresh:
            built = [outcome_record(*pair) for pair in zip(fresh, refs, strict=True)]
            self.write(built, refs, lambda store: take(store, fresh), run)

    def change(self, change: Change) -> None:
        """Make *change* of the ledger, which no record tells, with the next commit."""
        self._changes.append(change)
        self.uncommitted += 1

    def do(self, action: Change) -> None:
        """Do *action* with the ledger now, apart from what waits for the commit."""
        action(self._store)

    def _append(
        self, built: Sequence[ArcWarcRecord], refs: Sequence[RecordRef], run: RecordedRun | None
    ) -> list[RecordRef]:
        run = run or self.no_run
        if self._writer.is_due:
            self.seal()
        written = self._writer.write(built, run.fields or None)
        for ref, new in zip(refs, written, strict=False):
            ref.file, ref.offset, ref.length = new.file, new.offset, new.length
        self.uncommitted += 1
        run.counts["bytes"] += sum(ref.length for ref in written)
        run.counts.update(f"records/{record.rec_type}" for record in built)
        if run not in self._waiting:
            self._waiting.append(run)
        if not run.files or run.files[-1] != self._writer.name:
            run.files.append(self._writer.name)
        return written

    def _add_lines(
        self, built: Sequence[ArcWarcRecord], written: Sequence[RecordRef], request: bytes = b""
    ) -> None:
        try:
            for record, ref in zip(built, written, strict=True):
                self._index.add(record, ref, request)
        except OSError:
            self._index.give_up()
            raise

    def commit(self) -> None:
        """Make all that was written count. Raises OSError."""
        if not self.uncommitted:
            return
        self._sync()
        self._store.atomically(self._put_written)
        self._captures, self._changes = [], []
        if len(self._by_digest) > _REMEMBERED:
            self._by_digest.clear()
            self._ledger_may_know = True
        self._pages.clear()
        self.uncommitted = 0
        waiting, self._waiting = self._waiting, []
        for run in waiting:
            run.counts["commits"] += 1

    def _put_written(self) -> None:
        if self._writer.size:
            self._store.put_warc(WarcFile(name=self._writer.name, size=self._writer.size))
        self._store.put_captures(self._captures)
        self._store.put_pages(self._pages)
        for change in self._changes:
            change(self._store)

    def _sync(self) -> None:
        # Linux reports a failed fsync once: a second one would succeed although pages are lost.
        if self._sync_failed:
            raise OSError(errno.EIO, "an earlier fsync failed, and what it was for is in doubt")
        self._sync_failed = True
        self._writer.sync()
        self._sync_failed = False

    def seal(self) -> None:
        """Commit, and give the current file its final name. Raises OSError."""
        self.commit()
        name, size = self._writer.name, self._writer.size
        self._writer.close()
        if size:
            self._store.put_warc(WarcFile(name=name, size=size, sealed=True))
            self.sealed.append(name)
            self._index.seal(name, size)
            self._on_sealed()

    def finish(self) -> None:
        """Seal, and merge what is full of the index. Raises OSError."""
        self.seal()
        if self.sealed:
            self._index.merge()

    def finish_if_due(self) -> None:
        """Finish the current file if it is as large or as old as it may become. Raises OSError."""
        if self._writer.is_due:
            self.finish()

    def with_payload(self, payload_digest: str) -> RecordRef | None:
        """See `crawler.warc.records.KnownCaptures`."""
        found = self._by_digest.get(payload_digest)
        if found is None and self._ledger_may_know:
            return self._store.original(payload_digest)
        return found

    def latest(self, uri: str) -> RecordRef | None:
        """See `crawler.warc.records.KnownCaptures`."""
        return self._pages.get(uri) or self._store.latest(uri)

    def _remember(self, record: ArcWarcRecord, ref: RecordRef, *, is_page: bool) -> None:
        """Note a complete answer, so that later ones with its payload become revisits."""
        payload_digest = record.rec_headers.get_header("WARC-Payload-Digest")
        original: RecordRef | None = ref
        if record.rec_type == "response":
            self._captures.append(Capture(ref=ref, payload_digest=payload_digest))
            self._by_digest.setdefault(payload_digest, ref)
        else:
            original = self.with_payload(payload_digest) if is_page else None
        if is_page and original:
            self._pages[ref.uri] = original


def _is_page(exchange: Exchange) -> bool:
    """Return whether a later 304 may refer to the answer of *exchange*."""
    return exchange.method == "GET" and status(exchange.response) == "200"
