"""What the records of a WARC file say, packed so that it can be sent and kept by the million."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from crawler.export.article_reader import Unread
from crawler.export.home_pages import as_languages, place
from crawler.export.row_events import FAULT, HOME
from crawler.export.row_groups import linked_keys
from crawler.export.warc_rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.export.row_events import RowEvent
    from crawler.sources.wordpress.languages import SiteLanguages
    from crawler.storage.remote_file import StoredFile

MOST_HOMES = 100_000
"""Sites whose languages are known; of more, the first that are read."""

_MOST_PACKED = 200  # events of a batch
_LARGEST_BATCH = 1 << 20  # bytes


class PackedEvent(NamedTuple):
    """An event about the article with this ``key``: ``data`` without its text, and ``text``."""

    key: str
    data: bytes
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotes:
    """What the file *number* says beside its events, of which there are so many.

    ``links`` are those of `crawler.export.row_groups`; ``homes`` what home pages told, and when, by
    their places; ``unread`` what of the file cannot be read. ``is_left_out``: it is not read.
    """

    number: int
    events: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)
    homes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class NumberedWarc:
    """The file at *path*, the *number*-th of those that are read."""

    number: int
    path: StoredFile


ReadFile = Callable[[NumberedWarc], Iterator[list[PackedEvent] | FileNotes]]
"""Reads a file, in whatever process; it can be pickled."""


def read_file(warc: NumberedWarc) -> Iterator[list[PackedEvent] | FileNotes]:
    """Yield the events of *warc* in batches, in their order, and then its `FileNotes`.

    What cannot be read is noted.
    """
    reading = _Reading(warc)
    yield from reading.batches()
    yield reading.notes()


def left_out(warc: NumberedWarc, why: str) -> FileNotes:
    """Return the notes of *warc*, which is not read: *why* says for what reason."""
    message = f"{warc.path} is left out: {why}"
    unread = [Unread(message, is_lost=False)]
    return FileNotes(number=warc.number, unread=unread, is_left_out=True)


def merged_homes(notes: Iterable[FileNotes]) -> Mapping[str, SiteLanguages]:
    """Return the languages of sites that *notes*, in the order of their files, tell."""
    homes: dict[str, tuple[str, dict[str, Any]]] = {}
    for one in notes:
        for where, (at, content) in one.homes.items():
            _note_home(homes, where, at, content)
    return {where: as_languages(content) for where, (_, content) in homes.items()}


def unpacked(data: bytes, text: bytes) -> RowEvent:
    """Return a packed event; its text stays packed (`unpacked_text`)."""
    event: RowEvent = pickle.loads(zlib.decompress(data))  # noqa: S301 - packed by us
    return replace(event, text=text)


def unpacked_text(event: RowEvent) -> RowEvent:
    """Return *event*, which `unpacked` returned, with its text as it was."""
    return replace(event, text=zlib.decompress(event.text)) if event.text else event


class _Reading:
    """Reads one file; the notes are complete at its end."""

    def __init__(self, warc: NumberedWarc) -> None:
        self._warc = warc
        self._notes = FileNotes(number=warc.number)
        self._events = 0

    def notes(self) -> FileNotes:
        return replace(self._notes, events=self._events)

    def batches(self) -> Iterator[list[PackedEvent]]:
        batch: list[PackedEvent] = []
        size = 0
        for event in self._rows():
            if event.kind == FAULT:
                self._note(f"{event.offset}: {event.reason}")
            elif event.kind == HOME:
                _note_home(self._notes.homes, place(event.uri), event.at, dict(event.content))
            else:
                batch.append(self._packed(event))
                size += len(batch[-1].data) + len(batch[-1].text)
            if len(batch) == _MOST_PACKED or size > _LARGEST_BATCH:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _rows(self) -> Iterator[RowEvent]:
        try:
            yield from rows(self._warc.path)
        except OSError as error:
            self._note(f" it cannot be read: {error}")

    def _note(self, what: str) -> None:
        self._notes.unread.append(Unread(f"{self._warc.path}:{what}"))

    def _packed(self, event: RowEvent) -> PackedEvent:
        self._events += 1
        self._notes.links.extend(linked_keys(event))
        self._notes.sources.add(event.source)
        text = zlib.compress(event.text, 1) if event.text else b""
        data = pickle.dumps(replace(event, text=b""), pickle.HIGHEST_PROTOCOL)
        return PackedEvent(event.key, zlib.compress(data, 1), text)


def _note_home(
    homes: dict[str, tuple[str, dict[str, Any]]], where: str, at: str, content: dict[str, Any]
) -> None:
    """Note what a home page told at some time; the page that was captured last counts."""
    known = homes.get(where)
    if (known is None and len(homes) < MOST_HOMES) or (known and known[0] <= at):
        homes[where] = at, content
