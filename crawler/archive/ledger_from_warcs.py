"""The ledger, made from the archive: what each record means for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crawler.archive.metadata_record import Facts, UnbelievableError, facts_of, holding, identity
from crawler.items import RecordRef
from crawler.state.store import Capture, Holding, Store, WarcFile
from crawler.warc.message import status
from crawler.warc.reader import Fault, Record, read_records

_SHA1 = re.compile(r"sha1:[A-Z2-7]{32}")


def absorb(path: Path, store: Store, start: int = 0) -> list[Fault]:
    """Read the sealed WARC file at *path* from byte *start* on into the ledger, in one transaction.

    Returns what is no whole record. *start* is where the ledger's knowledge of the file ends.
    Raises OSError.
    """
    reading = _Reading(path.name, store)
    with store.transaction():
        store.put_warc(WarcFile(name=path.name, size=path.stat().st_size, sealed=True))
        return list(reading.faults(path, start))


class _Reading:
    def __init__(self, file: str, store: Store) -> None:
        self.file = file
        self._store = store
        self._conversions: dict[str, RecordRef] = {}
        self._page: tuple[str, RecordRef] | None = None

    def faults(self, path: Path, start: int) -> Iterator[Fault]:
        for item in read_records(path, start=start):
            if isinstance(item, Fault):
                yield item
            elif item.type in {"response", "revisit"}:
                self._answer(item)
            elif item.type == "request":
                self._request(item)
            elif item.type == "conversion":
                ref = self._ref(item)
                self._conversions[ref.record_id] = ref
            elif item.type == "metadata":
                yield from self._metadata(item)

    def _answer(self, record: Record) -> None:
        payload_digest = record.header("WARC-Payload-Digest") or ""
        if not _SHA1.fullmatch(payload_digest):
            return
        original: RecordRef | None
        if record.type == "revisit":
            original = self._store.original(payload_digest)
        elif record.header("WARC-Truncated"):
            return
        else:
            original = self._ref(record)
            self._store.put_captures([Capture(ref=original, payload_digest=payload_digest)])
        if original and status(record.block) == "200":
            self._page = record.header("WARC-Record-ID") or "", original

    def _request(self, record: Record) -> None:
        page, self._page = self._page, None
        if page and record.header("WARC-Concurrent-To") == page[0] and record.block[:4] == b"GET ":
            self._store.put_pages({record.header("WARC-Target-URI") or "": page[1]})

    def _metadata(self, record: Record) -> Iterator[Fault]:
        try:
            facts = facts_of(record)
        except UnbelievableError as error:
            yield Fault(offset=record.offset, length=record.length, reason=str(error))
        else:
            if facts:
                self._change(record, facts)

    def _change(self, record: Record, facts: Facts) -> None:
        if facts["verdict"] == "touched":
            self._store.touch(facts["key"], facts["source"], facts["modified"])
        elif facts["verdict"] == "identified":
            self._identify(facts)
        elif conversion := self._conversions.pop(record.header("WARC-Concurrent-To") or "", None):
            self._hold(holding(facts, conversion))

    def _hold(self, article: Holding) -> None:
        """Hold an article's text, unless this very text was held before."""
        held = self._own(article.key, article.source)
        if held is None:
            self._store.add([article])
            return
        texts = [held, *self._store.history(article.key, article.source)]
        if article.conversion not in [text.conversion for text in texts]:
            self._store.revise(article)

    def _identify(self, facts: Facts) -> None:
        held = self._own(facts["held"]["key"], facts["held"]["source"])
        if held and not held.guid and not self._own(facts["key"], facts["source"]):
            self._store.identify(held, replace(held, **identity(facts)))

    def _own(self, key: str, source: str) -> Holding | None:
        held = self._store.holdings([key]).get(key, [])
        return next((holding for holding in held if holding.source == source), None)

    def _ref(self, record: Record) -> RecordRef:
        return RecordRef(
            record_id=record.header("WARC-Record-ID") or "",
            uri=record.header("WARC-Target-URI") or "",
            date=record.header("WARC-Date") or "",
            file=self.file,
            offset=record.offset,
            length=record.length,
        )
