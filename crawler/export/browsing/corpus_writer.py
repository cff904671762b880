"""Writes articles into ``corpus.sqlite``, with the words, copy groups and counts that follow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.export.browsing.article_counts import ArticleCounts, insert
from crawler.export.browsing.corpus_copies import GroupedCopies, Similar
from crawler.export.browsing.search_words import prepared

_DELETE_WORDS = "INSERT INTO search (search, rowid, title, text) VALUES ('delete', ?, ?, ?)"
_ADD_WORDS = "INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)"
_LINKED_BY = ("text_sha256", "copy_of", "earliest")
"""The columns by which articles are in copy groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as the tables have it: its columns by name, and those of its texts and events.

    ``held`` is the number of the text that it has now.
    """

    columns: Mapping[str, Any]
    texts: Sequence[Mapping[str, Any]]
    held: int
    events: Sequence[Mapping[str, Any]] = field(default=())


class CorpusWriter:
    """Writes into the database *db*; the caller begins transactions and commits them.

    Before it commits it calls `settle`, which brings copy groups and counts into step, or, when all
    that there is was written, `settle_all`. *similar* finds near texts.
    """

    def __init__(self, db: sqlite3.Connection, similar: Similar) -> None:
        self._db = db
        self._copies = GroupedCopies(db, similar)
        self._counts = ArticleCounts(db)
        self._joining: set[int] = set()
        self._changed: set[int] = set()

    def put(self, article: StoredArticle) -> None:
        """Write *article* instead of what there is of it."""
        key, source = article.columns["key"], article.columns["source"]
        place = self._place(key, source)
        if place is not None:
            self._drop_words(place)
            self._joining |= self._leaving(place, article)
        self._drop_texts(key, source)
        columns = {**article.columns, "text_id": self._put_texts(key, source, article)}
        if place is None:
            place = insert(self._db, "article", columns)
            self._joining.add(place)
        else:
            names = ", ".join(f"{name} = ?" for name in columns)
            self._db.execute(
                f"UPDATE article SET {names} WHERE id = ?",  # noqa: S608 - our own names
                (*columns.values(), place),
            )
        self._changed.add(place)
        self._db.execute(_ADD_WORDS, self._words(place))

    def _leaving(self, place: int, article: StoredArticle) -> set[int]:
        """Return those that have to look for their copy groups again because of *article*."""
        columns = ", ".join(_LINKED_BY)
        query = f"SELECT {columns} FROM article WHERE id = ?"  # noqa: S608 - our own names
        before = self._db.execute(query, (place,)).fetchone()
        is_same = before == tuple(article.columns[name] for name in _LINKED_BY)
        return set() if is_same else self._copies.leave(place)

    def _put_texts(self, key: str, source: str, article: StoredArticle) -> int:
        """Write texts and events; return the id of the text that the article has."""
        name = {"key": key, "source": source}
        for number, event in enumerate(article.events):
            insert(self._db, "event", {**name, "number": number, **event})
        ids = [
            insert(self._db, "text", {**name, "number": number, **text})
            for number, text in enumerate(article.texts)
        ]
        return ids[article.held]

    def remove(self, key: str, source: str) -> int:
        """Take the article out, which is held no more; return how many that were, 0 or 1."""
        place = self._place(key, source)
        if place is None:
            return 0
        self._joining |= self._copies.leave(place)
        self._drop_words(place)
        self._drop_texts(key, source)
        self._counts.leave(place)
        self._db.execute("DELETE FROM article WHERE id = ?", (place,))
        for places in (self._joining, self._changed, self._copies.touched):
            places.discard(place)
        return 1

    def settle(self) -> None:
        """Bring the copy groups and counts into step with the articles that were written."""
        for place in sorted(self._joining):
            self._copies.join(place)
        for place in sorted(self._changed | self._copies.touched):
            self._counts.put(place)
        self._forget()

    def _forget(self) -> None:
        for places in (self._joining, self._changed, self._copies.touched):
            places.clear()
        self._counts.end()

    def settle_all(self, copies: Iterable[tuple[str, str, str, int]]) -> None:
        """Bring them into step where all articles were written, and none was before.

        *copies* are source, key, name of the group and whether it is a copy, of all in groups.
        """
        self._db.executemany(
            "UPDATE article SET copy_group = ?3, is_copy = ?4 WHERE source = ?1 AND key = ?2",
            copies,
        )
        self._counts.put_all()
        self._forget()

    def _place(self, key: str, source: str) -> int | None:
        query = "SELECT id FROM article WHERE key = ? AND source = ?"
        row = self._db.execute(query, (key, source)).fetchone()
        return int(row[0]) if row else None

    def _words(self, place: int) -> tuple[int, str, str]:
        title, text = self._db.execute(
            "SELECT article.title, text.text FROM article JOIN text ON text.id = text_id "
            "WHERE article.id = ?",
            (place,),
        ).fetchone()
        return place, prepared(title), prepared(text)

    def _drop_words(self, place: int) -> None:
        self._db.execute(_DELETE_WORDS, self._words(place))

    def _drop_texts(self, key: str, source: str) -> None:
        for table in ("text", "event"):
            self._db.execute(
                f"DELETE FROM {table} WHERE key = ? AND source = ?",  # noqa: S608 - ours
                (key, source),
            )
