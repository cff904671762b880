"""WARC files packed as a WACZ, with their articles as its pages."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.folder import WACZ_SCRATCH
from crawler.archive.made_pages import MadePages, holds_made_pages
from crawler.archive.packable import PackableFiles
from crawler.archive.packed_pages import PackedArticles
from crawler.disk import scratch_folder
from crawler.warc.archive_lines import IndexedFile
from crawler.warc.index_files import sort_lines
from crawler.warc.reader import Record, read_records
from crawler.warc.reindex import lines_of_files
from crawler.warc.wacz_writer import (
    WaczDescription,
    WaczWriter,
    entry_names,
    free_entry_name,
    new_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.archive.packable import OnRewritten
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.archive_lines import OnFault
    from crawler.warc.signature import Signer

_MADE = "newsreel-made-pages.warc.gz"
"""The WARC of the pages that are made of texts: nothing in it was captured."""


@dataclass(slots=True, frozen=True, kw_only=True)
class PackedWacz:
    """A written WACZ; ``size`` in bytes. ``made`` of its pages were made of clean texts."""

    path: Path
    size: int
    sha256: str
    warcs: int
    pages: int
    made: int


def pack(
    target: Path,
    warcs: Iterable[StoredFile],
    description: WaczDescription,
    *,
    signer: Signer | None = None,
    overwrite: bool = False,
    on_fault: OnFault,
    on_rewritten: OnRewritten | None = None,
) -> PackedWacz:
    """Write the files *warcs*, which nobody writes to any more, to the WACZ *target*.

    Damaged records stay in their files, without an index line and a page; *on_fault* is called
    for each. Pages that an earlier packing made are made anew. With *on_rewritten* they may be
    archives of any tool (see `PackableFiles`). The order of *warcs* makes no difference. Raises
    FileExistsError for a *target* that is not to be overwritten, and OSError; *target* is then as
    it was.
    """
    created = f"{description.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with (
        _scratch(target) as folder,
        new_file(target, folder, overwrite=overwrite) as stream,
        closing(PackedArticles(folder, created)) as articles,
        WaczWriter(stream, description.created) as wacz,
    ):
        if on_rewritten:
            packable = PackableFiles(folder, created, on_fault, on_rewritten)
            warcs, on_fault = packable.find(warcs), packable.report
        files = entry_names(path for path in warcs if not _has_made_pages(path))
        _add_records(articles, files.values())
        for name, path in files.items():
            wacz.add_warc(name, path)
        name = free_entry_name(_MADE, files)
        made = MadePages(folder / name, name, created, description.software)
        indexed = [IndexedFile(path, name) for name, path in files.items()]
        captured = articles.note_captures(lines_of_files(indexed, on_fault))
        # All captures are known when the first page is made, and all pages before the first line.
        lines = chain(captured, made.write(articles.without_page()))
        wacz.add_index(sort_lines(lines, folder))
        if made.count:
            wacz.add_warc(name, made.path)
        pages = wacz.add_pages(articles.pages())
        wacz.close(description, signer)
    return PackedWacz(
        path=target,
        size=target.stat().st_size,
        sha256=_sha256(target),
        warcs=len(files),
        pages=pages,
        made=made.count,
    )


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """Yield a folder beside *target*; a database in it that finds no room is an OSError, too."""
    with scratch_folder(target.parent, WACZ_SCRATCH) as folder:
        try:
            yield folder
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"no room for the articles: {error}", str(target)) from error


def _has_made_pages(path: StoredFile) -> bool:
    first = next(iter(read_records(path, strict=False)), None)
    return isinstance(first, Record) and holds_made_pages(first)


def _add_records(articles: PackedArticles, paths: Iterable[StoredFile]) -> None:
    for path in paths:
        for item in read_records(path):
            if isinstance(item, Record):  # faults are named when the index is made
                articles.add(item, path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
