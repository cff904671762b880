"""WARC files read on this machine, by processes: what they say waits in a temporary database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread
from crawler.export.made_articles import made_articles
from crawler.export.packed_events import (
    FileNotes,
    NumberedWarc,
    left_out,
    merged_homes,
    read_file,
    unpacked,
)
from crawler.export.row_groups import groups
from crawler.processes import ChildEndedError, ProcessPool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.export.article_reader import OnUnread
    from crawler.export.made_articles import MadeArticle
    from crawler.export.packed_events import PackedEvent, ReadFile
    from crawler.export.row_maker import Wanted
    from crawler.sources.wordpress.languages import SiteLanguages
    from crawler.storage.remote_file import StoredFile

_Group = list[tuple[bytes, bytes]]
_Answers = Iterator["list[PackedEvent] | FileNotes"]

_WORTH_PROCESSES = 5_000  # events: of fewer, articles are made sooner than processes begin
_LARGEST_BATCH = 1 << 20  # bytes of the events that a process makes articles of at a time
_KILLS = "it kills the process that reads it: {}"
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE event (grp TEXT, file INTEGER, data BLOB, text BLOB);
"""
_BY_GROUP = "SELECT grp, data, text FROM event ORDER BY grp, file, rowid"


class LocalEngine:
    """Reads the files *warcs* in up to *workers* processes; its database is in *folder*.

    One worker is this process. *on_unread* is called for what cannot be read, and *on_file* when a
    file was read; *read* is `crawler.export.packed_events.read_file`. Raises OSError.
    """

    def __init__(
        self,
        warcs: Sequence[StoredFile],
        folder: Path,
        on_unread: OnUnread,
        *,
        workers: int = 1,
        on_file: Callable[[], object] = bool,
        read: ReadFile = read_file,
    ) -> None:
        self._db = sqlite3.connect(folder / "events.sqlite", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._on_unread = on_unread
        self._workers = workers
        self._read_file = read
        self._db.execute("BEGIN")
        files = [NumberedWarc(number, path) for number, path in enumerate(warcs)]
        self._notes: list[FileNotes] = []
        for notes in self._read(files):
            self._notes.append(notes)
            on_file()
        self._notes.sort(key=attrgetter("number"))
        for unread in (unread for notes in self._notes for unread in notes.unread):
            on_unread(unread)
        self._group()

    @property
    def left_out(self) -> int:
        """How many files are left out, since they kill who reads them."""
        return sum(notes.is_left_out for notes in self._notes)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def sources(self) -> list[str]:
        return sorted({source for notes in self._notes for source in notes.sources})

    def articles(self, wanted: Wanted) -> Iterator[MadeArticle]:
        make = _Make(wanted, merged_homes(self._notes))
        is_small = sum(notes.events for notes in self._notes) < _WORTH_PROCESSES
        if self._workers == 1 or is_small:
            for batch in self._batches():
                yield from make.articles(batch)
            return
        with closing(ProcessPool(make, self._workers)) as pool:
            killed: list[list[_Group]] = []
            for batch, answers in pool.answers(self._batches()):
                try:
                    made = [article for answer in answers for article in answer]
                except ChildEndedError:
                    killed.append(batch)
                else:
                    yield from made
            yield from self._again(killed, pool)

    def _again(
        self, killed: list[list[_Group]], pool: ProcessPool[list[_Group], list[MadeArticle]]
    ) -> Iterator[MadeArticle]:
        """Make those articles alone of which a process died; name those that kill a second one."""
        for group in (group for batch in killed for group in batch):
            for _, answers in pool.answers([[group]]):
                try:
                    yield from (article for answer in answers for article in answer)
                except ChildEndedError as error:
                    self._on_unread(Unread(f"{_named(group)} cannot be made: {error}"))

    def _read(self, files: Sequence[NumberedWarc]) -> Iterator[FileNotes]:
        size = min(self._workers, len(files))
        if size < 2:
            for file in files:
                yield self._taken(file, self._read_file(file))
            return
        killers = []
        with closing(ProcessPool(self._read_file, size)) as pool:
            for file, answers in pool.answers(files):
                try:
                    yield self._taken(file, answers)
                except ChildEndedError:
                    killers.append(file)
            # Alone, one after another: some may have been too large to be read at the same time.
            for killer in killers:
                for file, answers in pool.answers([killer]):
                    yield self._taken_or_left_out(file, answers)

    def _taken_or_left_out(self, file: NumberedWarc, answers: _Answers) -> FileNotes:
        try:
            return self._taken(file, answers)
        except ChildEndedError as error:
            return left_out(file, _KILLS.format(error))

    def _taken(self, file: NumberedWarc, answers: _Answers) -> FileNotes:
        """Keep the events among *answers*, and return the notes that follow them.

        If its reader dies, nothing of *file* is kept: ChildEndedError is raised.
        """
        try:
            for answer in answers:
                if isinstance(answer, FileNotes):
                    return answer
                rows = ((key, file.number, data, text) for key, data, text in answer)
                self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", rows)
        except ChildEndedError:
            self._db.execute("DELETE FROM event WHERE file = ?", (file.number,))
            raise
        raise AssertionError(f"{file.path} has no notes")

    def _group(self) -> None:
        """Give the events of articles whose keys are linked one group."""
        self._db.execute("CREATE INDEX event_group ON event (grp)")
        linked = groups(link for notes in self._notes for link in notes.links)
        query = "UPDATE event SET grp = ?2 WHERE grp = ?1 AND ?1 != ?2"
        self._db.executemany(query, linked.items())

    def _batches(self) -> Iterator[list[_Group]]:
        batch: list[_Group] = []
        size = 0
        for _, events in groupby(self._db.execute(_BY_GROUP), itemgetter(0)):
            batch.append([(data, text) for _, data, text in events])
            size += sum(len(data) + len(text) for data, text in batch[-1])
            if size > _LARGEST_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch


@dataclass(frozen=True, slots=True)
class _Make:
    """Makes the articles of groups, in whatever process."""

    wanted: Wanted
    homes: Mapping[str, SiteLanguages]

    def __call__(self, batch: list[_Group]) -> Iterable[list[MadeArticle]]:
        return [list(self.articles(batch))]

    def articles(self, batch: list[_Group]) -> Iterator[MadeArticle]:
        for group in batch:
            yield from made_articles(group, self.wanted, self.homes)


def _named(group: _Group) -> str:
    """Return how messages name the article of *group*."""
    event = unpacked(*group[0])
    return f"the article {event.key} of {event.source}"
