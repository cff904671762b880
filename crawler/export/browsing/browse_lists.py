"""The first page, the sources, the runs and the counts of days of ``corpus.sqlite``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.export.browsing.browse_counts import Counts
from crawler.export.browsing.browse_results import (
    DayCount,
    Facets,
    Home,
    RunPage,
    RunView,
    SourceView,
)
from crawler.export.browsing.browse_rows import facet_counts, hits, select, select_named

_LATEST = 10
_RUNS = 100  # on a page
_RUN = (
    "id, spider, source, arguments, started, ended, exit_code, reason, version, extractor, "
    "counts, dropped, lost, warc_file, warc_offset"
)
_JSON = ("unnamed", "reasons", "seen", "not_seen")


def home(db: sqlite3.Connection) -> Home:
    """Return what the first page shows: counts without copies, but where it says so."""
    counts = Counts(db, Facets()).count_all()
    (first, last) = next(select(db, "SELECT min(day), max(day) FROM article"))
    return Home(
        articles=counts.total + counts.hidden,
        copies=counts.hidden,
        texts=_number(db, "SELECT count(*) FROM text"),
        first_day=first or "",
        last_day=last or "",
        built=made(db).get("built", ""),
        latest=hits(db, counts.newest(0, _LATEST)),
        facets=facet_counts(counts.kinds, counts.by_kind),
        days=counts.days(),
    )


def made(db: sqlite3.Connection) -> dict[str, str]:
    """Return what is known of the making of the database, by name."""
    return dict(select(db, "SELECT name, value FROM made"))


def day_counts(db: sqlite3.Connection, facets: Facets | None = None) -> list[DayCount]:
    """Return how many articles there are by day and source; copies only if *facets* ask for them.

    A copy group cannot be asked for.
    """
    return Counts(db, facets or Facets()).count_all().days()


@dataclass(slots=True)
class _Extent:
    articles: int = 0
    copies: int = 0
    first_day: str = ""
    last_day: str = ""


def sources(db: sqlite3.Connection) -> list[SourceView]:
    """Return the sources: those that somebody should look at first, then by name."""
    extents = _extents(db)
    health = _by_source(db, "SELECT * FROM health")
    coverage = _by_source(db, "SELECT * FROM coverage")
    months = _grouped(db, "SELECT * FROM coverage_month ORDER BY source, month")
    unexplained = _grouped(db, "SELECT * FROM coverage_story ORDER BY source, number")
    names = {*extents, *health, *coverage}
    order = sorted(names, key=lambda name: (health.get(name, {}).get("place", 1 << 30), name))
    return [
        SourceView(
            source=name,
            articles=extents.get(name, _Extent()).articles,
            copies=extents.get(name, _Extent()).copies,
            first_day=extents.get(name, _Extent()).first_day,
            last_day=extents.get(name, _Extent()).last_day,
            health=health.get(name, {}),
            coverage=_decoded(coverage.get(name, {})),
            months=months.get(name, []),
            unexplained=unexplained.get(name, []),
        )
        for name in order
    ]


def _extents(db: sqlite3.Connection) -> dict[str, _Extent]:
    rows = select(
        db,
        "SELECT source.name, sum(n), sum(n * is_copy), min(day), max(day) FROM day_kind "
        "JOIN source ON source.id = day_kind.source GROUP BY day_kind.source",
    )
    return {
        source: _Extent(articles, copies, _day(first), _day(last))
        for source, articles, copies, first, last in rows
    }


def _day(number: int) -> str:
    digits = f"{number:08d}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _by_source(db: sqlite3.Connection, query: str) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in select_named(db, query)}


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name in _JSON else value for name, value in row.items()}


def _grouped(db: sqlite3.Connection, query: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in select_named(db, query):
        groups.setdefault(row["source"], []).append(row)
    return groups


def runs(db: sqlite3.Connection, source: str = "", page: int = 1) -> RunPage:
    """Return *page* of the runs, of *source* if it is given, that which started last first."""
    where, values = ("WHERE source = ?", (source,)) if source else ("", ())
    total = _number(db, f"SELECT count(*) FROM run {where}", values)  # noqa: S608 - ours
    pages = max(1, -(-total // _RUNS))
    page = min(max(1, page), pages)
    found = select(
        db,
        f"SELECT {_RUN} FROM run {where} ORDER BY started DESC, id LIMIT ? OFFSET ?",  # noqa: S608
        (*values, _RUNS, (page - 1) * _RUNS),
    )
    return RunPage(total=total, page=page, pages=pages, runs=[_run(row) for row in found])


def run(db: sqlite3.Connection, run_id: str) -> RunView | None:
    """Return the run with the id *run_id*, None if it is not known."""
    found = next(select(db, f"SELECT {_RUN} FROM run WHERE id = ?", (run_id,)), None)  # noqa: S608
    return _run(found) if found else None


def _run(row: tuple[Any, ...]) -> RunView:
    return RunView(
        id=row[0],
        spider=row[1],
        source=row[2],
        arguments=row[3],
        started=row[4],
        ended=row[5],
        exit_code=row[6],
        reason=row[7],
        version=row[8],
        extractor=row[9],
        counts=json.loads(row[10]),
        dropped=json.loads(row[11]),
        lost=json.loads(row[12]),
        record=(row[13], row[14]) if row[13] else None,
    )


def _number(db: sqlite3.Connection, query: str, values: tuple[str, ...] = ()) -> int:
    return int(next(select(db, query, values))[0])
