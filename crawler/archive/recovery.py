"""Recovery, at the start of a run: what a crash left behind in the archive is put in order.

The ledger says how much of each WARC file counts. A longer `.open` file has a tail that was
never committed: it is moved to a file of its own and cut off. If a file is shorter, the ledger
forgets what is missing, so that it is fetched again. No byte that counts is changed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.copies import add_missing_sketches
from crawler.archive.ledger_from_warcs import read_into_ledger
from crawler.disk import free_name, sync_folder
from crawler.state.backends import move_store_aside, open_store
from crawler.state.store import LedgerDamagedError, Store, WarcFile
from crawler.warc.reader import Fault, read_records
from crawler.warc.writer import OPEN_SUFFIX, final_name

_OUR_NAME = re.compile(r"-(?P<stamp>\d{14})-\d{5}(?:-[0-9a-f]{6})?\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was put in order; ``kind`` is its stats key below ``recover/``."""

    kind: str
    message: str


def open_ledger(uri: str, warcs: Path) -> tuple[Store, list[Repair]]:
    """Open the ledger at *uri* for a run, and bring the WARC files in *warcs* into step with it.

    A ledger that is damaged is moved aside, and made again from the WARC files. Raises OSError,
    and ValueError as `open_store` does.
    """
    repairs: list[Repair] = []
    try:
        store = open_store(uri)
    except LedgerDamagedError as error:
        aside = Path(move_store_aside(uri, "damaged")).name
        repairs.append(Repair("ledger", f"{error}; set aside as {aside}, and made anew"))
        store = open_store(uri)
    repairs += recover(warcs, store)
    return store, repairs


def recover(folder: Path, store: Store) -> Iterator[Repair]:
    """Bring the WARC files in *folder* and the ledger into step, one repair at a time.

    A ledger that knows no file at all is new or was lost: it is made from all files, in one
    transaction, so that half of it is never taken for the whole. At the end each text gets the
    sketch that it lacks, by which near copies are found. Raises OSError.
    """
    known = {warc.name: warc for warc in store.warcs()}
    is_empty = not known
    with store.transaction() if is_empty else nullcontext():
        for path in oldest_first(folder):
            if path.name.endswith(OPEN_SUFFIX):
                name = final_name(path)
                yield from _recover_open(path, known.pop(name, None), store, is_empty=is_empty)
            else:
                yield from _recover_sealed(path, known.pop(path.name, None), store)
    if known:
        first = next(iter(known))
        names = f"{first} and {len(known) - 1} more" if len(known) > 1 else first
        yield Repair("missing", f"not in {folder}: {names}; what the ledger has of them stays")
    if unread := add_missing_sketches(store, folder):
        yield Repair(
            "unread",
            f"{len(unread)} texts cannot be read, such as that of {unread[0]}: "
            "near copies of them are not found",
        )


def oldest_first(folder: Path) -> list[Path]:
    """Return the WARC files in *folder* in the order in which they were begun, open ones too."""
    paths = [*folder.glob("*.warc.gz"), *folder.glob(f"*.warc.gz{OPEN_SUFFIX}")]
    seconds = {path: _second_of_begin(path) for path in paths}
    count = Counter(seconds.values())
    # Serials count within a run: of two runs in one second the first record alone is precise.
    precise = {path: _first_date(path) for path in paths if count[seconds[path]] > 1}
    return sorted(paths, key=lambda path: (seconds[path], precise.get(path, ""), path.name))


def _recover_open(
    path: Path, known: WarcFile | None, store: Store, *, is_empty: bool
) -> Iterator[Repair]:
    """Cut an open file to what counts, and seal it."""
    size = path.stat().st_size
    if path.with_name(final_name(path)).exists():
        torn = _move_tail_aside(path, 0)
        yield Repair("torn", f"{path.name} is there sealed too, and set aside as {torn.name}")
        return
    committed = known.size if known else 0
    end = _end_of_last_record(path) if is_empty or size < committed else committed
    if size < committed:
        yield from _forget_behind(path, end, store)
    yield from _cut(path, end, size)
    if end:
        yield from _seal(path, store, read=is_empty)
    elif not size:
        path.unlink()


def _recover_sealed(path: Path, known: WarcFile | None, store: Store) -> Iterator[Repair]:
    size = path.stat().st_size
    if known and size == known.size:
        if not known.sealed:
            store.put_warc(WarcFile(name=path.name, size=size, sealed=True))
        return
    end = _end_of_last_record(path)
    if known and size < known.size:
        yield from _forget_behind(path, end, store)
    yield from _cut(path, end, size)
    if end and (known is None or size > known.size):
        yield Repair("read", f"{path.name} was not in the ledger: it is read into it")
        yield from _read(path, store, known.size if known else 0)


def _cut(path: Path, end: int, size: int) -> Iterator[Repair]:
    if end < size:
        torn = _move_tail_aside(path, end)
        yield Repair("torn", f"{path.name}: {size - end} bytes set aside as {torn.name}")


def _seal(path: Path, store: Store, *, read: bool) -> Iterator[Repair]:
    final = path.with_name(final_name(path))
    path.rename(final)
    sync_folder(path.parent)
    yield Repair("sealed", f"{final.name} was left open by a run that died, and is sealed")
    if read:
        yield from _read(final, store)
    store.put_warc(WarcFile(name=final.name, size=final.stat().st_size, sealed=True))


def _read(path: Path, store: Store, start: int = 0) -> Iterator[Repair]:
    for fault in read_into_ledger(path, store, start):
        yield Repair("fault", f"{path}:{fault.offset}: {fault.reason}")


def _forget_behind(path: Path, size: int, store: Store) -> Iterator[Repair]:
    name = final_name(path)
    lost = store.forget(name, size)
    yield Repair(
        "forgotten",
        f"{name} lacks bytes that were collected: what lay behind byte {size} is forgotten, "
        f"{len(lost)} articles with it, and will be fetched again",
    )


def _end_of_last_record(path: Path) -> int:
    """Return where the last whole record of *path* ends, 0 if it has none."""
    ends = (item.offset + item.length for item in read_records(path) if not isinstance(item, Fault))
    return max(ends, default=0)


def _second_of_begin(path: Path) -> str:
    """Return when the file was begun, 14 digits: by its name if that is ours, else as it says."""
    ours = _OUR_NAME.search(path.name)
    return ours["stamp"] if ours else _first_date(path)[:14]


def _first_date(path: Path) -> str:
    """Return the digits of the WARC-Date of the first whole record in *path*."""
    first = next((item for item in read_records(path) if not isinstance(item, Fault)), None)
    date = (first and first.header("WARC-Date")) or "9"
    return "".join(filter(str.isdigit, date))


def _move_tail_aside(path: Path, start: int) -> Path:
    """Move what *path* holds from byte *start* on to a file beside it, ``NAME.torn-N``."""
    target = free_name(path.with_name(final_name(path)), "torn")
    if start == 0:
        path.rename(target)
    else:
        _move_tail(path, start, target)
    sync_folder(path.parent)
    return target


def _move_tail(path: Path, start: int, target: Path) -> None:
    with path.open("r+b") as source, target.open("xb") as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
        source.truncate(start)
        os.fsync(source.fileno())
