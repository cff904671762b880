"""Text files and indexes that are missing or damaged, made again from the WARC files."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from crawler.archive.nodes import is_of_another_node, node_of
from crawler.archive.text_records import archived_text
from crawler.archive.uploads import forget_if_gone
from crawler.warc.reindex import update_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.folder import Archive
    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Fault

_AT_ONCE = 500  # files that are synced at once


def repair_texts(archive: Archive, store: Store) -> Iterator[str]:
    """Write each text file that is missing, or has other bytes than its record; say which.

    Other nodes have theirs. What cannot be restored stays as it is, and is named. Raises OSError if
    the ledger fails, or a file cannot be written.
    """
    if count := archive.corpus.remove_unfinished():
        yield f"{archive.corpus.root}: removed {count} files that were never finished"
    held = store.all()
    while batch := list(islice(held, _AT_ONCE)):
        written: list[str] = []
        for holding in batch:
            if not is_of_another_node(store, holding):
                yield from _repair_text(archive, holding, written)
        archive.corpus.sync(written)
        store.note_written(written)


def repair_uploads(archive: Archive, store: Store) -> Iterator[str]:
    """Have files wait for their upload once more that are here, and in the store no longer.

    Where the store cannot be asked that stays as it is: a check names it. Raises OSError if the
    ledger fails.
    """
    uploaded = [warc for warc in store.warcs(store.node) if warc.address]
    here = [warc for warc in uploaded if (archive.warcs / warc.name).exists()]
    with suppress(OSError):
        for warc in here:
            if forget_if_gone(warc, store):
                yield f"{warc.address}: is gone; the next run, or scrapy upload, uploads it again"


def repair_indexes(archive: Archive) -> Iterator[str]:
    """Make the index of each sealed WARC file that has none, or an old one. Raises OSError."""
    find = partial(archive.sealed, node_of(archive.folder, archive.ledger_uri))
    if count := update_index(find, archive.index, _ignore):
        yield f"{archive.index}: made the index of {count} WARC files"


def _repair_text(archive: Archive, holding: Holding, written: list[str]) -> Iterator[str]:
    path = archive.corpus.root / holding.file
    was_there = path.exists()
    try:
        text = archived_text(archive, holding)
    except (OSError, LookupError) as error:
        if not was_there:
            yield f"{path}: cannot be restored: {error}"
        return
    if archive.corpus.write(holding.file, text, durable=False):
        what = "had other bytes than its record" if was_there else "was missing"
        yield f"{path}: restored, it {what}"
    written.append(holding.file)


def _ignore(path: StoredFile, fault: Fault) -> None:
    """Leave the faults of WARC files to the verification."""
