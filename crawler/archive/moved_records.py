"""Records that do not lie where the ledger says: people handled the files since the last run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.archive.folder import sealed_warcs
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.folder import Archive
    from crawler.items import RecordRef
    from crawler.state.store import Store
    from crawler.storage.remote_file import StoredFile


def find_again(
    archive: Archive, store: Store, ref: RecordRef, *, in_ledger: bool = True
) -> RecordRef | None:
    """Return where the record *ref* lies now, None if it was not found. Raises OSError.

    The ledger may know it as a capture. Else, if its file is not as the ledger has it, the record
    is looked for there and in others that are not; if its file is gone, in all of them, which
    takes as long as reading the archive. If *ref* is not *in_ledger* but what a record says, its
    file may have been handled long ago, and is looked through in any case. A record that has a
    gzip member in common with others gets the place of that.
    """
    for capture in _captures(store):
        is_there = capture.file != ref.file or capture.offset != ref.offset
        if capture.record_id == ref.record_id and is_there and archive.warc(capture.file).exists():
            return replace(ref, file=capture.file, offset=capture.offset, length=capture.length)
    for path in _candidates(archive, store, ref, in_ledger=in_ledger):
        for item in read_records(path, strict=False):
            if not isinstance(item, Fault) and item.id == ref.record_id:
                return replace(ref, file=path.name, offset=item.offset, length=item.length)
    return None


def _captures(store: Store) -> Iterator[RecordRef]:
    return (capture.ref for warc in store.warcs() for capture in store.captures(warc.name))


def _candidates(
    archive: Archive, store: Store, ref: RecordRef, *, in_ledger: bool
) -> list[StoredFile]:
    """Return the files that may have the record *ref*, the likeliest first."""
    sizes = {warc.name: warc.size for warc in store.warcs()}
    own = archive.warc(ref.file)
    ranks: dict[StoredFile, int] = {
        path: 0 if path == own else 1 if sizes.get(path.name) != path.stat().st_size else 2
        for path in sealed_warcs(archive.warcs)
    }
    if own.exists() and sizes.get(own.name) == own.stat().st_size:
        return [] if in_ledger else [own]
    likely = [path for path, rank in ranks.items() if rank < 2 or not own.exists()]
    return sorted(likely, key=lambda path: ranks[path])
