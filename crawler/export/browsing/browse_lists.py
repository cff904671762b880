"""The first page, the sources, the runs and the counts of days of ``corpus.sqlite``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.export.browsing.browse_results import (
    DayCount,
    Facets,
    Home,
    RunPage,
    RunView,
    SourceView,
)
from crawler.export.browsing.browse_rows import bucket_sizes, buckets, days_of, facet_counts
from crawler.export.browsing.browse_search import latest

_LATEST = 10
_RUNS = 100  # on a page
_RUN = (
    "id, spider, source, arguments, started, ended, exit_code, reason, version, extractor, "
    "counts, dropped, lost, warc_file, warc_offset"
)
_JSON = ("unnamed", "reasons", "seen", "not_seen")


def home(db: sqlite3.Connection) -> Home:
    """Return what the first page shows: counts without copies, but where it says so."""
    found = buckets(db, Facets())
    sizes = bucket_sizes(db, found)
    counts = {bucket: n for bucket, n in sizes.items() if not found[bucket].is_copy}
    days = days_of(found, counts)
    return Home(
        articles=sum(sizes.values()),
        copies=sum(sizes.values()) - sum(counts.values()),
        texts=_number(db, "SELECT count(*) FROM text"),
        first_day=days[0].day if days else "",
        last_day=days[-1].day if days else "",
        built=made(db).get("built", ""),
        latest=latest(db, _LATEST),
        facets=facet_counts(found, counts),
        days=days,
    )


def made(db: sqlite3.Connection) -> dict[str, str]:
    """Return what is known of the making of the database, by name."""
    return dict(map(tuple, db.execute("SELECT name, value FROM made")))


def day_counts(db: sqlite3.Connection, facets: Facets | None = None) -> list[DayCount]:
    """Return how many articles there are by day and source; copies only if *facets* ask for them.

    A copy group cannot be asked for.
    """
    facets = facets or Facets()
    found = buckets(db, facets)
    sizes = bucket_sizes(db, found)
    return days_of(found, {b: n for b, n in sizes.items() if facets.copies or not found[b].is_copy})


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
    found = buckets(db, Facets())
    extents: dict[str, _Extent] = {}
    for number, count in bucket_sizes(db, found).items():
        bucket = found[number]
        extent = extents.setdefault(bucket.source, _Extent())
        extent.articles += count
        extent.copies += count if bucket.is_copy else 0
        extent.first_day = min(extent.first_day or bucket.day, bucket.day)
        extent.last_day = max(extent.last_day, bucket.day)
    return extents


def _by_source(db: sqlite3.Connection, query: str) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in _rows(db, query)}


def _rows(db: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name in _JSON else value for name, value in row.items()}


def _grouped(db: sqlite3.Connection, query: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(db, query):
        groups.setdefault(row["source"], []).append(row)
    return groups


def runs(db: sqlite3.Connection, source: str = "", page: int = 1) -> RunPage:
    """Return *page* of the runs, of *source* if it is given, that which started last first."""
    where, values = ("WHERE source = ?", (source,)) if source else ("", ())
    total = _number(db, f"SELECT count(*) FROM run {where}", values)  # noqa: S608 - ours
    pages = max(1, -(-total // _RUNS))
    page = min(max(1, page), pages)
    found = db.execute(
        f"SELECT {_RUN} FROM run {where} ORDER BY started DESC, id LIMIT ? OFFSET ?",  # noqa: S608
        (*values, _RUNS, (page - 1) * _RUNS),
    )
    return RunPage(total=total, page=page, pages=pages, runs=[_run(tuple(row)) for row in found])


def run(db: sqlite3.Connection, run_id: str) -> RunView | None:
    """Return the run with the id *run_id*, None if it is not known."""
    found = db.execute(f"SELECT {_RUN} FROM run WHERE id = ?", (run_id,)).fetchone()  # noqa: S608
    return _run(tuple(found)) if found else None


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
    return int(db.execute(query, values).fetchone()[0])
