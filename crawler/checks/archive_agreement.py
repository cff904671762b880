"""A whole archive held together: WARC files, ledger, text files and index agree.

The WARC files are read once (see `crawler.checks.warc_files`); ledger and text files are then held
against what was found in them. What was never committed is not looked at.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.checks.cdxj_lines import index_flaws
from crawler.checks.fault import Flaw
from crawler.state.store import LedgerDamagedError
from crawler.text import seed
from crawler.text.fingerprint import text_digest
from crawler.warc.digests import comparable
from crawler.warc.foreign import is_foreign
from crawler.warc.writer import OPEN_SUFFIX, final_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.folder import Archive
    from crawler.checks.warc_files import Verification
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store, WarcFile

_ORIGINS = ("response", "revisit", "resource", "request")


class Audit:
    """Checks *archive* with the help of *verification*, which counts.

    Nobody may write to the archive meanwhile.
    """

    def __init__(self, archive: Archive, verification: Verification) -> None:
        self._archive = archive
        self._verification = verification
        self._catalogue = verification.catalogue

    def flaws(self) -> Iterator[Flaw]:
        """Everything that is wrong, file by file, then across files.

        Raises StateUriError for a ledger's URI that names none, and OSError.
        """
        store = None
        try:
            store = self._archive.store()
        except LedgerDamagedError as error:
            yield Flaw(self._archive.ledger, None, f"{error}; scrapy rebuild makes it again")
            yield from self._without_ledger(complain=False)
            return
        if store is None:
            yield from self._without_ledger(complain=True)
            return
        try:
            yield from self._with_ledger(store)
        finally:
            store.close()

    def _index(self) -> Iterator[Flaw]:
        sealed = sorted(self._archive.warcs.glob("*.warc.gz"))
        yield from index_flaws(self._archive.index, sealed)

    def _without_ledger(self, *, complain: bool) -> Iterator[Flaw]:
        for path in self._verification.warcs(self._archive.warcs):
            yield from self._verification.file(path)
        yield from self._verification.references(complete=True)
        yield from self._index()
        if complain and (count := self._catalogue.conversions()):
            what = f"there is none, for {count} conversion records; scrapy rebuild makes it"
            yield Flaw(self._archive.ledger, None, what)

    def _with_ledger(self, store: Store) -> Iterator[Flaw]:
        known = {warc.name: warc for warc in store.warcs()}
        for path in self._verification.warcs(self._archive.warcs):
            yield from self._warc(path, known.pop(final_name(path), None))
        for warc in known.values():
            path = self._archive.warc(warc.name)
            yield Flaw(str(path), None, f"is missing; the ledger has {warc.size} bytes of it")
        origins = (held.origin for held in _texts(store) if held.origin)
        self._catalogue.expect(ref.record_id for ref in origins if is_foreign(ref))
        yield from self._verification.references(complete=True)
        yield from self._captures(store)
        yield from self._holdings(store)
        yield from self._unowned(store)
        yield from self._index()

    def _warc(self, path: Path, known: WarcFile | None) -> Iterator[Flaw]:
        is_open = path.name.endswith(OPEN_SUFFIX)
        size, committed = path.stat().st_size, known.size if known else 0
        if size < committed or (size > committed and not is_open and known):
            yield Flaw(str(path), None, f"found {size} bytes, the ledger has {committed}")
        elif known is None and not is_open:
            yield Flaw(str(path), None, "is not in the ledger; the next crawl reads it in")
        yield from self._verification.file(path, end=committed if is_open else None)

    def _captures(self, store: Store) -> Iterator[Flaw]:
        for warc in store.warcs():
            for capture in store.captures(warc.name):
                yield from self._lies(capture.ref, "capture", ("response",))
                entry = self._catalogue.entry(capture.ref.record_id)
                if entry and entry.payload != comparable(capture.payload_digest):
                    what = f"found {entry.payload}, the ledger has {capture.payload_digest}"
                    yield self._at(capture.ref, f"WARC-Payload-Digest: {what}")

    def _holdings(self, store: Store) -> Iterator[Flaw]:
        for held in _texts(store):
            if held.conversion:
                yield from self._lies(held.conversion, held.file, ("conversion",))
            if held.origin and not is_foreign(held.origin):
                yield from self._lies(held.origin, f"origin of {held.file}", _ORIGINS)
        for holding in store.all():
            self._verification.tally.texts += 1
            yield from self._text(holding)

    def _lies(self, ref: RecordRef, whose: str, types: tuple[str, ...]) -> Iterator[Flaw]:
        """Whether *ref* lies where the ledger says, and is one of *types*."""
        entry = self._catalogue.entry(ref.record_id)
        if entry is None:
            yield self._at(ref, f"{whose}: found no whole record {ref.record_id}")
            return
        place = (final_name(Path(entry.file)), entry.offset, entry.length)
        if place != (ref.file, ref.offset, ref.length):
            where = "{}:{} ({} bytes)".format(*place)
            yield self._at(ref, f"{whose}: expected {ref.length} bytes here, found at {where}")
        if entry.type not in types:
            yield self._at(ref, f"{whose}: found a {entry.type}, expected a {types[0]}")

    def _at(self, ref: RecordRef, what: str) -> Flaw:
        return Flaw(str(self._archive.warc(ref.file)), ref.offset, f"in the ledger, {what}")

    def _text(self, holding: Holding) -> Iterator[Flaw]:
        path = self._archive.corpus.root / holding.file
        entry = self._catalogue.entry(holding.conversion.record_id) if holding.conversion else None
        try:
            data = path.read_bytes()
            document = seed.read(data)
        except FileNotFoundError:
            yield Flaw(str(path), None, f"is missing; it is the text of {holding.url}")
        except seed.SeedFormatError as error:
            yield Flaw(str(path), None, str(error))
        else:
            found = hashlib.sha256(data).digest()
            if entry and entry.text and entry.text != found:
                what = f"found SHA-256 {found.hex()}, its conversion record has {entry.text.hex()}"
                yield Flaw(str(path), None, what)
            elif text_digest(document.title, document.paragraphs) != holding.text_digest:
                yield Flaw(str(path), None, "found another text than the ledger's digest says")

    def _unowned(self, store: Store) -> Iterator[Flaw]:
        """Names of text files are kept in memory, some 200 bytes each, as in every crawl."""
        present = self._archive.corpus.files()
        owned = set(store.files())
        for file in sorted(present.keys() - owned):
            path = self._archive.corpus.root / file
            yield Flaw(str(path), None, "found a text file that the ledger has no article for")


def _texts(store: Store) -> Iterator[Holding]:
    """Every text that is held or was."""
    for holding in store.all():
        yield from (*store.history(holding.key, holding.source), holding)
