"""WARC files that are being written: each is locked by its writer for as long as it is open.

The lock (``flock``) ends with the process, however that ends. So a file that is called as if it
were being written, and whose lock can be taken, was left by a writer that died.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BEGUN = ".begun"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def create_locked(path: Path) -> int | None:
    """Make a file at *path* that is locked from its first moment, and return its descriptor.

    It is made under a hidden name and gets its own only with the lock: who finds a file without a
    lock takes its writer for dead. Return None if *path* is taken, or the hidden file was removed
    as another's leftover: try another name. Raises OSError.
    """
    begun = path.with_name(f".{path.name}{_BEGUN}")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
    descriptor = os.open(begun, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _name(begun, path)
    except (FileExistsError, FileNotFoundError, BlockingIOError):
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    finally:
        begun.unlink(missing_ok=True)
    return descriptor


@contextmanager
def taken_over(path: Path) -> Iterator[bool]:
    """Take the lock of the open file at *path*, and yield whether its writer is dead.

    It is not if the lock is held, or if the file was sealed or removed meanwhile; it must be let
    alone then. Else nobody but the caller may write it, seal it or take it over until the block
    ends. What the ledger says of it is to be asked inside the block. Raises OSError.
    """
    descriptor = _lock_of(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_being_written(path: Path) -> bool:
    """Return whether a living writer has the file at *path*; one that is gone is not written.

    Nothing is changed, and a file that may only be read is enough. Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _is_at(descriptor, path)
    finally:
        os.close(descriptor)
    return False


def remove_begun(folder: Path) -> None:
    """Remove what writers left in *folder* that died as they made a file: nothing is in it."""
    for path in folder.glob(f".*{_BEGUN}"):
        with suppress(FileNotFoundError), taken_over(path) as is_dead:
            if is_dead:
                path.unlink()


def _name(begun: Path, path: Path) -> None:
    """Give the file *begun* the name *path* too. Raises FileExistsError if that is taken."""
    try:
        os.link(begun, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without hard links. Nobody else makes this name: it has a random part.
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        begun.rename(path)


def _lock_of(path: Path) -> int | None:
    """Return a descriptor with the lock of the file at *path*; None if it cannot be had."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its writer may have sealed it since it was opened here.
        is_ours = _is_at(descriptor, path)
    except BlockingIOError:
        is_ours = False
    except BaseException:
        os.close(descriptor)
        raise
    if not is_ours:
        os.close(descriptor)
        return None
    return descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether the file behind *descriptor* is the one at *path*."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
