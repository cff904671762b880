"""Writes articles into ``corpus.sqlite``, with the words, copy groups and counts that follow."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.export.browsing.search_words import prepared

_DELETE_WORDS = "INSERT INTO search (search, rowid, title, text) VALUES ('delete', ?, ?, ?)"
_ADD_WORDS = "INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)"
_EARLIEST = "earliest, source, key"
_KIND = ("language", "agency", "licence", "is_copy")
_COUNT = """
INSERT INTO day_kind (day, kind, source, is_copy, n) VALUES (?, ?, ?, ?, 1)
ON CONFLICT DO UPDATE SET n = n + 1
"""
_LINKS = "SELECT key, copy_of, text_sha256, copy_group FROM article WHERE id = ?"
_LINKED = {
    "key": "SELECT id FROM article WHERE key = ?",
    "copies": "SELECT id FROM article WHERE copy_of = ?",
    "digest": "SELECT id FROM article WHERE text_sha256 = ?",
    "group": "SELECT id FROM article WHERE copy_group = ?",
}


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

    Before it commits it calls `settle`, which brings copy groups and counts into step.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._unsettled: set[int] = set()
        self._numbers: dict[tuple[Any, ...], int] = {}

    def put(self, article: StoredArticle) -> None:
        """Write *article* instead of what there is of it."""
        key, source = article.columns["key"], article.columns["source"]
        before = self._place(key, source)
        if before is not None:
            self._drop_words(before)
        self._drop_texts(key, source)
        held = 0
        for number, text in enumerate(article.texts):
            rowid = self._insert("text", {"key": key, "source": source, "number": number, **text})
            held = rowid if number == article.held else held
        for number, event in enumerate(article.events):
            self._insert("event", {"key": key, "source": source, "number": number, **event})
        columns = {**article.columns, "text_id": held}
        if before is None:
            before = self._insert("article", columns)
        else:
            names = ", ".join(f"{name} = ?" for name in columns)
            self._db.execute(
                f"UPDATE article SET {names} WHERE id = ?",  # noqa: S608 - our own names
                (*columns.values(), before),
            )
        self._db.execute(_ADD_WORDS, self._words(before))
        self._unsettled.add(before)

    def remove(self, key: str, source: str) -> int:
        """Take the article out, which is held no more; return how many that were, 0 or 1."""
        place = self._place(key, source)
        if place is None:
            return 0
        self._unsettled |= self._reach(place, with_group=True)
        self._unsettled.discard(place)
        self._drop_words(place)
        self._drop_texts(key, source)
        self._leave_counts(place)
        self._db.execute("DELETE FROM article WHERE id = ?", (place,))
        return 1

    def settle(self) -> None:
        """Bring the copy groups and counts into step with the articles that were written."""
        seen: set[int] = set()
        for place in sorted(self._unsettled):
            if place not in seen:
                seen |= self._regroup(place)
        for place in sorted(seen):
            self._count(place)
        self._unsettled.clear()
        self._numbers.clear()  # the transaction may be rolled back

    def _place(self, key: str, source: str) -> int | None:
        query = "SELECT id FROM article WHERE key = ? AND source = ?"
        row = self._db.execute(query, (key, source)).fetchone()
        return int(row[0]) if row else None

    def _insert(self, table: str, columns: Mapping[str, Any]) -> int:
        marks = ", ".join("?" * len(columns))
        done = self._db.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - ours
            tuple(columns.values()),
        )
        assert done.lastrowid is not None
        return done.lastrowid

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

    def _regroup(self, place: int) -> set[int]:
        """Name the copy groups of the article at *place* and of all that it hung together with.

        Return their places. A group that falls into pieces gives several.
        """
        around = self._reach(place, with_group=True)
        self._db.executemany(
            "UPDATE article SET copy_group = NULL, is_copy = 0 WHERE id = ?", ((n,) for n in around)
        )
        left = set(around)
        while left:
            group = self._reach(next(iter(left)), with_group=False)
            if len(group) > 1:
                self._name(group)
            left -= group
        return around

    def _reach(self, place: int, *, with_group: bool) -> set[int]:
        """Return the places of all articles that hang together with the one at *place*.

        By the same text, by the copy that one was of when it came, and by the group that they were
        put into before. Each link is followed once, however many have it.
        """
        reached, waiting = {place}, [place]
        followed: set[tuple[str, str]] = set()
        while waiting:
            for link in self._links(waiting.pop(), with_group=with_group):
                if link in followed:
                    continue
                followed.add(link)
                found = {n for (n,) in self._db.execute(_LINKED[link[0]], (link[1],))} - reached
                reached |= found
                waiting += found
        return reached

    def _links(self, place: int, *, with_group: bool) -> Iterator[tuple[str, str]]:
        key, copy_of, digest, group = self._db.execute(_LINKS, (place,)).fetchone()
        yield "copies", key
        yield "digest", digest
        if copy_of:
            yield "key", copy_of
        if group and with_group:
            yield "group", group

    def _name(self, group: set[int]) -> None:
        """Call *group* by the key of the earliest; all others are copies."""
        places = json.dumps(sorted(group))
        (earliest, key), *_ = self._db.execute(
            "SELECT id, key FROM article WHERE id IN (SELECT value FROM json_each(?)) "  # noqa: S608
            f"ORDER BY {_EARLIEST} LIMIT 1",
            (places,),
        )
        self._db.execute(
            "UPDATE article SET copy_group = ?, is_copy = id != ? "
            "WHERE id IN (SELECT value FROM json_each(?))",
            (key, earliest, places),
        )

    def _count(self, place: int) -> None:
        """Count the article at *place* by the day and kind that it has now."""
        names = ", ".join(f"coalesce({name}, '')" for name in _KIND)
        query = f"SELECT replace(day, '-', ''), source, {names} FROM article WHERE id = ?"  # noqa: S608
        day, source, *values = self._db.execute(query, (place,)).fetchone()
        outlet = self._number("source", {"name": source})
        kind = self._number("kind", {"source": outlet, **dict(zip(_KIND, values, strict=True))})
        counted = int(day), kind
        if self._counted(place) == counted:
            return
        self._leave_counts(place)
        self._db.execute("INSERT INTO counted VALUES (?, ?, ?)", (place, *counted))
        self._db.execute(_COUNT, (*counted, outlet, values[-1]))

    def _number(self, table: str, columns: Mapping[str, Any]) -> int:
        """Return the id of the row of *table* with these *columns*, which is made if need be."""
        name = (table, *columns.values())
        if name not in self._numbers:
            marks = " AND ".join(f"{column} = ?" for column in columns)
            query = f"SELECT id FROM {table} WHERE {marks}"  # noqa: S608 - ours
            row = self._db.execute(query, tuple(columns.values())).fetchone()
            self._numbers[name] = row[0] if row else self._insert(table, columns)
        return self._numbers[name]

    def _counted(self, place: int) -> tuple[int, int] | None:
        query = "SELECT day, kind FROM counted WHERE id = ?"
        found: tuple[int, int] | None = self._db.execute(query, (place,)).fetchone()
        return found

    def _leave_counts(self, place: int) -> None:
        if (counted := self._counted(place)) is None:
            return
        self._db.execute("DELETE FROM counted WHERE id = ?", (place,))
        self._db.execute("UPDATE day_kind SET n = n - 1 WHERE (day, kind) = (?, ?)", counted)
        self._db.execute("DELETE FROM day_kind WHERE (day, kind) = (?, ?) AND n = 0", counted)
