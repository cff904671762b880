"""Ledger, text files and index, made anew from the WARC files alone."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.folder import sealed_warcs
from crawler.archive.nodes import begin_node, node_of
from crawler.archive.recovery import note_unread, recover, unread_addresses
from crawler.archive.text_records import archived_text
from crawler.state.backends import move_store_aside, open_store
from crawler.state.store import LedgerDamagedError
from crawler.storage.remote_file import RemoteFile
from crawler.warc.reader import Fault, read_records
from crawler.warc.reindex import rebuild_index
from crawler.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.archive.folder import Archive
    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile


class NothingToRebuildError(LookupError):
    """No record is left of what was collected in the archive; says what to do."""


class Rebuild:
    """One rebuild of *archive*; *say* gets a line for each thing that is not as expected.

    WARC files that are *uploaded*, and not here, are read where they are, and noted as such; so are
    those of which the old ledger says so.

    ``counts``: ``articles``, ``texts/written`` (they were missing or had other bytes),
    ``texts/same``, ``warcs`` and ``faults`` (what could not be read or restored).
    """

    def __init__(
        self, archive: Archive, say: Callable[[str], None], uploaded: Sequence[RemoteFile] = ()
    ) -> None:
        self._archive = archive
        self._uploaded = uploaded
        self._say = say
        self._named: set[str] = set()
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """Move the old ledger aside, and make everything anew.

        Raises NothingToRebuildError, and OSError.
        """
        self._uploaded = [*self._uploaded, *self._uploaded_elsewhere()]
        self._check_there_are_records()
        self._move_old_ledger_aside()
        uri = self._archive.ledger_uri
        store = open_store(uri, node=begin_node(self._archive.folder, uri))
        try:
            note_unread(store, self._uploaded)
            repairs = recover(
                self._archive.warcs, store, self._archive.corpus, uploaded=lambda: self._uploaded
            )
            for repair in repairs:
                if repair.kind == "fault":
                    self._report_fault(repair.message)
                elif repair.kind != "read":
                    self._say(repair.message)
            self._write_texts(store)
        finally:
            store.close()
        self.counts["warcs"] = len(self._archive.sealed())
        rebuild_index(
            partial(self._archive.sealed, node_of(self._archive.folder, uri)),
            self._archive.index,
            self._report_index_fault,
        )

    def _uploaded_elsewhere(self) -> list[RemoteFile]:
        """Return the files that the old ledger alone knows the places of. Raises OSError.

        Without them an archive whose uploaded files are not here would be made anew from the rest.
        """
        known = {path.name for path in sealed_warcs(self._archive.warcs)}
        known |= {file.name for file in self._uploaded}
        with suppress(LedgerDamagedError):  # which is said when it is moved aside
            if store := self._archive.open_store():
                with closing(store):
                    warcs = [warc.address for warc in store.warcs() if warc.address]
                    files = map(RemoteFile, {*warcs, *unread_addresses(store)})
                elsewhere = sorted((one for one in files if one.name not in known), key=str)
                return [file for file in elsewhere if self._exists(file)]
        return []

    def _exists(self, file: RemoteFile) -> bool:
        if not (is_there := file.exists()):
            self._report_fault(f"{file} is missing in the store, and was removed here")
        return is_there

    def _check_there_are_records(self) -> None:
        """Raise NothingToRebuildError if articles were collected here and no record is left."""
        if self._uploaded:
            return
        warcs = self._archive.warcs
        if any(map(_has_record, [*sealed_warcs(warcs), *warcs.glob(f"*{OPEN_SUFFIX}")])):
            return
        texts = len(self._archive.corpus.files())
        if held := texts or self._count_held():
            others = sorted(path.name for path in warcs.glob("*"))
            beside = f", which has {len(others)} other files such as {others[0]}" if others else ""
            raise NothingToRebuildError(
                f"there is no record in a .warc.gz or .warc in {warcs}{beside}, and there were "
                f"{held} articles: put the WARC files back there; nothing was changed"
            )

    def _count_held(self) -> int:
        try:
            store = self._archive.open_store()
            if store is None:
                return 0
            with closing(store):
                return sum(1 for _ in store.files())
        except LedgerDamagedError:
            return 0

    def _move_old_ledger_aside(self) -> None:
        unarchived = 0
        try:
            old = self._archive.open_store()
            if old is None:
                return
            with closing(old):
                self._check_is_of_one_node(old)
                unarchived = sum(holding.conversion is None for holding in old.all())
        except LedgerDamagedError as error:
            self._say(str(error))
        aside = move_store_aside(self._archive.ledger_uri, "replaced")
        self._say(f"the old ledger is {aside}")
        if unarchived:
            self._say(
                f"{unarchived} articles in it were collected without an archive: it alone has them"
            )

    def _check_is_of_one_node(self, store: Store) -> None:
        """Raise NothingToRebuildError if other nodes have files that are not here."""
        here = {path.name for path in sealed_warcs(self._archive.warcs)}
        here |= {file.name for file in self._uploaded}
        away = [warc for warc in store.warcs() if warc.node != store.node and warc.name not in here]
        if away:
            raise NothingToRebuildError(
                f"other nodes have {len(away)} WARC files of this ledger, such as {away[0].name} "
                f"of {away[0].node}: nothing was changed; a ledger is made anew from all files, so "
                f"copy them to {self._archive.warcs} first"
            )

    def _write_texts(self, store: Store) -> None:
        self._archive.corpus.remove_unfinished()
        unowned = set(self._archive.corpus.files())
        written: list[str] = []
        for holding in store.all():
            self.counts["articles"] += 1
            unowned.discard(holding.file)
            try:
                self._write_text(holding)
                written.append(holding.file)
            except (OSError, LookupError) as error:
                self._report_fault(f"{holding.file} could not be restored: {error}")
        store.note_written(written)
        if unowned:
            self._say(f"{len(unowned)} text files belong to no article, such as {min(unowned)}")

    def _write_text(self, holding: Holding) -> None:
        changed = self._archive.corpus.write(holding.file, archived_text(self._archive, holding))
        self.counts["texts/written" if changed else "texts/same"] += 1

    def _report_index_fault(self, path: StoredFile, fault: Fault) -> None:
        self._report_fault(f"{path}:{fault.offset}: {fault.reason}")

    def _report_fault(self, message: str) -> None:
        """Name a fault once: each WARC file is read twice, for the ledger and for the index."""
        if message not in self._named:
            self._named.add(message)
            self.counts["faults"] += 1
            self._say(message)


def _has_record(path: Path) -> bool:
    """Return whether the file at *path* has a whole record, be it among many in a gzip member."""
    items = read_records(path, strict=False)
    return any(not isinstance(item, Fault) for item in items)
