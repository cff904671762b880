"""The check that WARC files, ledger, text files and index of an archive agree: `scrapy verify`.

The WARC files are read once (see `crawler.checks.warc_files`); ledger and text files are then
compared with what was found in them. What was never committed is not looked at.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.folder import sealed_warcs
from crawler.checks.cdxj_lines import index_faults
from crawler.checks.checked_moment import CheckedMoment
from crawler.checks.fault import FileFault
from crawler.checks.span_check import still_there
from crawler.checks.uploaded_files import UploadedFiles
from crawler.checks.warc_files import CheckedFile
from crawler.state.lock import live_writers
from crawler.state.store import LedgerDamagedError
from crawler.storage.remote_file import RemoteFile
from crawler.text import seed
from crawler.text.fingerprint import text_digest
from crawler.warc.digests import comparable_digest
from crawler.warc.foreign import is_foreign
from crawler.warc.record_parser import SHARED_MEMBER
from crawler.warc.writer import OPEN_SUFFIX, final_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.archive.folder import Archive
    from crawler.checks.record_table import RecordRow
    from crawler.checks.warc_files import WarcVerification
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store, WarcFile
    from crawler.storage.remote_file import StoredFile

_REBUILD = "if its records are in other files, scrapy rebuild finds them there"
_FIX = "the next crawl, or scrapy rebuild, looks its records up"
_END_OF_TIME = "9999"
_PATIENCE = 5.0  # seconds: a writer seals a file, and then indexes it
_ORIGINS = ("response", "revisit", "resource", "request")


class ArchiveAgreement:
    """The check of *archive*; *verification* reads its WARC files, and counts.

    Others may write to the archive: what they commit meanwhile is not looked at. Nor are the files
    and texts of other nodes, which are checked there. Of files that are uploaded, and not here, the
    store is asked for size and digest; with *reads_uploaded* they are read there, as if they were
    here.
    """

    def __init__(
        self, archive: Archive, verification: WarcVerification, *, reads_uploaded: bool = False
    ) -> None:
        self._archive = archive
        self._reads_uploaded = reads_uploaded
        self._verification = verification
        self._table = verification.table
        self._changed: set[str] = set()
        self._elsewhere: set[str] = set()
        self._of_others: set[str] = set()
        self._displaced: Counter[str] = Counter()
        self._shares_members = False

    def faults(self) -> Iterator[FileFault]:
        """Yield everything that is wrong, file by file, then across files.

        Raises ValueError for a URI that names no ledger, and OSError.
        """
        store = None
        try:
            store = self._checked_store()
        except LedgerDamagedError as error:
            yield FileFault(
                self._archive.ledger_name, None, f"{error}; scrapy rebuild makes it again"
            )
            yield from self._without_ledger(expected=False)
            return
        if store is None:
            yield from self._without_ledger(expected=True)
            return
        try:
            yield from self._with_ledger(store)
        finally:
            store.close()

    def _checked_store(self) -> Store | None:
        """Open the ledger, and read all of it: a run does so after an unclean end alone."""
        store = self._archive.open_store()
        if store:
            try:
                store.check()
            except OSError:
                store.close()
                raise
        return store

    def _index_faults(self, sealed: Sequence[StoredFile]) -> Iterator[FileFault]:
        """Check the index of the *sealed* files; others may have been sealed since."""
        yield from index_faults(
            self._archive.index,
            sealed,
            self._verification.workers,
            find=partial(sealed_warcs, self._archive.warcs),
            unread=self._elsewhere - self._of_others,
            patience=_PATIENCE if live_writers(self._archive.folder) else 0,
        )

    def _warcs(self) -> list[Path]:
        """Return the WARC files: an archive whose runs kept nothing has no folder of them."""
        folder = self._archive.warcs
        return self._verification.find_warcs(folder) if folder.is_dir() else []

    def _without_ledger(self, *, expected: bool) -> Iterator[FileFault]:
        yield from self._verification.check_own(CheckedFile(path=path) for path in self._warcs())
        yield from self._verification.check_references()
        yield from self._index_faults(sealed_warcs(self._archive.warcs))
        if expected and (count := self._table.count_conversions()):
            what = f"there is none, for {count} conversion records; scrapy rebuild makes it"
            yield FileFault(self._archive.ledger_name, None, what)

    def _with_ledger(self, store: Store) -> Iterator[FileFault]:
        paths = self._warcs()  # before the ledger, which knows what was sealed by then
        moment = CheckedMoment(self._archive, store)
        known = {name: warc for name, warc in moment.warcs.items() if warc.node == store.node}
        self._of_others = moment.warcs.keys() - known.keys()
        self._verification.tally.of_other_nodes = len(self._of_others)
        paths = [path for path in paths if final_name(path) not in self._of_others]
        uploaded = UploadedFiles(known.values(), {final_name(path) for path in paths})
        self._elsewhere = self._of_others | (set() if self._reads_uploaded else uploaded.away)
        yield from uploaded.faults(self._verification.tally)
        files = [_checked_file(path, known.pop(final_name(path), None)) for path in paths]
        begun = [name for name in known if _is_here(self._archive, name)]
        files += (
            CheckedFile(path=self._archive.warc(name), end=known.pop(name).size) for name in begun
        )
        for name in uploaded.away:
            warc = known.pop(name)
            if self._reads_uploaded:
                files.append(CheckedFile(path=RemoteFile(warc.address, warc.size)))
        self._changed = {file.path.name for file in files if file.known} | known.keys()
        for fault in self._verification.check_own(files):
            self._shares_members |= SHARED_MEMBER in fault.message
            yield fault
        for warc in known.values():
            path = self._archive.warc(warc.name)
            # A run looks for records in files that it does not know, a rebuild in all.
            fix = _FIX if any(file.known for file in files) else _REBUILD
            what = f"is missing; the ledger has {warc.size} bytes of it; {fix}"
            yield FileFault(str(path), None, what)
        origins = (held.origin for held in _revisions(store) if held.origin)
        self._table.add_elsewhere(ref.record_id for ref in origins if is_foreign(ref))
        for name in self._elsewhere:
            self._table.add_elsewhere(capture.ref.record_id for capture in store.captures(name))
        yield from self._verification.check_references()
        yield from self._capture_faults(store, moment)
        yield from self._holding_faults(store, moment)
        yield from self._noted_faults(store, moment)
        yield from self._displaced_faults()
        yield from self._unowned_texts(store)
        sealed: list[StoredFile] = [path for path in paths if not _is_open(path)]
        sealed += [file.path for file in files if isinstance(file.path, RemoteFile)]
        yield from self._index_faults(sealed)

    def _displaced_faults(self) -> Iterator[FileFault]:
        """Say of each file that people handled how many records are not where they were."""
        for name, count in self._displaced.items():
            what = f"{count} records that the ledger has in it are not at their places"
            yield FileFault(str(self._archive.warc(name)), None, what)

    def _capture_faults(self, store: Store, moment: CheckedMoment) -> Iterator[FileFault]:
        for name in moment.warcs.keys() - self._elsewhere:
            for capture in store.captures(name):
                if moment.came_later(capture.ref):
                    continue
                yield from self._place_faults(capture.ref, "capture", ("response",))
                row = self._table.record(capture.ref.record_id)
                if row and row.payload != comparable_digest(capture.payload_digest):
                    what = f"found {row.payload}, the ledger has {capture.payload_digest}"
                    yield self._at(capture.ref, f"WARC-Payload-Digest: {what}")

    def _holding_faults(self, store: Store, moment: CheckedMoment) -> Iterator[FileFault]:
        for held in _revisions(store):
            if held.conversion and not moment.came_later(held.conversion):
                yield from self._place_faults(held.conversion, held.file, ("conversion",))
            origin = held.origin
            if origin and not is_foreign(origin) and not moment.came_later(origin):
                yield from self._place_faults(origin, f"origin of {held.file}", _ORIGINS)
        for holding in store.all():
            if holding.conversion and holding.conversion.file in self._of_others:
                continue
            self._verification.tally.texts += 1
            faults = list(self._text_faults(holding))
            # Its writer may have been about to write it, or another text of it.
            if faults and (now := moment.held_now(holding)):
                yield from self._text_faults(now)

    def _noted_faults(self, store: Store, moment: CheckedMoment) -> Iterator[FileFault]:
        """Check the records of what the ledger notes beside articles: they alone bring it back."""
        for ref, whose in _noted(store):
            if not moment.came_later(ref):
                yield from self._place_faults(ref, whose, ("metadata",))

    def _place_faults(
        self, ref: RecordRef, whose: str, types: tuple[str, ...]
    ) -> Iterator[FileFault]:
        """Check that the record *ref* of *whose* is where the ledger says, and one of *types*.

        Of a file that is not as it was, faults are only counted: it may have thousands.
        """
        if ref.file in self._elsewhere:
            return
        row = self._table.record(ref.record_id, str(self._archive.warc(ref.file)), ref.offset)
        is_displaced = self._shares_members if row is None else not _is_at(row, ref)
        if is_displaced and ref.file in self._changed:
            self._displaced[ref.file] += 1
            return
        if row is None:
            yield self._at(ref, f"{whose}: found no whole record {ref.record_id}")
            return
        if not _is_at(row, ref):
            where = f"{final_name(Path(row.file))}:{row.offset} ({row.length} bytes)"
            yield self._at(ref, f"{whose}: expected {ref.length} bytes here, found at {where}")
        if row.type not in types:
            yield self._at(ref, f"{whose}: found a {row.type}, expected a {types[0]}")

    def _at(self, ref: RecordRef, what: str) -> FileFault:
        return FileFault(str(self._archive.warc(ref.file)), ref.offset, f"in the ledger, {what}")

    def _text_faults(self, holding: Holding) -> Iterator[FileFault]:
        path = self._archive.corpus.root / holding.file
        row = self._table.record(holding.conversion.record_id) if holding.conversion else None
        try:
            data = path.read_bytes()
            document = seed.read(data)
        except FileNotFoundError:
            yield FileFault(str(path), None, f"is missing; it is the text of {holding.url}")
        except seed.SeedFormatError as error:
            yield FileFault(str(path), None, str(error))
        else:
            found = hashlib.sha256(data).digest()
            if row and row.text and row.text != found:
                what = f"found SHA-256 {found.hex()}, its conversion record has {row.text.hex()}"
                yield FileFault(str(path), None, what)
            elif text_digest(document.title, document.paragraphs) != holding.text_digest:
                yield FileFault(str(path), None, "found another text than the ledger's digest says")

    def _unowned_texts(self, store: Store) -> Iterator[FileFault]:
        """Check that each text file has an article; their names are in memory, 200 bytes each."""
        present = self._archive.corpus.files()  # first: an article is held before it is written
        owned = set(store.files())
        for file in sorted(present.keys() - owned):
            path = self._archive.corpus.root / file
            yield FileFault(str(path), None, "found a text file that the ledger has no article for")


def _is_at(row: RecordRow, ref: RecordRef) -> bool:
    place = (final_name(Path(row.file)), row.offset, row.length)
    return place == (ref.file, ref.offset, ref.length)


def _is_here(archive: Archive, name: str) -> bool:
    path = archive.warc(name)
    return isinstance(path, Path) and path.exists()


def _is_open(path: Path) -> bool:
    return path.name.endswith(OPEN_SUFFIX)


def _checked_file(path: Path, known: WarcFile | None) -> CheckedFile:
    """Return what is to be read of a WARC file, and what the ledger, which has *known*, says.

    One that was open when it was found may be sealed by now, and longer.
    """
    is_open, now = _is_open(path), still_there(path)
    size, committed = now.stat().st_size, known.size if known else 0
    fault = ""
    if size < committed or (size > committed and not is_open and known):
        fault = f"found {size} bytes, the ledger has {committed}; {_FIX}"
    elif known is None and not is_open:
        fault = "is not in the ledger; the next crawl reads it in"
    faults = (FileFault(str(now), None, fault),) if fault else ()
    return CheckedFile(path=now, end=committed if is_open else None, known=faults)


def _noted(store: Store) -> Iterator[tuple[RecordRef, str]]:
    """Yield the records of runs, outcomes and the lives of articles, and whose they are."""
    for run in store.runs_ended("", _END_OF_TIME):
        if run.record:
            yield run.record, f"run {run.id}"
    for source in sorted({*store.run_sources(), *store.article_sources()}):
        for outcome in store.all_outcomes(source):
            if outcome.record:
                yield outcome.record, f"outcome of {outcome.url}"
    for held in store.all():
        for event in store.events(held.key, held.source):
            if event.record:
                yield event.record, f"{event.kind} of {held.file}"


def _revisions(store: Store) -> Iterator[Holding]:
    """Yield every article that is held, and before it its earlier texts."""
    for holding in store.all():
        yield from (*store.history(holding.key, holding.source), holding)
