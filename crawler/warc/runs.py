"""The runs that an archive holds, and which records are whose.

A run is one process's crawl with one spider. In each file that it wrote to it has a ``warcinfo``
record, which shares ``isPartOf`` (DCMI, named by WARC/1.1, 6.2) with those in its other files, and
names spider, source and arguments in fields of ours.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.warc.cdxj import WARCINFO
from crawler.warc.exchange import REDACTED
from crawler.warc.warc_dates import parse_timestamp, precise_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.warc.lookup import IndexLine
    from crawler.warc.reader import Record

RUN = "isPartOf"
"""The field of warcinfo records that names the run."""

_SPIDER = "newsreel-spider"
_SOURCE = "newsreel-source"
_ARGUMENTS = "newsreel-arguments"
_OURS = {RUN, _SPIDER, _SOURCE, _ARGUMENTS}

_SECRET = re.compile(r"pass|secret|token|key|credential|auth|cookie", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=//)[^/\s@]*@|[^\s/,@:]+:[^\s/,@]*@")
_MAX_BLOCK_SIZE = 1 << 16
_MOST_NAMES = 10_000  # warcinfo records of a file that are remembered
_LONGEST_ID = 200


@dataclass(slots=True, kw_only=True)
class Run:
    """A run; ``started`` is the WARC-Date of its first warcinfo record.

    ``ranks`` says of its warcinfo records in which order they were written, by what the lines of
    an index call them.
    """

    id: str
    spider: str
    source: str
    arguments: dict[str, str]
    started: str
    ranks: dict[str, int] = field(default_factory=dict)

    def position_of(self, line: IndexLine) -> tuple[int, int] | None:
        """Return where *line* stands in this run, None if it is not of the run.

        Records are in the order in which answers ended. *line* is of an index for a replay.
        """
        rank = self.ranks.get(line.fields.get(WARCINFO, ""))
        return None if rank is None else (rank, int(line.fields["offset"]))


class Belonging:
    """Says to which warcinfo record each record of a file belongs; it is told all in their order.

    A record names it by WARC-Warcinfo-ID; one that does not belongs to the last before it
    (WARC/1.1, 5.16). Of files that were joined, two may hold the same one: what stands behind it
    in the same copy belongs to that. ``unmet`` are the ids of those that were not met when a
    record named them, with the byte of the first that did.
    """

    def __init__(self) -> None:
        self._last = ""
        self._names: dict[str, str] = {}
        self.unmet: dict[str, int] = {}

    def begin(self, warcinfo: Record, name: str) -> None:
        """Note that *warcinfo* is here, which is called *name*, or nothing if it is of no run."""
        self._last = name
        self._names.pop(warcinfo.id, None)
        self._names[warcinfo.id] = name
        if len(self._names) > _MOST_NAMES:
            del self._names[next(iter(self._names))]

    def name_of(self, record: Record) -> str:
        """Return what the warcinfo record is called that *record* belongs to; empty if none.

        It is the id itself of one that was not met in this file, or too long ago.
        """
        wanted = record.header("WARC-Warcinfo-ID")
        if not wanted:
            return self._last
        name = self._names.get(wanted)
        return self._not_met(record, wanted[:_LONGEST_ID]) if name is None else name

    def _not_met(self, record: Record, wanted: str) -> str:
        if len(self.unmet) < _MOST_NAMES:
            self.unmet.setdefault(wanted, record.offset)
        return wanted


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


def _without_secrets(name: str, value: str) -> str:
    return REDACTED.decode() if _SECRET.search(name) else _USERINFO.sub("", value)


def begins_file(record: Record) -> bool:
    """Return whether a file began with *record*, which may have been joined with others since.

    The warcinfo record of a run in a file of many has no name of a file.
    """
    return record.type == "warcinfo" and record.header("WARC-Filename") is not None


def told_by(record: Record) -> Run | None:
    """Return the run that *record*, a warcinfo record, tells of.

    None for another record, and for one that tells of no run.
    """
    return read_run(warcinfo_fields(record), record.date)


def warcinfo_fields(record: Record) -> dict[str, str]:
    """Return what *record*, a warcinfo record, says of its run; nothing if it says none."""
    if record.type != "warcinfo":
        return {}
    lines = bytes(record.block[:_MAX_BLOCK_SIZE]).decode("utf-8", "replace").split("\r\n")
    fields = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    return {name: fields[name] for name in _OURS} if fields.keys() >= _OURS else {}


def read_run(fields: Mapping[str, str], started: str) -> Run | None:
    """Return the run that *fields* describe; None for what we never write."""
    try:
        spider, source = json.loads(fields[_SPIDER]), json.loads(fields[_SOURCE])
        arguments = json.loads(fields[_ARGUMENTS])
        parse_timestamp(precise_timestamp(started))
    except (KeyError, ValueError, RecursionError):
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
