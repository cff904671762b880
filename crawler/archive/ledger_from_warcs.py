"""The ledger made from WARC files: what each record of theirs means for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from crawler.archive.article_records import (
    ArticleMetadata,
    BadMetadataError,
    has_text,
    holding,
    identity,
    read_metadata,
)
from crawler.archive.holding_texts import hold_text
from crawler.archive.json_records import is_name, nameless
from crawler.archive.life_records import read_life_event, take_events
from crawler.archive.outcome_records import read_outcome, take
from crawler.archive.read_before import ReadBefore
from crawler.archive.run_end_records import read_run
from crawler.archive.visit_records import read_visits, take_visits
from crawler.items import RecordRef
from crawler.state.store import Capture, Store, WarcFile, find_holding
from crawler.storage.remote_file import StoredFile
from crawler.warc.message import status
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.runs import begins_file

_MAX_BYTES = 1 << 24
_SHA1 = re.compile(r"sha1:[A-Z2-7]{32}")


def read_into_ledger(
    path: StoredFile,
    store: Store,
    start: int = 0,
    end: int | None = None,
    *,
    files: Collection[str] = (),
) -> list[Fault]:
    """Read the sealed WARC file at *path* from byte *start* to *end* into the ledger, all at once.

    The ledger knows what is before *start*, and what was in *files*, which are called so in their
    warcinfo records: that is not read once more (`crawler.archive.read_before`). Return the bytes
    that are no whole record, and the metadata records with invalid values. Raises OSError.
    """
    with store.transaction():
        store.put_warc(WarcFile(name=path.name, size=path.stat().st_size, sealed=True))
        return list(_RecordsToLedger(path.name, store, files).faults(path, start, end))


class _RecordsToLedger:
    """Takes the records of one file into the ledger, in their order.

    ``_conversions`` are those whose metadata records are still to come, by their ids. ``_page`` is
    the id of the answer just read, and the capture that has its payload: its request follows.
    """

    def __init__(self, file: str, store: Store, files: Collection[str]) -> None:
        self._file = file
        self._store = store
        self._before = ReadBefore(store, files)
        self._conversions: dict[str, RecordRef] = {}
        self._page: tuple[str, RecordRef] | None = None

    def faults(self, path: StoredFile, start: int, end: int | None) -> Iterator[Fault]:
        for item in read_records(path, start=start, end=end):
            if isinstance(item, Fault):
                yield item
            elif not is_name(item.id):
                reason = f"its WARC-Record-ID has {len(item.id):,} letters"
                yield Fault(offset=item.offset, length=item.length, reason=reason)
            elif begins_file(item):
                self._before.begin(item)
            elif item.type in {"response", "revisit"}:
                self._read_answer(item)
            elif item.type == "request":
                self._read_request(item)
            elif item.type == "conversion":
                ref = item.ref(self._file)
                self._conversions[ref.record_id] = ref
            elif item.type == "metadata":
                yield from self._read_metadata(item)

    def _read_answer(self, record: Record) -> None:
        """Hold the capture of a response; its request, which follows, may make it a page."""
        payload_digest = record.header("WARC-Payload-Digest") or ""
        if not _SHA1.fullmatch(payload_digest) or self._before.has_answer(record, payload_digest):
            return
        original: RecordRef | None
        if record.type == "revisit":
            original = self._store.original(payload_digest)
        elif record.header("WARC-Truncated"):
            return
        else:
            original = record.ref(self._file)
            self._store.put_captures([Capture(ref=original, payload_digest=payload_digest)])
        if original and status(record.block) == "200":
            self._page = record.header("WARC-Record-ID") or "", original

    def _read_request(self, record: Record) -> None:
        """Note the capture of a page as the last one, if the answer before is that to a GET."""
        page, self._page = self._page, None
        if page and record.header("WARC-Concurrent-To") == page[0] and record.block[:4] == b"GET ":
            self._store.put_pages({record.header("WARC-Target-URI") or "": page[1]})

    def _read_metadata(self, record: Record) -> Iterator[Fault]:
        try:
            metadata = read_metadata(record)
        except BadMetadataError as error:
            yield Fault(offset=record.offset, length=record.length, reason=str(error))
        else:
            if metadata and has_text(metadata):
                self._apply_text(record, metadata)
            elif self._before.is_read:
                return
            elif metadata:
                self._apply(metadata)
            elif outcome := read_outcome(record, record.ref(self._file)):
                take(self._store, [outcome])
            elif event := read_life_event(record, self._file):
                take_events(self._store, [event])
            elif ended := read_run(record, self._file):
                run, visits = ended
                self._store.put_run(run)
                take_visits(self._store, visits)
            elif visits := read_visits(record):
                take_visits(self._store, visits)
            elif why := nameless(record, _MAX_BYTES):
                yield Fault(offset=record.offset, length=record.length, reason=why)

    def _apply(self, metadata: ArticleMetadata) -> None:
        if metadata["verdict"] == "touched":
            self._store.touch(metadata["key"], metadata["source"], metadata["modified"] or "")
        else:
            self._identify(metadata)

    def _apply_text(self, record: Record, metadata: ArticleMetadata) -> None:
        conversion = self._conversions.pop(record.header("WARC-Concurrent-To") or "", None)
        if conversion is None:
            return
        article = holding(metadata, conversion)
        if not self._before.has_text(article):
            hold_text(self._store, article)
            if post := metadata.get("post"):
                self._store.put_posts(article.source, [(post, article.key)])

    def _identify(self, metadata: ArticleMetadata) -> None:
        held = find_holding(self._store, metadata["held"]["key"], metadata["held"]["source"])
        taken = find_holding(self._store, metadata["key"], metadata["source"])
        if held and not held.guid and not taken:
            self._store.identify(held, replace(held, **identity(metadata)))
