"""The index that a replay looks captures up in: every exchange, to the microsecond.

It is a sorted CDXJ whose file names are paths, with lines of its own in front: what it was made
from, and the ordinal that each article had, so that a replay gives the same file names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from crawler.archive.article_records import BadMetadataError, has_text, read_metadata
from crawler.archive.life_records import REFILED, facts, read_life_event
from crawler.replay.archived_runs import OwnLines, run_lines
from crawler.storage.remote_file import StoredFile
from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.cdxj import WARCINFO, format_line
from crawler.warc.container import ContainerError, Part, find_parts
from crawler.warc.index_files import SUFFIX, sort_lines, write_sorted
from crawler.warc.indexing import lines_of_records
from crawler.warc.lookup import BadLineError, IndexLine, IndexLookup, parse_line
from crawler.warc.non_get import NonGetRequest
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.records import safe_uri
from crawler.warc.runs import Belonging
from crawler.warc.surt import surt
from crawler.warc.warc_dates import (
    is_exact_date,
    precise_timestamp,
    timestamp,
    timestamp_to_warc_date,
)

OnFault = Callable[[str], None]

_VERSION = "6"
"""To be raised with every change to what the lines of this index hold."""

_MADE_FROM = "!made-from"
_FAULT = "!fault"
_MOST_FAULTS = 1000
_HIGHEST = "!highest-ordinal"
_ARTICLE = "!article:"
_FOLDERS_OF_FILES = (".", "../warc", "../archive", "../archives")
"""Where the files that a CDXJ names may be, relative to its folder."""


def open_index(sources: Iterable[StoredFile], path: Path, on_fault: OnFault) -> IndexLookup:
    """Return the index of the archives and CDXJ files *sources*, kept at *path* for next time.

    *on_fault* gets a line for each record that is damaged or cannot be found. Raises OSError.
    """
    sources = list(sources)
    made_from = _state(sources)
    if path.exists():
        index = IndexLookup(path)
        with suppress(BadLineError):
            if [line.fields for line in index.lines(_MADE_FROM)] == [made_from]:
                return _with_faults_reported(index, on_fault)
        index.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sorted(path, sort_lines(_lines(sources, made_from), path.parent))
    return _with_faults_reported(IndexLookup(path), on_fault)


def ordinal(index: IndexLookup, key: str, source: str) -> int | None:
    """Return the ordinal that the article had in the archive, None if it had none.

    That is the first one that was written down, or the last one that it was given since.
    """
    found = [line.fields for line in index.lines(_ARTICLE + key) if line.fields["source"] == source]
    given = [fields for fields in found if REFILED in fields] or found[:1]
    return int(given[-1]["ordinal"]) if given else None


def highest_ordinal(index: IndexLookup) -> int:
    """Return the highest ordinal in the archive, -1 if there is none."""
    return max((int(line.fields["ordinal"]) for line in index.lines(_HIGHEST)), default=-1)


def _with_faults_reported(index: IndexLookup, on_fault: OnFault) -> IndexLookup:
    for line in index.lines(_FAULT):
        on_fault(line.fields["what"])
    return index


def _state(sources: Iterable[StoredFile]) -> dict[str, str]:
    """Return a digest of *sources*, which changes when a file of theirs does."""
    seen = hashlib.sha256()
    for path in sources:
        stat = path.stat()
        seen.update(f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return {"sha256": seen.hexdigest(), "form": _VERSION}


def _lines(sources: Iterable[StoredFile], made_from: dict[str, str]) -> Iterator[str]:
    yield _line(_MADE_FROM, made_from)
    highest = -1
    faults: list[str] = []
    warcinfos = _Warcinfos()
    for path in sources:
        if path.name.endswith(SUFFIX):
            assert isinstance(path, Path)  # it names files beside it
            yield from _lines_of_cdxj(path, faults.append)
        else:
            for part in _parts(path, faults.append):
                archive = _IndexedArchive(part, warcinfos, faults.append)
                yield from archive.lines()
                highest = max(highest, archive.highest_ordinal)
    faults += warcinfos.faults()
    yield _line(_HIGHEST, {"ordinal": str(highest)})
    yield from (_line(_FAULT, {"what": fault}) for fault in _bounded(faults))


def _parts(path: StoredFile, on_fault: OnFault) -> list[Part]:
    try:
        return find_parts(path)
    except ContainerError as error:
        on_fault(str(error))
        return []


def _bounded(faults: list[str]) -> list[str]:
    more = len(faults) - _MOST_FAULTS
    return faults if more <= 0 else [*faults[:_MOST_FAULTS], f"{more:,} more faults"]


class _Warcinfos:
    """The warcinfo records of all archives: ``names`` has one for each, as lines call it.

    What belongs to one that is in no file here would be replayed with no run, in silence.
    """

    def __init__(self) -> None:
        self.names = map(str, count())
        self._met: set[int] = set()
        self._unmet: dict[str, str] = {}
        self._has_runs = False

    def meet(self, warcinfo: Record, *, is_run: bool) -> None:
        """Note that *warcinfo* is here."""
        self._met.add(hash(warcinfo.id))
        self._has_runs |= is_run

    def add_unmet(self, unmet: Mapping[str, int], file: str) -> None:
        """Note ids in *file* that may still be met, each with the byte that names it."""
        if len(self._unmet) < _MOST_FAULTS:
            self._unmet |= {name: f"{file}: byte {offset}" for name, offset in unmet.items()}

    def faults(self) -> Iterator[str]:
        """Yield a line for each that was not met, if the archives tell of runs at all."""
        for record_id, where in self._unmet.items():
            if self._has_runs and hash(record_id) not in self._met:
                why = "is in none of the files: what belongs to it is replayed with no run"
                yield f"{where}: the warcinfo record {record_id} {why}"


class _IndexedArchive:
    """The lines of one archive; ``highest_ordinal`` is known when all were yielded.

    Its warcinfo records are *warcinfos* from then on.
    """

    def __init__(self, part: Part, warcinfos: _Warcinfos, on_fault: OnFault) -> None:
        self.highest_ordinal = -1
        self._part = part
        self._warcinfos = warcinfos
        self._belonging = Belonging()
        self._name = str(part.path.resolve())
        self._on_fault = on_fault
        self._own_lines: list[str] = []

    def lines(self) -> Iterator[str]:
        own = OwnLines()
        for line in lines_of_records(
            self._items(), self._name, self._report_fault, self._belonging.name_of
        ):
            yield line
            yield from own.note(line)
            yield from self._own_lines
            self._own_lines.clear()
        yield from self._own_lines
        yield from own.spans()
        self._warcinfos.add_unmet(self._belonging.unmet, self._name)

    def _items(self) -> Iterator[Record | Fault]:
        part = self._part
        items = read_records(part.path, start=part.start, end=part.end, strict=False)
        for item in with_borrowed_dates(items, part.path, part.start):
            if isinstance(item, Record) and item.type == "metadata":
                self._own_lines += self._lines_of_article(item)
            elif isinstance(item, Record) and item.type == "warcinfo":
                self._begin(item)
            yield item

    def _begin(self, warcinfo: Record) -> None:
        """Note that what belongs to *warcinfo* is of its run, if it tells of one."""
        name = next(self._warcinfos.names)
        lines = run_lines(warcinfo, self._name, name)
        self._belonging.begin(warcinfo, name if lines else "")
        self._warcinfos.meet(warcinfo, is_run=bool(lines))
        self._own_lines += lines

    def _lines_of_article(self, record: Record) -> Iterator[str]:
        try:
            metadata = read_metadata(record)
        except BadMetadataError as error:
            self._on_fault(f"{self._name}: byte {record.offset}: {error}")
            return
        if metadata and has_text(metadata):
            yield self._ordinal_line(record, metadata["key"], metadata["source"], metadata)
        elif (event := read_life_event(record, self._name)) and event.kind == REFILED:
            yield self._ordinal_line(record, event.key, event.source, facts(event), {REFILED: "1"})

    def _ordinal_line(
        self,
        record: Record,
        key: str,
        source: str,
        named: Mapping[str, Any],
        more: dict[str, str] | None = None,
    ) -> str:
        """Return the line of an article that has the ordinal *named* since the time of *record*."""
        ordinal = named["ordinal"]
        self.highest_ordinal = max(self.highest_ordinal, ordinal)
        known = {"source": source, "ordinal": str(ordinal)} | (more or {})
        made = precise_timestamp(record.date) if is_exact_date(record.date) else "0"
        return _line(_ARTICLE + key, known, made)

    def _report_fault(self, fault: Fault) -> None:
        self._on_fault(f"{self._name}: byte {fault.offset}: {fault.reason}")


def _lines_of_cdxj(path: Path, on_fault: OnFault) -> Iterator[str]:
    """Yield the lines of the CDXJ file at *path*, with our keys and the paths of their files."""
    files: dict[str, str | None] = {}
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if text.startswith((b"!", b" ")):  # the header of some tools
                continue
            try:
                line = parse_line(text)
                name, url = line.fields["filename"], safe_uri(line.fields["url"].strip("<>"))
                if int(line.fields["offset"]) < 0 or int(line.fields["length"]) < 1:
                    raise ValueError("no record can lie there")
                time = timestamp(timestamp_to_warc_date(line.timestamp))
            except (BadLineError, KeyError, ValueError) as error:
                on_fault(f"{path}: line {number}: {error}")
                continue
            if name not in files:
                files[name] = _find_file(path, name)
                if files[name] is None:
                    on_fault(f"{path}: {name!r} is not beside it")
            if found := files[name]:
                line.fields.pop(WARCINFO, None)
                yield _line(_key(url, line), line.fields | {"filename": found, "url": url}, time)


def _find_file(index: Path, name: str) -> str | None:
    """Return the path of the file that a CDXJ calls *name*: only its last part is trusted."""
    last = name.replace("\\", "/").rpartition("/")[2]
    candidates = (index.parent / folder / last for folder in _FOLDERS_OF_FILES)
    with suppress(OSError):  # the name is one that no file can have
        return next((str(path.resolve()) for path in candidates if last and path.is_file()), None)
    return None


def _key(url: str, line: IndexLine) -> str:
    method = line.fields.get("method")
    if method is None:
        return surt(url)
    return surt(NonGetRequest(method, line.fields.get("requestBody", "")).append_to(url))


def _line(key: str, fields: dict[str, str], time: str = "0") -> str:
    return format_line(key, time, fields)
