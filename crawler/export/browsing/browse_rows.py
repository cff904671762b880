"""What all functions that read ``corpus.sqlite`` share: kinds, facets, lists of articles."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from crawler.export.browsing.browse_results import NONE, FacetCount, Facets, Hit

FACETS = ("source", "agency", "language", "licence")
"""The facets that are counted, as `Kind` has them."""

NEWEST = "article.day DESC, coalesce(published, '') DESC, article.key, article.source"
IN = "IN (SELECT value FROM json_each(?))"

_HIT = (
    "article.id, article.key, source, article.title, day, url, language, language_tag, agency, "
    "copy_group, is_copy, incomplete, absent, revisions"
)


def select(
    db: sqlite3.Connection, query: str, values: Sequence[object] = ()
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of *query* as tuples, whatever the connection makes of rows."""
    cursor = db.cursor()
    cursor.row_factory = None
    return cursor.execute(query, values)


def select_named(
    db: sqlite3.Connection, query: str, values: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return the rows of *query*, each by the names of its columns."""
    cursor = db.cursor()
    cursor.row_factory = None
    cursor.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows of ``counted``, one of the ``tables``, are meant: all that ``where`` say."""

    tables: str = "counted"
    where: tuple[str, ...] = ()
    values: tuple[object, ...] = ()

    def also(self, where: str, *values: object) -> Condition:
        """Return the condition that demands *where* too."""
        return replace(self, where=(*self.where, where), values=(*self.values, *values))

    def select(self, columns: str, rest: str = "", *, articles: bool = False) -> str:
        """Return the query of these *columns*, of the table of *articles* too, up to *rest*."""
        tables = self.tables + (" JOIN article ON article.id = counted.id" if articles else "")
        where = " AND ".join(self.where) or "1"
        return f"SELECT {columns} FROM {tables} WHERE {where} {rest}"  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Kind:
    """What articles have in common; see `crawler.export.browsing.browse_tables`."""

    id: int
    source: str
    language: str
    agency: str
    licence: str
    is_copy: int


def kinds(db: sqlite3.Connection, facets: Facets) -> dict[int, Kind]:
    """Return the kinds of articles that *facets* ask for, copies too."""
    where, values = ["1"], []
    for name in FACETS:
        if chosen := getattr(facets, name):
            where.append(f"{'source.name' if name == 'source' else name} = ?")
            values.append("" if chosen == NONE else chosen)
    query = (
        "SELECT kind.id, source.name, language, agency, licence, is_copy FROM kind "  # noqa: S608
        f"JOIN source ON source.id = kind.source WHERE {' AND '.join(where)}"
    )
    return {row[0]: Kind(*row) for row in select(db, query, values)}


def facet_counts(
    known: Mapping[int, Kind], counts: Mapping[int, int]
) -> dict[str, list[FacetCount]]:
    """Return for each facet how many articles have which value, most frequent first."""
    result = {}
    for name in FACETS:
        values: Counter[str] = Counter()
        for kind, count in counts.items():
            values[getattr(known[kind], name) or NONE] += count
        ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
        result[name] = [FacetCount(*item) for item in ordered]
    return result


def hits(
    db: sqlite3.Connection,
    ids: Sequence[int],
    snippets: Mapping[int, tuple[str, str]] | None = None,
) -> list[Hit]:
    """Return the articles with these *ids*, in their order; *snippets* have title and text."""
    query = f"SELECT {_HIT} FROM article WHERE id {IN}"  # noqa: S608
    rows = {row[0]: row for row in select(db, query, (json.dumps(ids),))}
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
        f"SELECT copy_group, count(*) FROM article WHERE copy_group {IN} "  # noqa: S608
        "GROUP BY copy_group"
    )
    return dict(select(db, query, (json.dumps(sorted(groups)),)))


def _hit(row: tuple[Any, ...], sizes: Mapping[str, int], marked: tuple[str, str]) -> Hit:
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
