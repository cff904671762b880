"""Archives of Newsreel merged: WARC files of another one come into the folder of ours as they are.

The ledger is then brought into step with them as with any file that it does not know
(`crawler.archive.recovery`), so that it makes no difference who copied them.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.folder import sealed_warcs
from crawler.archive.made_pages import holds_made_pages
from crawler.disk import replacement
from crawler.warc.container import find_parts
from crawler.warc.gzip_member import GZIP
from crawler.warc.reader import Fault, Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.byte_source import OpenFile
    from crawler.warc.container import Part

_UNFINISHED = ".merging"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}\.warc(?:\.gz)?")
_SOFTWARE = re.compile(rb"^software: newsreel/", re.M)
_MAX_WARCINFO = 1 << 20
_PIECE = 1 << 20


@dataclass(slots=True)
class MergedFiles:
    """The names that the WARC files of another archive have in ours.

    ``held`` were there before.
    """

    new: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


def has_text(path: Path) -> bool:
    """Return whether the WARC file at *path* has a text of ours. Raises OSError."""
    items = read_records(path, strict=False)
    return any(not isinstance(item, Fault) and item.type == "conversion" for item in items)


def is_ours(path: Path) -> bool:
    """Return whether all WARC files in *path*, a file, say that Newsreel wrote them.

    Raises OSError.
    """
    ids = [_warcinfo_id(first) for _, first in _parts(path)]
    return bool(ids) and all(ids)


def merge_files(paths: Iterable[Path], warcs: Path) -> MergedFiles:
    """Copy the WARC files in *paths*, all `is_ours`, into the folder *warcs* of an archive.

    A file is known by the id of its first record: one that is there already is not copied. A copy
    is there as a whole or not at all. Raises OSError.
    """
    warcs.mkdir(parents=True, exist_ok=True)
    for unfinished in warcs.glob(f".*{_UNFINISHED}"):
        unfinished.unlink()
    known = {first.id: path.name for path in sealed_warcs(warcs) if (first := _first(path))}
    merged = MergedFiles()
    for part, first in (found for path in paths for found in _parts(path)):
        record_id = _warcinfo_id(first)
        if record_id in known:
            merged.held.add(known[record_id])
            continue
        name = known[record_id] = _free_name(part, first, warcs)
        _copy(part, warcs / name)
        merged.new.add(name)
    return merged


def _parts(path: Path) -> Iterator[tuple[Part, Record | None]]:
    """Yield the WARC files in *path*, each with its first record if that is whole.

    Those of pages that were made at packing are left out.
    """
    for part in find_parts(path):
        first = _first(part.path, part.start, part.end)
        if first is None or not holds_made_pages(first):
            yield part, first


def _warcinfo_id(first: Record | None) -> str:
    """Return the id of a file's *first* record if that is a warcinfo of ours, else nothing."""
    if first is None or first.type != "warcinfo" or len(first.block) > _MAX_WARCINFO:
        return ""
    return first.id if _SOFTWARE.search(first.block) else ""


def _first(path: StoredFile, start: int = 0, end: int | None = None) -> Record | None:
    first = next(iter(read_records(path, start=start, end=end, strict=False)), None)
    return None if isinstance(first, Fault) else first


def _free_name(part: Part, first: Record | None, warcs: Path) -> str:
    """Return the name that *part* says in its *first* record, unless another file has it."""
    said = (first and first.header("WARC-Filename")) or ""
    stem = said.partition(".warc")[0] if _NAME.fullmatch(said) else "newsreel-merged"
    suffix = ".warc.gz" if _is_compressed(part) else ".warc"
    name = stem + suffix
    while (warcs / name).exists():
        name = f"{stem}-{secrets.token_hex(3)}{suffix}"
    return name


def _is_compressed(part: Part) -> bool:
    with part.path.open("rb") as file:
        file.seek(part.start)
        return file.read(len(GZIP)) == GZIP


def _copy(part: Part, target: Path) -> None:
    with part.path.open("rb") as source, replacement(target, _UNFINISHED) as copy:
        source.seek(part.start)
        _copy_bytes(source, copy, part.end - part.start)


def _copy_bytes(source: OpenFile, copy: IO[bytes], left: int) -> None:
    while left and (piece := source.read(min(left, _PIECE))):
        copy.write(piece)
        left -= len(piece)
