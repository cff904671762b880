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

from crawler.archive.made_pages import holds_made_pages
from crawler.disk import replacement
from crawler.warc.container import find_parts
from crawler.warc.gzip_member import GZIP
from crawler.warc.reader import Fault, Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

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
    ids = list(map(_warcinfo_id, _parts(path)))
    return bool(ids) and all(ids)


def merge_files(paths: Iterable[Path], warcs: Path) -> MergedFiles:
    """Copy the WARC files in *paths*, all `is_ours`, into the folder *warcs* of an archive.

    A file is known by the id of its first record: one that is there already is not copied. A copy
    is there as a whole or not at all. Raises OSError.
    """
    warcs.mkdir(parents=True, exist_ok=True)
    for unfinished in warcs.glob(f".*{_UNFINISHED}"):
        unfinished.unlink()
    known = {first: path.name for path in warcs.glob("*.warc*") if (first := _first_id(path))}
    merged = MergedFiles()
    for part in (part for path in paths for part in _parts(path)):
        first = _warcinfo_id(part)
        if first in known:
            merged.held.add(known[first])
            continue
        name = known[first] = _free_name(part, warcs)
        _copy(part, warcs / name)
        merged.new.add(name)
    return merged


def _parts(path: Path) -> Iterator[Part]:
    """Yield the WARC files in *path*, but for those of pages that were made at packing."""
    for part in find_parts(path):
        first = _first(part.path, part.start, part.end)
        if first is None or not holds_made_pages(first):
            yield part


def _warcinfo_id(part: Part) -> str:
    """Return the id of the first record of *part* if that is a warcinfo of ours, else nothing."""
    first = _first(part.path, part.start, part.end)
    if first is None or first.type != "warcinfo" or len(first.block) > _MAX_WARCINFO:
        return ""
    return first.id if _SOFTWARE.search(first.block) else ""


def _first_id(path: Path) -> str:
    first = _first(path, 0, None)
    return first.id if first else ""


def _first(path: Path, start: int, end: int | None) -> Record | None:
    first = next(iter(read_records(path, start=start, end=end, strict=False)), None)
    return None if isinstance(first, Fault) else first


def _free_name(part: Part, warcs: Path) -> str:
    """Return the name that the WARC file in *part* says it has, unless another file has it."""
    first = _first(part.path, part.start, part.end)
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


def _copy_bytes(source: IO[bytes], copy: IO[bytes], left: int) -> None:
    while left and (piece := source.read(min(left, _PIECE))):
        copy.write(piece)
        left -= len(piece)
