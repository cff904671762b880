"""WARC files packed as a WACZ, with their articles as its pages."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crawler.archive.packed_pages import Articles
from crawler.warc.index_files import sort_lines
from crawler.warc.indexing import index_lines
from crawler.warc.reader import Record, read_records
from crawler.warc.wacz_writer import Description, WaczWriter, entry_names, new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crawler.warc.reader import Fault
    from crawler.warc.signature import Signer


@dataclass(slots=True, frozen=True, kw_only=True)
class Packed:
    """A written WACZ; ``size`` in bytes, ``left_out`` articles had nothing that could be shown."""

    path: Path
    size: int
    sha256: str
    warcs: int
    pages: int
    left_out: int


def pack(
    target: Path,
    warcs: Iterable[Path],
    description: Description,
    *,
    signer: Signer | None = None,
    overwrite: bool = False,
    on_fault: Callable[[Path, Fault], None],
) -> Packed:
    """Write the files *warcs*, which nobody writes to any more, to the WACZ *target*.

    Damaged records stay in their files, without an index line and a page; *on_fault* is told of
    each. The order of *warcs* makes no difference. Raises FileExistsError for a *target* that is
    not to be overwritten, and OSError; *target* is then as it was.
    """
    files = entry_names(warcs)
    with (
        new_file(target, overwrite=overwrite) as stream,
        _scratch(target) as folder,
        closing(Articles(folder)) as articles,
        WaczWriter(stream, description.created) as wacz,
    ):
        _look_for(articles, files.values())
        for name, path in files.items():
            wacz.add_warc(name, path)
        wacz.add_index(articles.locate(_index(files, folder, on_fault)))
        pages = wacz.add_pages(articles.pages())
        wacz.close(description, signer)
    return Packed(
        path=target,
        size=target.stat().st_size,
        sha256=_sha256(target),
        warcs=len(files),
        pages=pages,
        left_out=articles.left_out,
    )


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A folder beside *target*; a database in it that finds no room is an OSError, too."""
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        try:
            yield Path(folder)
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"no room for the articles: {error}", str(target)) from error


def _look_for(articles: Articles, paths: Iterable[Path]) -> None:
    for path in paths:
        for item in read_records(path):
            if isinstance(item, Record):  # the index names what is none
                articles.see(item, path)


def _index(
    files: Mapping[str, Path], folder: Path, on_fault: Callable[[Path, Fault], None]
) -> Iterable[str]:
    lines = (
        index_lines(path, name=name, on_fault=partial(on_fault, path))
        for name, path in files.items()
    )
    return sort_lines(chain.from_iterable(lines), folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
