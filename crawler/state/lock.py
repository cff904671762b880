"""Who may do what in an archive: its writers side by side, a command alone, a source once.

``.lock`` is held shared by writers, exclusively by who needs the archive alone. In ``.locks/``
each writer has a file of its own, by which it is told from a dead one; each source that is crawled
has one, and each host that a round asks. All are held by ``flock``, so that they end with their
process.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crawler.state.process_file import is_held

_LOCKS = ".locks"
_OPENING = "opening"
_WRITER = "writer-"
_UNBORN = ".new-"  # a writer's file until that has its lock


class ArchiveLock:
    """The lock of the archive in a folder, held until `release` or the end of the process.

    ``writer`` is the token of a writer, by which `live_writers` knows it; empty for who has the
    archive alone.
    """

    def __init__(self, archive: int, writer: str = "", own: Path | None = None) -> None:
        self._archive = archive
        self._own = own
        self._own_lock = _create_own(own) if own else None
        self.writer = writer

    @classmethod
    def shared(cls, folder: Path) -> Self:
        """Take the lock as one of the writers of *folder*, whose archive need not be opened.

        Raises ``BlockingIOError`` naming the process that has the archive alone.
        """
        with _mutex(folder):
            return cls.of_writer(folder, _locked(folder, fcntl.LOCK_SH))

    @classmethod
    def alone(cls, folder: Path) -> Self:
        """Take the lock of *folder*, which nobody else has.

        Raises ``BlockingIOError`` naming the processes that have it.
        """
        with _mutex(folder, wait=False):
            archive = _locked(folder, fcntl.LOCK_EX)
            _sign(archive)
            return cls(archive)

    @classmethod
    def of_writer(cls, folder: Path, archive: int) -> Self:
        """Return the lock of a writer of *folder*, who has taken ``.lock`` as *archive*."""
        writer = secrets.token_hex(8)
        try:
            return cls(archive, writer, folder / _LOCKS / (_WRITER + writer))
        except BaseException:
            os.close(archive)
            raise

    def release(self) -> None:
        """Release the lock."""
        if self._own and self._own_lock is not None:
            self._own.unlink(missing_ok=True)
            os.close(self._own_lock)
        else:
            os.ftruncate(self._archive, 0)
        os.close(self._archive)

    def share(self) -> None:
        """Let other writers in."""
        fcntl.flock(self._archive, fcntl.LOCK_SH)


@dataclass(frozen=True, slots=True)
class Opening:
    """An archive that is being opened.

    ``lock`` is the writer's; release it when the writer is closed. ``is_only``: nobody else has the
    archive. ``others`` are the writers that do, by their tokens.
    """

    lock: ArchiveLock
    is_only: bool
    others: frozenset[str]


@contextmanager
def opening(folder: Path) -> Iterator[Opening]:
    """Open or recover the archive in *folder* in the block, as a writer of it.

    One at a time does so; others wait. If the block raises, the lock is released. Raises
    ``BlockingIOError`` naming the process that has the archive alone.
    """
    with _mutex(folder):
        lock, is_only = _writers_lock(folder)
        try:
            for unborn in (folder / _LOCKS).glob(f"{_UNBORN}*"):
                unborn.unlink()
            yield Opening(lock, is_only, live_writers(folder) - {lock.writer})
            lock.share()
        except BaseException:
            lock.release()
            raise


def live_writers(folder: Path) -> frozenset[str]:
    """Return the tokens of the writers of *folder* that are alive; remove what dead ones left."""
    found = (folder / _LOCKS).glob(f"{_WRITER}*")
    return frozenset(path.name.removeprefix(_WRITER) for path in found if is_held(path))


def check_is_readable(folder: Path) -> None:
    """Raise ``BlockingIOError`` naming the process if one has the archive in *folder* alone."""
    try:
        mutex = _take(_folder_of_locks(folder) / _OPENING, fcntl.LOCK_EX, "")
    except BlockingIOError:  # a writer is about to open it
        return
    try:
        os.close(_locked(folder, fcntl.LOCK_SH))
    finally:
        os.close(mutex)


@contextmanager
def folder_lock(folder: Path, name: str) -> Iterator[None]:
    """Have what *name* says of the archive in *folder* alone in the block; others wait.

    Raises OSError.
    """
    lock = _take(_folder_of_locks(folder) / name, fcntl.LOCK_EX, name, wait=True)
    try:
        _sign(lock)
        yield
    finally:
        os.close(lock)


@contextmanager
def files_kept(warcs: Path, *, alone: bool = False) -> Iterator[None]:
    """Have uploaded files stay in the folder *warcs* in the block, in which they are read.

    Any number of processes may read; who removes one is *alone*, or hears ``BlockingIOError``.
    Nothing is written. Raises OSError.
    """
    lock = os.open(warcs, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


class SourceLock:
    """The lock of *source* in the archive in *folder*: one run at a time reads it.

    Raises ``BlockingIOError`` naming the process whose run has it, which may be this one.
    """

    def __init__(self, folder: Path, source: str) -> None:
        path = _folder_of_locks(folder) / _lock_file("source", source)
        self._lock = _take(path, fcntl.LOCK_EX, f"{source!r} in {folder}")
        _sign(self._lock)

    @property
    def is_sure(self) -> bool:
        """True: it is never lost."""
        return True

    def release(self) -> None:
        """Release the lock: the next run may begin."""
        os.close(self._lock)


class HostLocks:
    """The locks of *hosts* in the archive in *folder*: one run of any round at a time asks each.

    Raises ``BlockingIOError`` naming the process that has one of them, which may be this one.
    """

    def __init__(self, folder: Path, hosts: Iterable[str]) -> None:
        self._locks: list[int] = []
        try:
            for host in sorted(hosts):
                path = _folder_of_locks(folder) / _lock_file("host", host)
                self._locks.append(_take(path, fcntl.LOCK_EX, f"{host!r} in {folder}"))
                _sign(self._locks[-1])
        except BaseException:
            self.release()
            raise

    @property
    def is_sure(self) -> bool:
        """True: they are never lost."""
        return True

    def release(self) -> None:
        """Release the locks: others may ask the hosts."""
        while self._locks:
            os.close(self._locks.pop())


@contextmanager
def _mutex(folder: Path, *, wait: bool = True) -> Iterator[None]:
    path = _folder_of_locks(folder) / _OPENING
    mutex = _take(path, fcntl.LOCK_EX, str(path), wait=wait)
    try:
        _sign(mutex)
        yield
    finally:
        os.close(mutex)


def _writers_lock(folder: Path) -> tuple[ArchiveLock, bool]:
    """Return a writer's lock, and whether nobody else has the archive; it is not shared then."""
    try:
        return ArchiveLock.of_writer(folder, _locked(folder, fcntl.LOCK_EX)), True
    except BlockingIOError:
        return ArchiveLock.of_writer(folder, _locked(folder, fcntl.LOCK_SH)), False


def _locked(folder: Path, kind: int) -> int:
    path = folder / ".lock"
    try:
        return _take(path, kind, str(path))
    except BlockingIOError:
        writers = sorted(_holder(own) for own in (folder / _LOCKS).glob(f"{_WRITER}*"))
        if kind == fcntl.LOCK_SH or not writers:
            raise
        raise BlockingIOError(f"{path} is held by process {', '.join(writers)}") from None


def _take(path: Path, kind: int, name: str, *, wait: bool = False) -> int:
    """Return a descriptor of the file at *path*, which is made, with a lock on it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise BlockingIOError(f"{name} is held by process {_holder(path)}") from None
    except BaseException:
        os.close(lock)
        raise
    return lock


def _sign(lock: int) -> None:
    """Note in the file that this process has the *lock* on it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _holder(path: Path) -> str:
    try:
        return path.read_bytes()[:64].decode("ascii", "replace").strip() or "unknown"
    except FileNotFoundError:
        return "unknown"


def _create_own(path: Path) -> int:
    """Make the file of a writer, which is never there without its lock."""
    unborn = path.with_name(_UNBORN + path.name)
    lock = _take(unborn, fcntl.LOCK_EX, str(unborn))
    try:
        _sign(lock)
        unborn.rename(path)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _folder_of_locks(folder: Path) -> Path:
    locks = folder / _LOCKS
    locks.mkdir(exist_ok=True)
    return locks


def _lock_file(kind: str, name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())[:64].strip("-")
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{kind}-{slug}-{digest}.lock"
