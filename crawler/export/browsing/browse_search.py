"""Search: a page of what was found, with its counts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from crawler.export.browsing.browse_results import Facets, Hit, SearchResult
from crawler.export.browsing.browse_rows import (
    NEWEST,
    Bucket,
    bucket_sizes,
    buckets,
    days_of,
    facet_counts,
    hits,
    newest_places,
)
from crawler.export.browsing.search_query import Query, read_query
from crawler.export.browsing.snippets import Marker

PAGE = 20
"""Articles on a page of results."""

_MOST_RANKED = 5_000  # beyond that relevance tells little, and takes longer than a page may
_LONGEST_TEXT = 50_000  # characters of a text that snippets are taken from
_IN = "IN (SELECT value FROM json_each(?))"


def search(
    db: sqlite3.Connection, typed: str, facets: Facets | None = None, page: int = 1
) -> SearchResult:
    """Return *page* of the articles that have the words *typed*, and what *facets* ask for.

    Without words all articles are found. What is found by words is in the order of relevance,
    unless it is too much for that to tell anything; everything else is in that of days.
    """
    facets = facets or Facets()
    query = read_query(typed)
    found = _Found(db, query, facets)
    pages = max(1, -(-found.total // PAGE))
    page = min(max(1, page), pages)
    return SearchResult(
        query=typed,
        facets_chosen=facets,
        total=found.total,
        hidden_copies=found.hidden,
        order=found.order,
        page=page,
        pages=pages,
        hits=_marked_hits(db, query, found.page((page - 1) * PAGE)),
        facets=facet_counts(found.buckets, found.counts),
        days=days_of(found.buckets, found.counts),
        notes=query.notes,
    )


class _Found:
    """What was found, counted by bucket: ``hidden`` are copies that were not asked for."""

    def __init__(self, db: sqlite3.Connection, query: Query, facets: Facets) -> None:
        self._db = db
        shows_copies = facets.copies or bool(facets.copy_group)
        known = buckets(db, facets)
        self._where, self._values = _condition(query, facets)
        counts = self._count(known)
        self.counts = {b: n for b, n in counts.items() if shows_copies or not known[b].is_copy}
        self.buckets = {bucket: known[bucket] for bucket in self.counts}
        self.total = sum(self.counts.values())
        self.hidden = sum(counts.values()) - self.total
        is_ranked = bool(query.match) and self.total <= _MOST_RANKED
        self.order = "relevance" if is_ranked else "newest"

    def _count(self, known: Mapping[int, Bucket]) -> dict[int, int]:
        if not self._where:
            return bucket_sizes(self._db, known)
        rows = self._db.execute(
            f"SELECT bucket, count(*) FROM {self._where} GROUP BY bucket",  # noqa: S608
            self._values,
        )
        return {bucket: count for bucket, count in rows if bucket in known}

    def page(self, start: int) -> list[int]:
        """Return the ids of the articles of the page that begins with the *start*-th."""
        if self.order == "relevance":
            chosen, offset = list(self.counts), start
            order = f"bm25(search, 5.0, 1.0), {NEWEST}"
        else:
            chosen, offset = newest_places(self.buckets, self.counts, start, PAGE)
            order = NEWEST
        source = self._where or "article_bucket WHERE 1"
        table, _, condition = source.partition(" WHERE ")
        rows = self._db.execute(
            f"SELECT article.id FROM {table} JOIN article ON article.id = article_bucket.id "  # noqa: S608
            f"WHERE {condition} AND bucket {_IN} ORDER BY {order} LIMIT ? OFFSET ?",
            (*self._values, json.dumps(chosen), PAGE, offset),
        )
        return [number for (number,) in rows]


def _condition(query: Query, facets: Facets) -> tuple[str, tuple[str, ...]]:
    """Return tables and condition of what *query* asks for, and its values; empty for all."""
    tables, where, values = "article_bucket", [], []
    if query.match:
        tables = "search JOIN article_bucket ON article_bucket.id = search.rowid"
        where.append("search MATCH ?")
        values.append(f"({query.match}) NOT ({query.never})" if query.never else query.match)
    elif query.never:
        where.append("article_bucket.id NOT IN (SELECT rowid FROM search WHERE search MATCH ?)")
        values.append(query.never)
    if facets.copy_group:
        where.append("article_bucket.id IN (SELECT id FROM article WHERE copy_group = ?)")
        values.append(facets.copy_group)
    return (f"{tables} WHERE {' AND '.join(where)}" if where else ""), tuple(values)


def _marked_hits(db: sqlite3.Connection, query: Query, ids: Sequence[int]) -> list[Hit]:
    texts = db.execute(
        "SELECT article.id, article.title, substr(text.text, 1, ?) FROM article "  # noqa: S608
        f"JOIN text ON text.id = text_id WHERE article.id {_IN}",
        (_LONGEST_TEXT, json.dumps(ids)),
    )
    with Marker(query.terms) as marker:
        marked = {
            number: (marker.marked(title), marker.snippet(text)) for number, title, text in texts
        }
    return hits(db, ids, marked)


def latest(db: sqlite3.Connection, number: int) -> list[Hit]:
    """Return the *number* newest articles, without copies and without snippets."""
    found = _Found(db, Query(), Facets())
    return hits(db, found.page(0)[:number])
