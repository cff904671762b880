"""The ledger, made from the archive: what each record means for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.items import RecordRef
from crawler.state.identity import normalise_guid
from crawler.state.store import Capture, Holding, Store, WarcFile
from crawler.state.verdict import Verdict
from crawler.warc.reader import Fault, Record, walk
from crawler.warc.writer import OPEN_SUFFIX

_HELD = {verdict.value for verdict in Verdict}


def absorb(path: Path, store: Store, *, sealed: bool = True) -> list[Fault]:
    """Read the WARC file at *path* into the ledger, in one transaction; what it cannot read.

    What the ledger has of it already stays, so that reading a file again changes nothing.
    Raises OSError.
    """
    reading = _Reading(path.name.removesuffix(OPEN_SUFFIX), store)
    with store.transaction():
        store.put_warc(WarcFile(name=reading.file, size=path.stat().st_size, sealed=sealed))
        return list(reading.faults(path))


class _Reading:
    def __init__(self, file: str, store: Store) -> None:
        self.file = file
        self._store = store
        self._conversions: dict[str, RecordRef] = {}

    def faults(self, path: Path) -> Iterator[Fault]:
        for item in walk(path):
            if isinstance(item, Fault):
                yield item
            elif item.type == "response":
                self._capture(item)
            elif item.type == "conversion":
                ref = self._ref(item)
                self._conversions[ref.record_id] = ref
            elif item.type == "metadata" and (facts := _facts(item)):
                self._change(item, facts)

    def _capture(self, record: Record) -> None:
        payload_digest = record.header("WARC-Payload-Digest") or ""
        if payload_digest.startswith("sha1:") and not record.header("WARC-Truncated"):
            capture = Capture(ref=self._ref(record), payload_digest=payload_digest)
            self._store.put_captures([capture])

    def _change(self, record: Record, facts: dict[str, Any]) -> None:
        if facts["verdict"] == "touched":
            self._store.touch(facts["key"], facts["source"], facts["modified"])
        elif facts["verdict"] == "identified":
            self._identify(facts)
        elif conversion := self._conversions.pop(record.header("WARC-Concurrent-To") or "", None):
            self._hold(_holding(facts, conversion))

    def _hold(self, holding: Holding) -> None:
        """Hold an article's text, unless this very text was held before."""
        held = self._own(holding.key, holding.source)
        if held is None:
            self._store.add([holding])
        elif holding.conversion not in [
            known.conversion for known in (held, *self._store.history(holding.key, holding.source))
        ]:
            self._store.revise(holding)

    def _identify(self, facts: dict[str, Any]) -> None:
        held = self._own(facts["held"]["key"], facts["held"]["source"])
        if held and not held.guid:
            fields = {name: getattr(held, name) for name in Holding.__slots__}
            identity = {name: facts[name] for name in facts if name in fields}
            self._store.identify(held, Holding(**{**fields, **identity}))

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


def _facts(record: Record) -> dict[str, Any] | None:
    """What our own metadata records say of an article; None for others."""
    if record.header("Content-Type") != "application/json":
        return None
    try:
        facts = json.loads(bytes(record.block))
    except ValueError:
        return None
    ours = isinstance(facts, dict) and facts.get("verdict") in {*_HELD, "touched", "identified"}
    return facts if ours else None


def _holding(facts: Mapping[str, Any], conversion: RecordRef) -> Holding:
    origin = facts.get("origin")
    return Holding(
        key=facts["key"],
        source=facts["source"],
        guid=normalise_guid(facts["guid"]),
        date=facts["date"],
        modified=facts.get("modified") or "",
        url=facts["url"],
        text_digest=bytes.fromhex(facts["text_digest"].removeprefix("sha256:")),
        ordinal=facts["ordinal"],
        file=facts["file"],
        conversion=conversion,
        origin=RecordRef(**origin) if origin else None,
    )
