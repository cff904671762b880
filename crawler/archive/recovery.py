"""Recovery, at the start of a run: what a crash left behind in the archive is put in order.

The ledger says how much of each WARC file counts. A longer `.open` file has a tail that was
never committed: it is moved to a file of its own and cut off. In sealed files that have another
size than the ledger says, or are new to it, it looks its records up (see
`crawler.archive.changed_files`). What is in no file is forgotten, so that it is fetched again. No
byte that counts is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from crawler.archive.changed_files import ChangedFiles, begin_key, cut, move_tail_aside
from crawler.archive.copies import add_missing_sketches, sketched_fact
from crawler.archive.folder import WarcPlaces, open_warcs, sealed_sizes
from crawler.archive.lost_files import name_lost
from crawler.archive.merged_names import settle_names
from crawler.archive.nodes import begin_node
from crawler.archive.repair import Repair
from crawler.archive.uploads import uploaded_as
from crawler.disk import sync_folder
from crawler.state.backends import move_store_aside, open_store
from crawler.state.store import LedgerDamagedError, Store, WarcFile
from crawler.storage.remote_file import RemoteFile, StoredFile
from crawler.warc.open_files import remove_begun, taken_over
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.writer import final_name

FindUploaded = Callable[[], Iterable[RemoteFile]]
"""Finds the WARC files that are uploaded; it is asked only for a ledger that is new."""

_UNREAD = "uploaded files that are to be read"

FileT = TypeVar("FileT", Path, RemoteFile, StoredFile)

if TYPE_CHECKING:
    from crawler.state.lock import Opening
    from crawler.text.corpus import Corpus


def open_ledger(
    uri: str,
    warcs: Path,
    corpus: Corpus | None = None,
    opened: Opening | None = None,
    uploaded: FindUploaded = tuple,
) -> tuple[Store, list[Repair]]:
    """Open the ledger at *uri* for a run, and bring the WARC files in *warcs* into step with it.

    *opened* says who else writes to the archive; without it, nobody does. See `recover` for
    *corpus* and *uploaded*.

    A ledger that is damaged is moved aside, and made again from the WARC files, unless others have
    it open. Raises OSError, and ValueError as `open_store` does.
    """
    try:
        return _open(uri, warcs, corpus, opened, uploaded)
    except LedgerDamagedError as error:
        if opened and not opened.is_only:
            raise OSError(
                f"{error}; it is made anew when all who write to it have ended"
            ) from error
        aside = Path(move_store_aside(uri, "damaged")).name
        made_anew = Repair("ledger", f"{error}; set aside as {aside}, and made anew")
    store, repairs = _open(uri, warcs, corpus, opened, uploaded)
    return store, [made_anew, *repairs]


def _open(
    uri: str,
    warcs: Path,
    corpus: Corpus | None,
    opened: Opening | None,
    uploaded: FindUploaded,
) -> tuple[Store, list[Repair]]:
    is_only = opened is None or opened.is_only
    node = begin_node(warcs.parent, uri)
    store = open_store(uri, opened.lock.writer if opened else "", node)
    try:
        if is_only and not node:
            store.restart_ordinals()
        return store, list(recover(warcs, store, corpus, is_only=is_only, uploaded=uploaded))
    except BaseException:
        store.close()
        raise


def recover(
    folder: Path,
    store: Store,
    corpus: Corpus | None = None,
    *,
    is_only: bool = True,
    uploaded: FindUploaded = tuple,
) -> Iterator[Repair]:
    """Bring the WARC files in *folder* and the ledger into step, one repair at a time.

    A ledger that knows no file at all is new or was lost: it is made from all files. All is one
    transaction, so that half of it is never taken for the whole. Files that were not known may be
    another archive's: its articles get names of their own in *corpus*. At the end each text gets
    the sketch that it lacks, by which near copies are found.

    Files that others write are let alone. Unless this process is the *only* one, so are sealed
    files that are new or changed: others remember places in them. If the ledger is new, those that
    are *uploaded*, and not here, are read where they are. Raises OSError.
    """
    remove_begun(folder)
    with store.transaction():  # what the ledger has of others' files stays as it is now
        known = {warc.name: warc for warc in store.warcs(store.node)}
        is_empty = not known and is_only
        is_new = is_empty and not store.warcs()
        others = {final_name(path): path for path in open_warcs(folder)}
        yield from _recover_dead(others, known, store, is_empty=is_empty)
        # What another one sealed meanwhile was open before, or is sealed now, or both.
        sizes = sealed_sizes(folder)
        if store.node:
            yield from _leave_copies(sizes, known, store)
        away = {name for name, warc in known.items() if warc.address} - sizes.keys()
        for name in (others.keys() - sizes.keys()) | away:
            known.pop(name, None)
        changed: list[StoredFile] = [
            folder / name for name, size in sizes.items() if _is_changed(name, size, known, store)
        ]
        remote = [file for file in _remote(store, uploaded if is_new else tuple, sizes) if is_only]
        changed += remote
        if is_only:
            yield from _read_changed(changed, known, store, corpus, folder)
            _note_uploads(remote, store)
            store.drop_fact(_UNREAD)
        else:
            yield from _put_off(changed, known)
    if known:
        gone = list(known)
        names = f"{gone[0]} and {len(gone) - 1} more" if len(gone) > 1 else gone[0]
        what = f"not in {folder}: {names}; what the ledger has of them stays"
        yield Repair("missing", f"{what}; scrapy rebuild looks for their records in all others")
    if is_new:
        yield from name_lost(folder.parent / "index", {*sizes, *(file.name for file in remote)})
    if unread := add_missing_sketches(store, WarcPlaces.of_store(folder, store)):
        yield Repair(
            "unread",
            f"{len(unread)} texts cannot be read, such as that of {unread[0]}: "
            "near copies of them are not found",
        )


def note_unread(store: Store, files: Iterable[RemoteFile]) -> None:
    """Note that *files* are to be read into *store*, by `recover`: now, or at a later start.

    What moved the old ledger aside may be cut off, and nothing else may know where they are.
    """
    store.put_fact(_UNREAD, "\n".join(file.address for file in files))


def unread_addresses(store: Store) -> list[str]:
    """Return the addresses of the files that are still to be read into *store*."""
    return (store.fact(_UNREAD) or "").splitlines()


def _remote(store: Store, uploaded: FindUploaded, here: Container[str]) -> Iterable[RemoteFile]:
    """Return the files that are to be read where they are, each once: none that is *here*."""
    unread = map(RemoteFile, unread_addresses(store))
    found = {file.name: file for file in (*unread, *uploaded()) if file.name not in here}
    known = {warc.name for warc in store.warcs()} if found else set()
    return [file for name, file in found.items() if name not in known]


def _leave_copies(
    sizes: dict[str, int], known: dict[str, WarcFile], store: Store
) -> Iterator[Repair]:
    """Take out of *sizes* the files that other nodes have written; people copied them here."""
    for name in sizes.keys() - known.keys():
        if (node := store.node_of(name)) not in (None, store.node):
            del sizes[name]
            yield Repair("copied", f"{name} is of the node {node}: what is here is not read")


def _recover_dead(
    open_files: dict[str, Path], known: dict[str, WarcFile], store: Store, *, is_empty: bool
) -> Iterator[Repair]:
    """Recover those of *open_files* whose writers are dead; leave the others there."""
    with ExitStack() as locks:
        dead = [path for path in open_files.values() if locks.enter_context(taken_over(path))]
        for path in oldest_first(dead):
            del open_files[final_name(path)]
            yield from _recover_open(path, known, store, is_empty=is_empty)


def _read_changed(
    changed: list[StoredFile],
    known: dict[str, WarcFile],
    store: Store,
    corpus: Corpus | None,
    folder: Path,
) -> Iterator[Repair]:
    """Look up the records of sealed files that *changed*; leave what is gone in *known*."""
    if not changed:
        return
    store.drop_fact(sketched_fact(store))
    with closing(ChangedFiles(store, known)) as files:
        yield from files.read(oldest_first(changed))
        for name in known.keys() - files.gone:
            del known[name]
    if files.has_read and corpus:
        for was, now in settle_names(store, corpus, folder):
            yield Repair("refiled", f"{was} is called {now} from now on")


def _note_uploads(remote: Sequence[RemoteFile], store: Store) -> None:
    """Note in the ledger which of its files are the *remote* ones."""
    known = {warc.name: warc for warc in store.warcs()} if remote else {}
    for file in remote:
        if warc := known.get(file.name):
            store.put_upload(uploaded_as(warc, file))


def _put_off(changed: list[StoredFile], known: dict[str, WarcFile]) -> Iterator[Repair]:
    """Leave sealed files that *changed* to a later start; they are not gone from *known*."""
    for path in changed:
        known.pop(path.name, None)
    if changed:
        names = f"{changed[0].name} and {len(changed) - 1} more"
        names = names if len(changed) > 1 else changed[0].name
        what = "not as the ledger has them; they are read by the next run that starts alone"
        yield Repair("put-off", f"{names}: {what}, or by scrapy rebuild")


def oldest_first(paths: Iterable[FileT]) -> list[FileT]:
    """Return the WARC files *paths* in the order in which they were begun, open ones too."""
    return sorted(paths, key=lambda path: (begin_key(path, _first_record(path)), str(path)))


def _recover_open(
    path: Path, files: dict[str, WarcFile], store: Store, *, is_empty: bool
) -> Iterator[Repair]:
    """Cut an open file to what counts, and seal it; *files* are those in the ledger."""
    size = path.stat().st_size
    name = final_name(path)
    if path.with_name(name).exists():
        torn = move_tail_aside(path, 0)
        yield Repair("torn", f"{path.name} is there sealed too, and set aside as {torn.name}")
        return
    committed = files[name].size if name in files else 0
    end = _end_of_last_record(path) if is_empty or size < committed else committed
    if size < committed:
        yield from _forget_behind(path, end, store)
    yield from cut(path, end, size)
    if end:
        yield from _seal(path)
        if not is_empty:
            files[name] = WarcFile(name=name, size=end, sealed=True)
            store.put_warc(files[name])
    else:
        files.pop(name, None)
        if not size:
            path.unlink()


def _is_changed(name: str, size: int, known: dict[str, WarcFile], store: Store) -> bool:
    """Return whether a sealed file is not as it is *known*; else it is taken out of *known*."""
    file = known.get(name)
    if file is None or file.size != size:
        return True
    if not known.pop(name).sealed:
        store.put_warc(WarcFile(name=name, size=size, sealed=True))
    return False


def _seal(path: Path) -> Iterator[Repair]:
    final = path.with_name(final_name(path))
    path.rename(final)
    sync_folder(path.parent)
    yield Repair("sealed", f"{final.name} was left open by a run that died, and is sealed")


def _forget_behind(path: Path, size: int, store: Store) -> Iterator[Repair]:
    name = final_name(path)
    store.drop_fact(sketched_fact(store))
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


def _first_record(path: StoredFile) -> Record | None:
    with suppress(FileNotFoundError):  # it was sealed in the meantime: its name says enough
        return next((item for item in read_records(path) if not isinstance(item, Fault)), None)
    return None
