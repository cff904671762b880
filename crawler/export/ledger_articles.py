"""The articles that the ledger holds, with what their records say."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.archive.article_records import BadMetadataError, read_metadata
from crawler.export.article_reader import Unread, UnreadTextError
from crawler.export.fold import FoldedArticle, FoldedText
from crawler.export.ledger_homes import LedgerHomes
from crawler.export.row_events import RowEvent
from crawler.text import minhash, seed
from crawler.text.fingerprint import text_digest
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.archive.folder import Archive
    from crawler.export.article_reader import OnUnread
    from crawler.export.copy_groups import CopyGroups
    from crawler.export.row_choice import RowChoice
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile

_SEARCHED = 3  # records from the text on: its metadata is the next one
_TRIES = 2  # a file may be sealed, and so renamed, while it is opened


class LedgerArticles:
    """Reads the articles of *archive*, whose ledger is *store*, also beside a crawl.

    *on_unread* is called for what is told of a text and cannot be read.
    """

    def __init__(self, archive: Archive, store: Store, on_unread: OnUnread) -> None:
        self._archive = archive
        self._store = store
        self._on_unread = on_unread
        self.homes = LedgerHomes(archive, store, on_unread)

    def sources(self) -> list[str]:
        return self._store.article_sources()

    def articles(self, choice: RowChoice, copies: CopyGroups) -> Iterator[FoldedArticle]:
        self._add_copies(copies)
        for source in self.sources():
            if not choice.sources or source in choice.sources:
                for held in self._store.of_source(source, choice.first, choice.end):
                    yield self.article(held)

    def article(self, held: Holding) -> FoldedArticle:
        """Return the article that is *held*, whose texts are still to be `read`."""
        identity = held.key, held.source
        earlier = tuple(map(_unread_text, self._store.history(*identity)))
        return FoldedArticle(_unread_text(held), earlier, tuple(self._store.events(*identity)))

    def read(self, text: FoldedText) -> FoldedText:
        held, ref = text.held, text.held.conversion
        if ref is None:  # it was collected without an archive
            return _with(
                text,
                self._file(held, f"no record of {held.file} can be read: it was never archived"),
            )
        try:
            document, content = self._records(ref)
        except (OSError, LookupError) as error:
            if self._is_away(ref):
                where = f"{ref.file} of the node {self._store.node_of(ref.file)}"
                raise UnreadTextError(
                    f"{held.file} is in {where}, which has not uploaded it"
                ) from None
            document = self._file(held, f"the record of {held.file} cannot be read: {error}")
            what = f"what is told of {held.file} cannot be read, its text file can: {error}"
            self._on_unread(Unread(what, is_lost=False))
            return _with(text, document)
        if not content:
            what = f"what is told of {held.file} cannot be read: {ref.file}, byte {ref.offset}"
            self._on_unread(Unread(what, is_lost=False))
        return _with(text, document, content)

    def _is_away(self, ref: RecordRef) -> bool:
        """Return whether *ref* lies with another node alone."""
        is_elsewhere = self._store.node_of(ref.file) not in (None, self._store.node)
        return is_elsewhere and not self._archive.warc(ref.file).exists()

    def _records(self, ref: RecordRef) -> tuple[bytes, Mapping[str, Any]]:
        """Return the text in the record *ref*, and what the record of it says; nothing if lost."""
        for left in reversed(range(_TRIES)):
            try:
                return _text_and_metadata(self._archive.warc(ref.file), ref)
            except FileNotFoundError:
                if not left:
                    raise
        raise AssertionError

    def _file(self, held: Holding, why: str) -> bytes:
        """Return the text file of *held*, if it has the text. Raises UnreadTextError."""
        path = self._archive.corpus.root / held.file
        try:
            document = path.read_bytes()
            found = seed.read(document)
        except (OSError, seed.SeedFormatError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise UnreadTextError(f"{why}; nor can {path}: {reason}") from None
        if text_digest(found.title, found.paragraphs) != held.text_digest:
            raise UnreadTextError(f"{why}; {path} has another text")
        return document

    def _add_copies(self, copies: CopyGroups) -> None:
        """Add all that is held to *copies*; sketches that the ledger lacks are made."""
        with closing(sqlite3.connect("")) as known:  # a temporary file
            known.execute("CREATE TABLE sketch (key, source, value, PRIMARY KEY (key, source))")
            rows = self._store.sketches(minhash.algorithm())
            known.executemany("INSERT OR REPLACE INTO sketch VALUES (?, ?, ?)", rows)
            for held in self._store.all():
                query = "SELECT value FROM sketch WHERE key = ? AND source = ?"
                found = known.execute(query, (held.key, held.source)).fetchone()
                copies.add(held, found[0] if found else self._sketch(held))

    def _sketch(self, held: Holding) -> bytes:
        """Return the sketch of the text of *held*; empty if that cannot be read."""
        try:
            document = self._records(held.conversion)[0] if held.conversion else b""
            return minhash.sketch(seed.read(document).paragraphs)
        except (OSError, LookupError, seed.SeedFormatError):
            return b""  # who asks for it is told so when it is read


def _unread_text(held: Holding) -> FoldedText:
    ref = held.conversion
    place = (ref.file, ref.offset, ref.length) if ref else ("", -1, 0)
    file, offset, length = place
    event = RowEvent(
        kind="new",
        file=file,
        offset=offset,
        length=length,
        record_id=ref.record_id if ref else "",
        at=ref.date if ref else "",
        uri=ref.uri if ref else "",
        source=held.source,
        key=held.key,
    )
    return FoldedText(held, event)


def _with(
    text: FoldedText, document: bytes, content: Mapping[str, Any] | None = None
) -> FoldedText:
    return FoldedText(text.held, replace(text.event, text=document, content=content or {}))


def _text_and_metadata(path: StoredFile, ref: RecordRef) -> tuple[bytes, Mapping[str, Any]]:
    """Return the text in the record *ref* of the file at *path*, and its metadata, empty if lost.

    Raises OSError, and LookupError if another record is there.
    """
    items = read_records(path, start=ref.offset)
    text = next(items, None)
    if text is None or isinstance(text, Fault):
        reason = f": {text.reason}" if text else ""
        raise LookupError(f"{path} has no whole record at byte {ref.offset}{reason}")
    if text.id != ref.record_id:
        raise LookupError(f"{path} has no record {ref.record_id} at byte {ref.offset}")
    for item in islice(items, _SEARCHED - 1):
        if isinstance(item, Fault) or item.header("WARC-Concurrent-To") != ref.record_id:
            continue
        try:
            return bytes(text.block), dict(read_metadata(item) or {})
        except BadMetadataError:
            break
    return bytes(text.block), {}
