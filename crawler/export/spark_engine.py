"""WARC files read on a cluster, a task each, and their articles made there, by Spark.

The executors read, parse and fold, which is what costs. The process that asked gets the articles
with their rows: which are copies of each other, and their order, are decided about all together.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from crawler.export.made_articles import MadeArticle, made_articles
from crawler.export.packed_events import FileNotes, NumberedWarc, left_out, merged_homes, read_file
from crawler.export.row_groups import groups
from crawler.export.spark_session import failures_told, spark_context
from crawler.storage.remote_file import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crawler.export.article_reader import OnUnread
    from crawler.export.packed_events import PackedEvent, ReadFile
    from crawler.export.row_maker import Wanted
    from crawler.sources.wordpress.languages import SiteLanguages
    from crawler.storage.remote_file import StoredFile

TRIES = 2
"""How often the reading of a WARC file may fail; then it is named and left out."""

_OF_A_TASK = 20_000  # events that a task makes articles of
_WHY = f"{TRIES} tries to read it failed; Spark's own page says of what"


_Place = tuple[str, int, int]
"""By what events are sorted: their group of keys, the file, and where in that they come."""

_Event = tuple[_Place, tuple[bytes, bytes]]


class SparkEngine:
    """Reads the files *warcs* at *master*; what Spark needs meanwhile is in *folder*.

    *on_unread* is called for what cannot be read, and *tell* with where Spark's own page is. *read*
    is `crawler.export.packed_events.read_file`. Raises SparkError.
    """

    def __init__(
        self,
        warcs: Sequence[StoredFile],
        folder: Path,
        on_unread: OnUnread,
        *,
        master: str,
        tell: Callable[[str], object] = bool,
        read: ReadFile = read_file,
    ) -> None:
        with ExitStack() as stack:
            self._spark = stack.enter_context(spark_context(master, folder, "newsreel export"))
            if page := self._spark.uiWebUrl:
                tell(f"Spark shows how far it is at {page}")
            if any(isinstance(path, RemoteFile) for path in warcs):
                self._spark.environment.update(_credentials())
            self._read = self._reading(warcs, read)
            self._notes = self._noted(len(warcs))
            self._stack = stack.pop_all()
        for unread in (unread for notes in self._notes for unread in notes.unread):
            on_unread(unread)

    @property
    def left_out(self) -> int:
        """How many files are left out, since nobody could read them."""
        return sum(notes.is_left_out for notes in self._notes)

    def close(self) -> None:
        """Stop Spark."""
        self._stack.close()

    def sources(self) -> list[str]:
        return sorted({source for notes in self._notes for source in notes.sources})

    def articles(self, wanted: Wanted) -> Iterator[MadeArticle]:
        total = sum(notes.events for notes in self._notes)
        linked = groups(link for notes in self._notes for link in notes.links)
        known = self._spark.broadcast((linked, wanted, merged_homes(self._notes)))
        size = max(self._spark.defaultParallelism, total // _OF_A_TASK)
        with failures_told():
            made = (
                self._read.filter(_is_event)
                .map(_Grouped(known))
                .repartitionAndSortWithinPartitions(size, _part)
                .mapPartitions(_Made(known))
            )
            self._keep(made, f"newsreel: making articles of {total:,} events")
            seen = 0
            for article in made.toLocalIterator(prefetchPartitions=True):
                if isinstance(article, MadeArticle):
                    yield article
                else:
                    seen += article
        if seen != total:
            raise OSError(f"{total - seen:,} of {total:,} events were lost on their way: try again")

    def _reading(self, warcs: Sequence[StoredFile], read: ReadFile) -> Any:
        files = [NumberedWarc(number, path) for number, path in enumerate(warcs)]
        return self._spark.parallelize(files, max(1, len(files))).mapPartitions(_Read(read))

    def _noted(self, files: int) -> list[FileNotes]:
        with failures_told():
            self._keep(self._read, f"newsreel: reading {files:,} WARC files")
            notes = self._read.filter(_is_notes).collect()
        return sorted(notes, key=attrgetter("number"))

    def _keep(self, found: Any, what: str) -> None:
        """Have all executors make what is to be *found*, and keep it; Spark calls that *what*."""
        from pyspark import StorageLevel  # noqa: PLC0415 - an extra of the package

        self._spark.setJobDescription(what)
        found.persist(StorageLevel.DISK_ONLY)
        found.count()


def _credentials() -> dict[str, str]:
    """Return what leads to the object store: tasks have it, and no page or log of Spark's."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


@dataclass(frozen=True, slots=True)
class _Read:
    """Reads the files of a task, one as a rule; a file that was tried in vain is left out."""

    read: ReadFile

    def __call__(self, files: Iterable[NumberedWarc]) -> Iterator[_Event | FileNotes]:
        from pyspark import TaskContext  # noqa: PLC0415 - in the executors

        for file in files:
            if TaskContext.get().attemptNumber() >= TRIES:
                yield left_out(file, _WHY)
            else:
                yield from _placed(file.number, self.read(file))


def _placed(number: int, answers: Iterator[list[PackedEvent] | FileNotes]) -> Iterator[Any]:
    place = 0
    for answer in answers:
        if isinstance(answer, FileNotes):
            yield answer
            continue
        for key, data, text in answer:
            yield (key, number, place), (data, text)
            place += 1


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Puts an event into the group of its key."""

    known: Any

    def __call__(self, event: _Event) -> _Event:
        (key, file, place), content = event
        linked: Mapping[str, str] = self.known.value[0]
        return (linked.get(key, key), file, place), content


@dataclass(frozen=True, slots=True)
class _Made:
    """Makes the articles of sorted events, and says at the end of how many."""

    known: Any

    def __call__(self, events: Iterable[_Event]) -> Iterator[MadeArticle | int]:
        wanted: Wanted
        homes: Mapping[str, SiteLanguages]
        _, wanted, homes = self.known.value
        seen = 0
        for _, of_group in groupby(events, _group):
            group = [content for _, content in of_group]
            seen += len(group)
            yield from made_articles(group, wanted, homes)
        yield seen


def _group(event: _Event) -> str:
    return event[0][0]


def _part(place: _Place) -> int:
    """Return by what the groups are spread over tasks: equal in all processes."""
    return zlib.crc32(place[0].encode(errors="surrogatepass"))


def _is_event(found: _Event | FileNotes) -> bool:
    return not isinstance(found, FileNotes)


def _is_notes(found: _Event | FileNotes) -> bool:
    return isinstance(found, FileNotes)
