"""Search: a page of what was found, with its counts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from crawler.export.browsing.browse_counts import Counts
from crawler.export.browsing.browse_results import Facets, Hit, SearchResult
from crawler.export.browsing.browse_rows import IN, NEWEST, Condition, facet_counts, hits, select
from crawler.export.browsing.search_query import Query, read_query
from crawler.export.browsing.snippets import Marker

PAGE = 20
"""Articles on a page of results."""

_MOST_RANKED = 10_000  # beyond that relevance tells little, and takes longer than a page may
_LONGEST_TEXT = 50_000  # characters of a text that snippets are taken from


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
    counts = found.counts
    pages = max(1, -(-counts.total // PAGE))
    page = min(max(1, page), pages)
    return SearchResult(
        query=typed,
        facets_chosen=facets,
        total=counts.total,
        hidden_copies=counts.hidden,
        order=found.order,
        page=page,
        pages=pages,
        hits=_marked_hits(db, query, found.page((page - 1) * PAGE)),
        facets=facet_counts(counts.kinds, counts.by_kind),
        days=counts.days(),
        notes=query.notes,
    )


class _Found:
    """What was found of *query* and *facets*, counted."""

    def __init__(self, db: sqlite3.Connection, query: Query, facets: Facets) -> None:
        self._db = db
        condition = _condition(query, facets)
        counts = Counts(db, facets)
        self.counts = counts.count_found(condition) if condition.where else counts.count_all()
        is_ranked = bool(query.match) and counts.total <= _MOST_RANKED
        self.order = "relevance" if is_ranked else "newest"

    def page(self, start: int) -> list[int]:
        """Return the ids of the articles of the page that begins with the *start*-th."""
        if self.order == "newest":
            return self.counts.newest(start, PAGE)
        shown = self.counts.shown
        order = f"ORDER BY bm25(search, 5.0, 1.0), {NEWEST} LIMIT ? OFFSET ?"
        query = shown.select("article.id", order, articles=True)
        return [number for (number,) in select(self._db, query, (*shown.values, PAGE, start))]


def _condition(query: Query, facets: Facets) -> Condition:
    """Return what *query* and the copy group of *facets* demand."""
    found = Condition()
    if query.match:
        match = f"({query.match}) NOT ({query.never})" if query.never else query.match
        tables = "search JOIN counted ON counted.id = search.rowid"
        found = Condition(tables).also("search MATCH ?", match)
    elif query.never:
        never = "counted.id NOT IN (SELECT rowid FROM search WHERE search MATCH ?)"
        found = found.also(never, query.never)
    if facets.copy_group:
        group = "counted.id IN (SELECT id FROM article WHERE copy_group = ?)"
        found = found.also(group, facets.copy_group)
    return found


def _marked_hits(db: sqlite3.Connection, query: Query, ids: Sequence[int]) -> list[Hit]:
    texts = select(
        db,
        "SELECT article.id, article.title, substr(text.text, 1, ?) FROM article "  # noqa: S608
        f"JOIN text ON text.id = text_id WHERE article.id {IN}",
        (_LONGEST_TEXT, json.dumps(ids)),
    )
    with Marker(query.terms) as marker:
        marked = {
            number: (marker.marked(title), marker.snippet(text)) for number, title, text in texts
        }
    return hits(db, ids, marked)
