"""A search without a database: whether an article has the words, as `scrapy browse` finds it."""

from __future__ import annotations

import sqlite3

from crawler.export.browsing.browse_tables import SEARCH_TABLE
from crawler.export.browsing.search_query import read_query
from crawler.export.browsing.search_words import prepared

_CLEAR = "INSERT INTO search (search) VALUES ('delete-all')"
_ADD = "INSERT INTO search (rowid, title, text) VALUES (1, ?, ?)"
_MATCH = "SELECT count(*) FROM search WHERE search MATCH ?"


class TextSearch:
    """Looks for the words *typed*. Raises ValueError if they cannot all be looked for."""

    def __init__(self, typed: str) -> None:
        query = read_query(typed)
        if query.notes:
            raise ValueError(query.notes[0])
        if not query.match and not query.never:
            raise ValueError("there is no word to look for")
        self._typed, self._match, self._never = typed, query.match, query.never
        # A table of one article at a time: FTS5 alone knows what its stems and beginnings match.
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.execute(SEARCH_TABLE)

    def __reduce__(self) -> tuple[type[TextSearch], tuple[str]]:
        return TextSearch, (self._typed,)

    def finds(self, title: str, text: str) -> bool:
        """Return whether an article with this headline and text is found."""
        self._db.execute(_CLEAR)
        self._db.execute(_ADD, (prepared(title), prepared(text)))
        return self._has(self._match, default=True) and not self._has(self._never, default=False)

    def _has(self, expression: str, *, default: bool) -> bool:
        if not expression:
            return default
        return bool(self._db.execute(_MATCH, (expression,)).fetchone()[0])
