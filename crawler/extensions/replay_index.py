"""The index that runs are replayed by: opened once for all runs of a process while it is held.

To see whether an index is up to date, each file that it was made from is looked at. A month of
rounds is thousands of files, and ten thousands of runs that are replayed one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from crawler.exceptions import StorageError
from crawler.replay.capture_index import open_index
from crawler.settings_reader import checked
from crawler.warc.container import named_archives

if TYPE_CHECKING:
    from crawler.settings_reader import SettingsReader

INDEX = "replay.cdxj"


class ReplayIndex:
    """The index of the archives of REPLAY_FROM, kept in ARCHIVES_DIR.

    ``lookup`` finds its lines, ``faults`` name what is damaged, ``files`` says how many there are.
    Raises BadArgumentError and StorageError.
    """

    _holders: ClassVar[set[object]] = set()
    _kept: ClassVar[dict[tuple[Path, tuple[str, ...]], ReplayIndex]] = {}

    def __init__(self, settings: SettingsReader) -> None:
        sources = checked("REPLAY_FROM", settings.REPLAY_FROM, named_archives)
        self.files = len(sources)
        self.faults: list[str] = []
        try:
            path = settings.ARCHIVES_DIR / INDEX
            self.lookup = open_index(sources, path, self.faults.append)
        except OSError as error:
            raise StorageError(f"REPLAY_FROM cannot be read: {error}") from error

    @classmethod
    def of(cls, settings: SettingsReader) -> ReplayIndex:
        """Return that of *settings*: the one that is open already, while somebody holds it."""
        place = settings.ARCHIVES_DIR.resolve(), tuple(settings.REPLAY_FROM)
        found = cls._kept.get(place) or cls(settings)
        if cls._holders:
            cls._kept[place] = found
        return found

    def close(self) -> None:
        """Close it, unless it is held for the next run."""
        if self not in self._kept.values():
            self.lookup.close()

    @classmethod
    @contextmanager
    def held(cls) -> Iterator[None]:
        """Keep each that is opened in here, and take its archives for unchanged."""
        holder = object()
        cls._holders.add(holder)
        try:
            yield
        finally:
            cls._holders.remove(holder)
            if not cls._holders:
                kept = list(cls._kept.values())
                cls._kept.clear()
                for index in kept:
                    index.close()
