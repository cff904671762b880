"""The runs that the archives behind an index for a replay hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.warc.cdxj import format_line
from crawler.warc.runs import read_run, told_by, warcinfo_fields
from crawler.warc.warc_dates import precise_timestamp

if TYPE_CHECKING:
    from crawler.warc.lookup import IndexLine, IndexLookup
    from crawler.warc.reader import Record
    from crawler.warc.runs import Run

_RUN = "!run:"


def run_line(warcinfo: Record, file: str, name: str) -> str | None:
    """Return the index line of *warcinfo* in *file*, which lines call *name*.

    None if it tells of no run.
    """
    run = told_by(warcinfo)
    if run is None:
        return None
    known = {"name": name, "id": warcinfo.id, "started": warcinfo.date, "filename": file}
    return format_line(_key(run.spider, run.source, run.id), "0", known | warcinfo_fields(warcinfo))


def find_runs(index: IndexLookup, *of: str) -> list[Run]:
    """Return the runs in the archives behind *index*, the earliest first.

    *of* is spider, source and id of those that are wanted, or the first of these. An archive may
    have a million runs: the others are not read. Where a file is there twice, in a WACZ perhaps,
    the runs have the records of one of them.
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
    parts = (f"{quote(part, safe='', errors='surrogatepass')}:" for part in of)
    return "".join((_RUN, *parts))


def _order(line: IndexLine) -> tuple[str, str, int]:
    """Return by what the warcinfo record of *line* is before or behind others."""
    name = line.fields["filename"].rpartition("/")[2]
    return precise_timestamp(line.fields["started"]), name, int(line.fields["name"])
