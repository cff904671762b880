"""The locks of runs: one run at a time reads a source, and asks a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from crawler.state.lock import HostLocks, SourceLock

OnLost = Callable[[str], object]
"""Hears, in some thread, who has a lock that was lost."""


class RunLock(Protocol):
    """A lock that is held."""

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have it: who is not sure waits. Any thread may ask."""
        ...

    def release(self) -> None:
        """Release the lock: the next run may begin."""
        ...


class RunLocks(Protocol):
    """The locks of all runs that one ledger has; it says where they are.

    What takes one raises ``BlockingIOError`` naming who has it, which may be this process, and
    ``OSError`` if that cannot be found out. All end with their process, or a while later.
    """

    def source(self, source: str, on_lost: OnLost | None = None) -> RunLock:
        """Lock *source*; *on_lost* hears if another run has it all the same."""
        ...

    def hosts(self, hosts: Iterable[str], on_lost: OnLost | None = None) -> RunLock:
        """Lock all of *hosts*, or none; *on_lost* hears if another run has one all the same."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class FolderLocks:
    """The locks of an archive whose ledger is for one machine: files in its *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def source(self, source: str, on_lost: OnLost | None = None) -> RunLock:
        """Lock *source*; no other run ever has it then."""
        return SourceLock(self._folder, source)

    def hosts(self, hosts: Iterable[str], on_lost: OnLost | None = None) -> RunLock:
        """Lock all of *hosts*, or none; no other run ever has one then."""
        return HostLocks(self._folder, hosts)

    def close(self) -> None:
        """Do nothing: each lock is a file of its own."""
