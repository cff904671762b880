"""The runs that the archives behind an index for a replay hold.

A year of rounds is a million runs, which are replayed one by one. So what is asked of one must not
depend on how many others there are: each has lines of its own, and they are read in their order.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.warc.cdxj import WARCINFO, format_line
from crawler.warc.runs import read_run, told_by, warcinfo_fields
from crawler.warc.warc_dates import precise_timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crawler.warc.lookup import IndexLine, IndexLookup
    from crawler.warc.reader import Record
    from crawler.warc.runs import Run

_RUN = "!run:"
_BEGAN = "!began"
_SPAN = "!span:"
_OF = "!of:"
FILES = "file:"
"""What the keys of documents begin with that a run imported."""


def run_lines(warcinfo: Record, file: str, name: str) -> list[str]:
    """Return the index lines of *warcinfo* in *file*, which lines call *name*.

    There are none if it tells of no run, else one by which it is found, and one in the order of
    all runs.
    """
    run = told_by(warcinfo)
    if run is None:
        return []
    known = {"name": name, "id": warcinfo.id, "started": warcinfo.date, "filename": file}
    known |= warcinfo_fields(warcinfo)
    return [
        format_line(_key(run.spider, run.source, run.id), "0", known),
        format_line(_BEGAN, precise_timestamp(run.started), known),
    ]


class OwnLines:
    """Makes the lines by which runs find their own captures, as the lines of a file go by."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[str, str]] = {}

    def note(self, line: str) -> Iterator[str]:
        """Note *line* of a capture; yield that of its run, if runs look for such ones."""
        key, time, rest = line.split(" ", 2)
        name = json.loads(rest).get(WARCINFO)
        if not name:
            return
        first, last = self._spans.get(name, (time, time))
        self._spans[name] = min(first, time), max(last, time)
        if group := FILES if key.startswith(FILES) else "?" in key and key.partition("?")[0]:
            yield f"{_OF}{_quoted(name)}:{group} {time} {rest}"

    def spans(self) -> Iterator[str]:
        """Yield a line for each warcinfo record: from when to when what belongs to it was made."""
        for name, (first, last) in self._spans.items():
            yield format_line(_SPAN + _quoted(name), first, {"last": last})


def span(index: IndexLookup, run: Run) -> tuple[str, str]:
    """Return the timestamps of the first and the last capture of *run*; empty if it has none."""
    lines = [line for name in run.ranks for line in index.lines(_SPAN + _quoted(name))]
    first = min((line.timestamp for line in lines), default="")
    return first, max((line.fields["last"] for line in lines), default="")


def own_lines(index: IndexLookup, run: Run, group: str) -> list[IndexLine]:
    """Return the captures of *run* in their order that are of *group*.

    That is the key of what was asked for with a query, up to that, or `FILES`.
    """
    names = (f"{_OF}{_quoted(name)}:{group}" for name in run.ranks)
    lines = (line for name in names for line in index.lines(name))
    found = [(place, line) for line in lines if (place := run.position_of(line))]
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def runs_from(
    index: IndexLookup, since: str = "", sources: Collection[str] | None = None
) -> Iterator[Run]:
    """Yield the runs in the archives behind *index*, the earliest first.

    With *since*, a timestamp of 20 digits, they are those that began then or later, with *sources*
    those of them.
    """
    for _, together in groupby(index.lines(_BEGAN, since), key=lambda line: line.timestamp):
        for line in sorted(together, key=_order):
            told = read_run(line.fields, line.fields["started"])
            if told is None or not (sources is None or told.source in sources):
                continue
            run, *_ = find_runs(index, told.spider, told.source, told.id)
            if next(iter(run.ranks)) == line.fields["name"]:  # each file of it has such a line
                yield run


def find_runs(index: IndexLookup, *of: str) -> list[Run]:
    """Return the runs in the archives behind *index*, the earliest first.

    *of* is spider, source and id of those that are wanted, or the first of these: the others are
    not read. Where a file is there twice, in a WACZ perhaps, the runs have the records of one of
    them.
    """
    found: dict[str, Run] = {}
    seen: set[tuple[str, str, str]] = set()
    for rank, line in enumerate(sorted(index.lines_below(_key(*of)), key=_order)):
        fields = line.fields
        run = read_run(fields, fields["started"])
        if run is None or (same := (run.id, fields["id"], run.started)) in seen:
            continue
        seen.add(same)
        ranks = found.setdefault(run.id, run).ranks
        ranks[fields["name"]] = rank
        if fields["id"]:
            ranks.setdefault(fields["id"], rank)
    return list(found.values())


def _key(*of: str) -> str:
    """Return how the keys begin of lines of runs *of* a spider, of a source, with an id."""
    return "".join((_RUN, *(f"{_quoted(part)}:" for part in of)))


def _quoted(part: str) -> str:
    return quote(part, safe="", errors="surrogatepass")


def _order(line: IndexLine) -> tuple[str, str, int]:
    """Return by what the warcinfo record of *line* is before or behind others."""
    name = line.fields["filename"].rpartition("/")[2]
    return precise_timestamp(line.fields["started"]), name, int(line.fields["name"])
