"""From a text file back to the record, and to the bytes, that it was read from: `scrapy trace`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.article_records import metadata_of, pages
from crawler.archive.copies import find_copies
from crawler.archive.merged_names import name_now
from crawler.archive.moved_records import find_again
from crawler.checks.life import life
from crawler.text import seed
from crawler.text.fingerprint import TextFingerprint, text_digest
from crawler.warc.digests import comparable_digest, digest_faults
from crawler.warc.foreign import foreign_record_at, is_foreign
from crawler.warc.message import payload_pieces, status
from crawler.warc.reader import record_at
from crawler.warc.runs import told_by
from crawler.warc.warcinfo_search import find_warcinfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.article_records import ArticleMetadata
    from crawler.archive.folder import Archive
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store
    from crawler.warc.reader import Record

_KEY = re.compile(r"[0-9a-f]{16}")


class UntraceableError(LookupError):
    """A text file that cannot be traced: unknown, or read from what is not archived; says why."""


@dataclass(slots=True)
class Trace:
    """Where a text comes from.

    ``lines`` are names and values, in a stable order; ``differences`` say what does not agree;
    ``source`` is the record that has the payload, if it could be read.
    """

    lines: list[tuple[str, str]]
    differences: list[str]
    source: Record | None = None

    def payload(self) -> Iterator[memoryview]:
        """Return the payload, content encoding kept, in pieces. Raises UntraceableError."""
        if self.source is None:
            raise UntraceableError("; ".join(self.differences) or "it was read from no record")
        if (self.source.header("Content-Type") or "").lower().startswith("application/http"):
            return payload_pieces(self.source.block)
        return iter((memoryview(self.source.block),))


def find_text_file(archive: Archive, file: str, store: Store | None = None) -> Path:
    """Return the text file that *file* names: a path, or its name in the corpus.

    If no file is called so, it may be the name that one had before archives were merged, which
    *store* knows. Raises FileNotFoundError, and UntraceableError for a name that more than one
    file has.
    """
    path = Path(file)
    if path.is_file():
        return path
    root = archive.corpus.root
    found = [path for path in root.rglob("*.txt") if path.name == file and path.is_file()]
    if len(found) > 1:
        raise UntraceableError(f"{file} is the name of {len(found)} files, give the path of one")
    if not found and store and (now := name_now(store, file)):
        return root / now
    if not found:
        raise FileNotFoundError(f"there is no file {file!r}, neither here nor in {root}")
    return found[0]


def trace(archive: Archive, store: Store, path: Path, *, history: bool = False) -> Trace:
    """Return where the text file at *path* comes from, checked on the way.

    With *history* the life of the text is added. Raises UntraceableError if the ledger does not
    know it, and OSError.
    """
    return _TraceBuilder(archive, store).trace(path, history=history)


class _TraceBuilder:
    def __init__(self, archive: Archive, store: Store) -> None:
        self._archive = archive
        self._store = store
        self._trace = Trace([], [])
        self._moved: dict[str, RecordRef] = {}

    def trace(self, path: Path, *, history: bool) -> Trace:
        holding = self._holding(path)
        data = path.read_bytes()
        self._add_article(path, holding, data)
        if holding.conversion is None:
            self._differs("the article was collected without an archive")
        else:
            self._add_conversion(holding, holding.conversion, data)
        if holding.origin is None:
            self._differs("the ledger has no record that the article was read from")
        else:
            self._add_origin(holding.origin)
        if holding.conversion is not None:
            self._add_pages(holding.conversion)
        if history:
            for line in life(self._store, holding):
                self._add(life=line)
        return self._trace

    def _holding(self, path: Path) -> Holding:
        root = self._archive.corpus.root.resolve()
        if not path.resolve().is_relative_to(root):
            raise UntraceableError(f"{path} is not in the corpus, {root}")
        file = path.resolve().relative_to(root).as_posix()
        for held in self._store.holdings(_KEY.findall(path.name)).values():
            for holding in held:
                if holding.file == file:
                    return holding
        raise UntraceableError(f"the ledger knows no article of the file {file}")

    def _add(self, **lines: object) -> None:
        self._trace.lines += [(name, str(value)) for name, value in lines.items()]

    def _differs(self, what: str) -> None:
        self._trace.differences.append(what)

    def _add_article(self, path: Path, holding: Holding, data: bytes) -> None:
        document = None
        try:
            document = seed.read(data)
        except seed.SeedFormatError as error:
            self._differs(f"{path}: {error}")
        else:
            if text_digest(document.title, document.paragraphs) != holding.text_digest:
                self._differs(f"{path} has another text than the ledger's digest says")
        self._add(file=path, key=holding.key, source=holding.source, guid=holding.guid)
        headline = document.title if document else ""
        self._add(date=holding.date, headline=headline, url=holding.url)
        self._add(text_digest=f"sha256:{holding.text_digest.hex()}")
        if holding.collected:
            self._add(collected=holding.collected)
        if absence := self._store.absent(holding.source).get(holding.key):
            self._add(**{absence.kind: absence.at})
        if document:
            self._add_copies(holding, document)

    def _add_copies(self, holding: Holding, document: seed.SeedDocument) -> None:
        """Add the other articles with this text, and which of them it is a copy of."""
        text = TextFingerprint.from_text(document.title, document.paragraphs)
        found = find_copies(self._store, text, key=holding.key)
        if found and found[0].holding.published <= holding.published:
            self._add(copy_of=found[0].holding.file)
        for copy in found:
            likeness = "the same text" if copy.is_exact else f"resemblance {copy.similarity:.2f}"
            held = copy.holding
            self._add(copy=f"{held.file}, {held.date}, {held.source}, {likeness}")

    def _add_conversion(self, holding: Holding, ref: RecordRef, data: bytes) -> None:
        self._add_place("conversion", ref)
        if record := self._checked_record("conversion", ref):
            if bytes(record.block) != data:
                self._differs(f"{holding.file} is not the block of its conversion record")
            self._add_run(self._moved.get(ref.record_id, ref), record)
            self._add_metadata(ref, f"sha256:{holding.text_digest.hex()}")

    def _add_run(self, ref: RecordRef, record: Record) -> None:
        """Add the run that wrote *record*, which lies at *ref*, if it names one."""
        named = record.header("WARC-Warcinfo-ID")
        path = self._archive.warc(ref.file)
        info = find_warcinfo(path, named, record.offset) if named else None
        if run := told_by(info) if info else None:
            self._add(run=run.id, run_spider=run.spider, run_started=run.started)
            self._add(run_arguments=json.dumps(run.arguments, ensure_ascii=False))
            if ended := self._store.run(run.id):
                self._add(run_ended=ended.ended, run_exit_code=ended.exit_code)
        elif named and not info:
            self._add(run=f"not in {path.name}, whose {record.type} says {named}")

    def _add_metadata(self, ref: RecordRef, digest: str) -> None:
        metadata = self._metadata(ref)
        self._add(extractor=metadata.get("extractor", "unknown"))
        if evidence := metadata.get("text_incomplete"):
            self._add(incomplete=evidence)
        if (found := metadata.get("text_digest")) != digest:
            self._differs(f"metadata of {ref.record_id}: text_digest {found}")

    def _add_origin(self, ref: RecordRef) -> None:
        self._add_place("origin", ref)
        record = self._checked_record("origin", ref)
        if record is None:
            return
        self._add_description("origin", record)
        if record.type == "revisit":
            self._add_original(record)
        else:
            self._trace.source = record

    def _add_pages(self, conversion: RecordRef) -> None:
        """Add the later pages that the text was joined of."""
        for number, ref in enumerate(pages(self._metadata(conversion)), start=2):
            what = f"page_{number}"
            self._add_place(what, ref)
            if record := self._checked_record(what, ref, in_ledger=False):
                self._add_description(what, record)

    def _metadata(self, conversion: RecordRef) -> ArticleMetadata:
        moved = self._moved.get(conversion.record_id)
        place = moved or conversion
        try:
            return metadata_of(self._archive.warc(place.file), place, strict=not moved)
        except OSError:  # which is named already
            return {}

    def _add_original(self, revisit: Record) -> None:
        """Add the record that *revisit* refers to."""
        wanted = revisit.header("WARC-Refers-To") or ""
        ref = self._capture(wanted, revisit.header("WARC-Payload-Digest") or "")
        if ref is None:
            self._add(original_record=wanted)
            self._differs(f"the ledger knows no capture {wanted}, which the revisit refers to")
            return
        self._add_place("original", ref)
        record = self._checked_record("original", ref)
        if record is None:
            return
        self._add_description("original", record)
        digest = revisit.header("WARC-Payload-Digest")
        found = record.header("WARC-Payload-Digest") or ""
        if digest and comparable_digest(digest) != comparable_digest(found):
            self._differs(f"payload digest: the revisit has {digest}, its original {found}")
        self._trace.source = record

    def _capture(self, record_id: str, payload_digest: str) -> RecordRef | None:
        """Return the capture with *record_id*; the digest finds it at once, if it is the first."""
        first = self._store.original(payload_digest) if payload_digest else None
        if first and first.record_id == record_id:
            return first
        refs = (
            capture.ref
            for warc in self._store.warcs()
            for capture in self._store.captures(warc.name)
        )
        return next((ref for ref in refs if ref.record_id == record_id), None)

    def _add_place(self, what: str, ref: RecordRef) -> None:
        path = self._archive.warc(ref.file)
        named = {"record": ref.record_id, "warc": path, "offset": ref.offset, "length": ref.length}
        self._add(**{f"{what}_{name}": value for name, value in named.items()})

    def _add_description(self, what: str, record: Record) -> None:
        fields = ("WARC-Target-URI", "WARC-Date", "WARC-Payload-Digest", "WARC-IP-Address")
        names = ("url", "captured", "payload_digest", "ip_address")
        self._add(**{f"{what}_type": record.type})
        for name, field in zip(names, fields, strict=True):
            if value := record.header(field):
                self._add(**{f"{what}_{name}": value})
        if code := status(record.block):
            self._add(**{f"{what}_http_status": code})

    def _checked_record(
        self, what: str, ref: RecordRef, *, in_ledger: bool = True
    ) -> Record | None:
        """Return the record *ref*, checked; None if it cannot be read."""
        is_ours = not is_foreign(ref)
        try:
            record = (record_at if is_ours else foreign_record_at)(
                self._archive.warc(ref.file), ref
            )
        except (OSError, LookupError) as error:
            found = self._find_again(what, ref, in_ledger=in_ledger) if is_ours else None
            if found is None:
                self._differs(f"{what}: {error}")
                return None
            record = found
        if record.length != self._moved.get(ref.record_id, ref).length:
            self._differs(f"{what}: found {record.length} bytes, the ledger has {ref.length}")
        fields = {name.lower(): value for name, value in reversed(record.headers)}
        if not is_ours:  # many tools take the digest of the chunked payload
            fields.pop("warc-payload-digest", None)
        for fault in digest_faults(fields, record.block):
            self._differs(f"{what}: {fault}")
        return record

    def _find_again(self, what: str, ref: RecordRef, *, in_ledger: bool) -> Record | None:
        """Return the record *ref* from where it lies now, and say where; None if it is lost."""
        moved = find_again(self._archive, self._store, ref, in_ledger=in_ledger)
        if moved is None:
            return None
        self._moved[ref.record_id] = moved
        path = self._archive.warc(moved.file)
        self._add(**{f"{what}_moved_to": f"{path}, byte {moved.offset}"})
        return record_at(path, moved, strict=False)
