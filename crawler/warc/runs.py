"""The runs that an archive holds: who wrote each of its files, as their first records say.

A run is one process with one spider. Its files share ``isPartOf`` (DCMI, named by WARC/1.1,
6.2) in their ``warcinfo`` records, and name spider, source and arguments in fields of ours.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from crawler.warc.container import ContainerError, Part, find_parts
from crawler.warc.exchange import REDACTED
from crawler.warc.reader import Record, read_records
from crawler.warc.warc_dates import parse_timestamp, precise_timestamp, warc_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from crawler.warc.lookup import IndexLine

RUN = "isPartOf"
"""The field of warcinfo records that names the run."""

_SPIDER = "newsreel-spider"
_SOURCE = "newsreel-source"
_ARGUMENTS = "newsreel-arguments"

_SECRET = re.compile(r"pass|secret|token|key|credential|auth|cookie", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=//)[^/\s@]*@|[^\s/,@:]+:[^\s/,@]*@")
_MAX_BLOCK_SIZE = 1 << 16


@dataclass(slots=True, kw_only=True)
class Run:
    """A run; ``started`` is the WARC-Date of its first file, ``parts`` are in their order."""

    id: str
    spider: str
    source: str
    arguments: dict[str, str]
    started: str
    parts: list[Part] = field(default_factory=list)

    @property
    def earliest_timestamp(self) -> str:
        """A timestamp before all its records: a file is begun when the first answer has come."""
        try:
            before = parse_timestamp(precise_timestamp(self.started)) - timedelta(days=1)
        except OverflowError:
            return ""
        return precise_timestamp(warc_date(before))

    def position_of(self, line: IndexLine) -> tuple[int, int] | None:
        """Return part and byte of *line* in this run, None if it is not of the run.

        Records are in the order in which answers ended. *line* is of an index with paths of files.
        """
        offset = int(line.fields["offset"])
        for number, part in enumerate(self.parts):
            if part.start <= offset < part.end and str(part.path) == line.fields["filename"]:
                return number, offset
        return None


def new_run(spider: str, source: str, arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the warcinfo fields of a run that begins; what may be a secret is taken out."""
    return {
        RUN: f"urn:uuid:{uuid.uuid4()}",
        _SPIDER: json.dumps(spider),
        _SOURCE: json.dumps(source),
        _ARGUMENTS: json.dumps(without_secrets(arguments)),
    }


def without_secrets(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return *arguments*, without what may be a secret."""
    return {name: _without_secrets(name, value) for name, value in arguments.items()}


def find_runs(
    paths: Iterable[Path], begins: Mapping[str, Sequence[int]] | None = None
) -> list[Run]:
    """Return the runs that wrote the archives at *paths*, the earliest first.

    *begins* are the places of warcinfo records in files that may have been joined of several.
    Archives that do not say their run, or cannot be read, are skipped. Raises OSError.
    """
    whole = {part for path in paths for part in _parts(path)}
    every_part = {part for one in whole for part in _pieces(one, begins or {})}
    begun = [run for part in every_part if (run := _run_of(part))]
    found: dict[str, Run] = {}
    seen: set[tuple[str, str]] = set()
    begun.sort(key=lambda run: (precise_timestamp(run.started), run.parts[0].path.name))
    for run in begun:
        if (run.id, run.started) in seen:
            continue  # the same file once more, in a WACZ perhaps
        seen.add((run.id, run.started))
        if run.id in found:
            found[run.id].parts += run.parts
        else:
            found[run.id] = run
    return list(found.values())


def _without_secrets(name: str, value: str) -> str:
    return REDACTED.decode() if _SECRET.search(name) else _USERINFO.sub("", value)


def _parts(path: Path) -> list[Part]:
    try:
        return find_parts(path.resolve())
    except ContainerError:
        return []


def _pieces(part: Part, begins: Mapping[str, Sequence[int]]) -> Iterator[Part]:
    """Yield what *part* was joined of: pieces that begin with a warcinfo record."""
    inside = {begin for begin in begins.get(str(part.path), ()) if part.start < begin < part.end}
    for start, end in pairwise([part.start, *sorted(inside), part.end]):
        yield Part(part.path, start, end)


def _run_of(part: Part) -> Run | None:
    """Return the run that wrote *part*, as its first record says; None if it says none."""
    for record in islice(read_records(part.path, start=part.start, end=part.end, strict=False), 1):
        if isinstance(record, Record) and (run := told_by(record)):
            run.parts.append(part)
            return run
    return None


def told_by(record: Record) -> Run | None:
    """Return the run that *record*, a warcinfo record, tells of, without its parts.

    None for another record, and for one that tells of no run.
    """
    if record.type != "warcinfo":
        return None
    fields = _fields(bytes(record.block[:_MAX_BLOCK_SIZE]))
    if fields.keys() >= {RUN, _SPIDER, _SOURCE, _ARGUMENTS}:
        return _parse_run(fields, record.date)
    return None


def _fields(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8", "replace").split("\r\n")
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def _parse_run(fields: Mapping[str, str], started: str) -> Run | None:
    """Return the run that *fields* describe; None for what we never write."""
    try:
        spider, source = json.loads(fields[_SPIDER]), json.loads(fields[_SOURCE])
        arguments = json.loads(fields[_ARGUMENTS])
        parse_timestamp(precise_timestamp(started))
    except (ValueError, RecursionError):
        return None
    texts = [spider, source, *arguments, *arguments.values()] if isinstance(arguments, dict) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return None
    return Run(
        id=fields[RUN],
        spider=spider,
        source=source,
        arguments=arguments,
        started=started,
    )
