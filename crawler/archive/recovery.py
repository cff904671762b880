"""The start of a run: what a crash left behind in the archive is put in order.

The ledger says how much of each WARC file counts. A longer `.open` file has a tail that was
never committed: it is set aside and cut off. Of a shorter file what is missing is forgotten, so
that it is fetched again. No byte that counts is changed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.copies import sketch_texts
from crawler.archive.ledger_from_warcs import absorb
from crawler.disk import sync_folder
from crawler.state.store import Store, WarcFile
from crawler.warc.reader import Fault, read_records
from crawler.warc.writer import OPEN_SUFFIX, final_name

_NUMBERS = range(100_000)
_OURS = re.compile(r"-(?P<stamp>\d{14})-(?P<serial>\d{5})\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was put in order; ``kind`` is its stats key below ``recover/``."""

    kind: str
    message: str


def recover(folder: Path, store: Store) -> Iterator[Finding]:
    """Bring the WARC files in *folder* and the ledger into step, one finding at a time.

    A ledger that knows no file at all is new or was lost: it is made from all files, in one
    transaction, so that half of it is never taken for the whole. In the end near copies are found
    of every text that can be read. Raises OSError.
    """
    known = {warc.name: warc for warc in store.warcs()}
    lost = not known
    with store.transaction() if lost else nullcontext():
        for path in by_age(folder):
            if path.name.endswith(OPEN_SUFFIX):
                name = final_name(path)
                yield from _recover_open(path, known.pop(name, None), store, lost=lost)
            else:
                yield from _recover_sealed(path, known.pop(path.name, None), store)
    if known:
        names = (
            f"{next(iter(known))} and {len(known) - 1} more"
            if len(known) > 1
            else next(iter(known))
        )
        yield Finding("missing", f"not in {folder}: {names}; what the ledger has of them stays")
    if unread := sketch_texts(store, folder):
        yield Finding(
            "unread",
            f"{len(unread)} texts cannot be read, such as that of {unread[0]}: "
            "near copies of them are not found",
        )


def by_age(folder: Path) -> list[Path]:
    """The WARC files in *folder* in the order in which they were begun, open ones too."""
    names = [*folder.glob("*.warc.gz"), *folder.glob(f"*.warc.gz{OPEN_SUFFIX}")]
    return sorted(names, key=_begun)


def set_aside(path: Path, start: int = 0, kind: str = "torn") -> Path:
    """Move what *path* holds from byte *start* on to a file beside it, ``NAME.torn-N``."""
    name = final_name(path)
    target = next(t for n in _NUMBERS if not (t := path.with_name(f"{name}.{kind}-{n}")).exists())
    if start == 0:
        path.rename(target)
    else:
        _move_tail(path, start, target)
    sync_folder(path.parent)
    return target


def _recover_open(
    path: Path, known: WarcFile | None, store: Store, *, lost: bool
) -> Iterator[Finding]:
    """Cut an open file to what counts, and seal it."""
    size = path.stat().st_size
    if path.with_name(final_name(path)).exists():
        torn = set_aside(path)
        yield Finding("torn", f"{path.name} is there sealed too, and set aside as {torn.name}")
        return
    committed = known.size if known else 0
    whole = _whole(path) if lost or size < committed else committed
    if size < committed:
        yield from _forget(path, whole, store)
    yield from _cut(path, whole, size)
    if whole:
        yield from _seal(path, store, read=lost)
    elif not size:
        path.unlink()


def _cut(path: Path, whole: int, size: int) -> Iterator[Finding]:
    if whole < size:
        torn = set_aside(path, whole)
        yield Finding("torn", f"{path.name}: {size - whole} bytes set aside as {torn.name}")


def _seal(path: Path, store: Store, *, read: bool) -> Iterator[Finding]:
    final = path.with_name(final_name(path))
    path.rename(final)
    sync_folder(path.parent)
    yield Finding("sealed", f"{final.name} was left open by a run that died, and is sealed")
    if read:
        yield from _read(final, store)
    store.put_warc(WarcFile(name=final.name, size=final.stat().st_size, sealed=True))


def _read(path: Path, store: Store, start: int = 0) -> Iterator[Finding]:
    for fault in absorb(path, store, start):
        yield Finding("fault", f"{path}:{fault.offset}: {fault.reason}")


def _recover_sealed(path: Path, known: WarcFile | None, store: Store) -> Iterator[Finding]:
    size = path.stat().st_size
    if known and size == known.size:
        if not known.sealed:
            store.put_warc(WarcFile(name=path.name, size=size, sealed=True))
        return
    whole = _whole(path)
    if known and size < known.size:
        yield from _forget(path, whole, store)
    yield from _cut(path, whole, size)
    if whole and (known is None or size > known.size):
        yield Finding("read", f"{path.name} was not in the ledger: it is read into it")
        yield from _read(path, store, known.size if known else 0)


def _forget(path: Path, size: int, store: Store) -> Iterator[Finding]:
    name = final_name(path)
    lost = store.forget(name, size)
    yield Finding(
        "forgotten",
        f"{name} lacks bytes that were collected: what lay behind byte {size} is forgotten, "
        f"{len(lost)} articles with it, and will be fetched again",
    )


def _whole(path: Path) -> int:
    """Where the last whole record of *path* ends."""
    ends = (item.offset + item.length for item in read_records(path) if not isinstance(item, Fault))
    return max(ends, default=0)


def _begun(path: Path) -> tuple[str, str, str]:
    """When the file was begun: our names tell; of others, the first record that can be read."""
    if ours := _OURS.search(path.name):
        return ours["stamp"], ours["serial"], path.name
    first = next((item for item in read_records(path) if not isinstance(item, Fault)), None)
    date = (first and first.header("WARC-Date")) or "9"
    return "".join(filter(str.isdigit, date))[:14], "", path.name


def _move_tail(path: Path, start: int, target: Path) -> None:
    with path.open("r+b") as source, target.open("xb") as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
        source.truncate(start)
        os.fsync(source.fileno())
