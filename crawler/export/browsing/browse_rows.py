"""What all functions that read ``corpus.sqlite`` share: buckets, lists of articles, counts."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from crawler.export.browsing.browse_results import NONE, DayCount, FacetCount, Facets, Hit

COUNTED = ("source", "agency", "language", "licence")
"""The facets that are counted: columns of ``bucket``."""

_HIT = (
    "article.id, article.key, source, article.title, day, url, language, language_tag, agency, "
    "copy_group, is_copy, incomplete, absent, revisions"
)
NEWEST = "day DESC, coalesce(published, '') DESC, article.key, source"


@dataclass(frozen=True, slots=True)
class Bucket:
    """What articles of a day have in common; see `crawler.export.browsing.browse_tables`."""

    id: int
    day: str
    source: str
    language: str
    agency: str
    licence: str
    is_copy: int


def buckets(db: sqlite3.Connection, facets: Facets) -> dict[int, Bucket]:
    """Return the buckets of articles that *facets* ask for, copies too."""
    where, values = ["1"], []
    for name in COUNTED:
        if chosen := getattr(facets, name):
            where.append(f"{name} = ?")
            values.append("" if chosen == NONE else chosen)
    for comparison, day in (("day >= ?", facets.after), ("day <= ?", facets.before)):
        if day:
            where.append(comparison)
            values.append(day)
    query = (
        "SELECT id, day, source, language, agency, licence, is_copy FROM bucket "  # noqa: S608
        f"WHERE {' AND '.join(where)}"
    )
    return {row[0]: Bucket(*row) for row in db.execute(query, values)}


def facet_counts(
    found: Mapping[int, Bucket], counts: Mapping[int, int]
) -> dict[str, list[FacetCount]]:
    """Return for each facet how many articles have which value, most frequent first."""
    result = {}
    for name in COUNTED:
        values: Counter[str] = Counter()
        for bucket, count in counts.items():
            values[getattr(found[bucket], name) or NONE] += count
        ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
        result[name] = [FacetCount(*item) for item in ordered]
    return result


def days_of(found: Mapping[int, Bucket], counts: Mapping[int, int]) -> list[DayCount]:
    """Return how many articles there are by day and source, in this order."""
    days: Counter[tuple[str, str]] = Counter()
    for bucket, count in counts.items():
        days[found[bucket].day, found[bucket].source] += count
    return [DayCount(*place, count) for place, count in sorted(days.items())]


def bucket_sizes(db: sqlite3.Connection, found: Mapping[int, Bucket]) -> dict[int, int]:
    """Return how many articles each bucket of *found* has, where it has any."""
    rows = db.execute("SELECT bucket, n FROM bucket_size")
    return {bucket: count for bucket, count in rows if bucket in found}


def newest_places(
    found: Mapping[int, Bucket], counts: Mapping[int, int], start: int, length: int
) -> tuple[list[int], int]:
    """Return the buckets of those days that have the articles from the *start*-th newest on.

    And how many articles of these days are to be left out in front of them.
    """
    days: Counter[str] = Counter()
    for bucket, count in counts.items():
        days[found[bucket].day] += count
    chosen, before, seen = set(), 0, 0
    for day in sorted(days, reverse=True):
        if seen + days[day] <= start:
            before = seen + days[day]
        elif seen < start + length:
            chosen.add(day)
        seen += days[day]
    return [bucket for bucket in counts if found[bucket].day in chosen], start - before


def hits(
    db: sqlite3.Connection,
    ids: Sequence[int],
    snippets: Mapping[int, tuple[str, str]] | None = None,
) -> list[Hit]:
    """Return the articles with these *ids*, in their order; *snippets* have title and text."""
    query = f"SELECT {_HIT} FROM article WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
    rows = {row[0]: tuple(row) for row in db.execute(query, (json.dumps(ids),))}
    groups = {row[9] for row in rows.values() if row[9]}
    sizes = _group_sizes(db, groups)
    marked = snippets or {}
    return [
        _hit(rows[number], sizes, marked.get(number, (escape(rows[number][3]), "")))
        for number in ids
        if number in rows
    ]


def _group_sizes(db: sqlite3.Connection, groups: Iterable[str]) -> dict[str, int]:
    query = (
        "SELECT copy_group, count(*) FROM article "
        "WHERE copy_group IN (SELECT value FROM json_each(?)) GROUP BY copy_group"
    )
    return dict(map(tuple, db.execute(query, (json.dumps(sorted(groups)),))))


def _hit(row: tuple, sizes: Mapping[str, int], marked: tuple[str, str]) -> Hit:  # type: ignore[type-arg]
    title_html, snippet_html = marked
    return Hit(
        key=row[1],
        source=row[2],
        title=row[3],
        title_html=title_html,
        snippet_html=snippet_html,
        day=row[4],
        url=row[5],
        language=row[6] or "",
        language_tag=row[7] or "",
        agency=row[8] or "",
        copy_group=row[9] or "",
        is_copy=bool(row[10]),
        copies=max(sizes.get(row[9], 1) - 1, 0),
        incomplete=bool(row[11]),
        absent=row[12] or "",
        revisions=row[13],
    )
