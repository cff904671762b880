"""Which articles are copies of each other: exact ones, near ones, and what their records say.

What an article's record says is what was known when it was collected: an earlier publication may
have been fetched later, and copies of copies were noted as a chain. So groups are made anew of all
that is held: of equal digests, similar sketches, and those notes together.
"""

from __future__ import annotations

from itertools import combinations, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from crawler.state.sketch_bands import bands
from crawler.text import minhash

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from crawler.state.store import Holding

_ALL_PAIRS = 40  # so many with a band in common are compared each with each
_MOST_GROUPS = 40  # of more, a text is compared with the first and last of so many groups

_SCHEMA = """
CREATE TABLE text (
    id INTEGER PRIMARY KEY, source TEXT, key TEXT, published TEXT, digest BLOB, sketch BLOB
);
CREATE TABLE band (value INTEGER, id INTEGER);
CREATE TABLE noted (source TEXT, key TEXT, copy_of TEXT);
CREATE TABLE copy (
    source TEXT, key TEXT, name TEXT, is_copy INTEGER, PRIMARY KEY (source, key)
) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX text_digest ON text (digest);
CREATE INDEX text_key ON text (key, source);
CREATE INDEX band_value ON band (value, id);
"""
_SAME = "SELECT digest, id FROM text ORDER BY digest, id"
_SHARED = """
SELECT value, id FROM band JOIN text USING (id)
WHERE value IN (SELECT value FROM band GROUP BY value HAVING count(*) > 1)
ORDER BY value, published, source, key
"""
_NOTED = """
SELECT one.id, other.id FROM noted JOIN text AS one USING (source, key)
    JOIN text AS other ON other.key = noted.copy_of WHERE one.id != other.id
"""


class CopyGroups:
    """Finds the groups; what it keeps is in the database *db*, of which the tables are its own.

    Memory grows with the number of copies alone.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._first: dict[int, int] = {}
        db.executescript(_SCHEMA)

    def add(self, held: Holding, sketch: bytes) -> None:
        """Add the text of *held*, with its `crawler.text.minhash.sketch`."""
        row = (held.source, held.key, held.published, held.text_digest, sketch or None)
        added = self._db.execute("INSERT INTO text VALUES (NULL, ?, ?, ?, ?, ?)", row)
        rows = ((band, added.lastrowid) for band in bands(sketch))
        self._db.executemany("INSERT INTO band VALUES (?, ?)", rows)

    def note(self, held: Holding, copy_of: str) -> None:
        """Note that the record of *held* says it is a copy of the article with that key."""
        self._db.execute("INSERT INTO noted VALUES (?, ?, ?)", (held.source, held.key, copy_of))

    def find(self) -> None:
        """Fill the table ``copy``: of each article that has copies, the name of its group."""
        self._db.executescript(_INDEXES)
        self._join_same()
        for one, other in self._db.execute(_NOTED).fetchall():
            self._join(one, other)
        for _, members in groupby(self._db.execute(_SHARED), itemgetter(0)):
            self._join_near([number for _, number in members])
        self._name()

    def _join_same(self) -> None:
        for _, members in groupby(self._db.execute(_SAME), itemgetter(0)):
            first, *others = (number for _, number in members)
            for other in others:
                self._join(first, other)

    def _join_near(self, members: list[int]) -> None:
        """Join those of *members*, which have a band in common, whose sketches are near."""
        sketches: dict[int, bytes] = {}
        for one, other in self._pairs(members):
            if self._group(one) != self._group(other) and self._are_near(one, other, sketches):
                self._join(one, other)

    def _pairs(self, members: list[int]) -> Iterator[tuple[int, int]]:
        if len(members) <= _ALL_PAIRS:
            yield from combinations(members, 2)
            return
        ends: dict[int, tuple[int, int]] = {}
        for number in members:
            for first, last in list(ends.values()):
                yield first, number
                yield last, number
            group = self._group(number)
            ends = {self._group(first): (first, last) for first, last in ends.values()}
            if group in ends or len(ends) < _MOST_GROUPS:
                ends[group] = (ends.get(group, (number, number))[0], number)

    def _are_near(self, one: int, other: int, sketches: dict[int, bytes]) -> bool:
        for number in (one, other):
            if number not in sketches:
                query = "SELECT sketch FROM text WHERE id = ?"
                sketches[number] = self._db.execute(query, (number,)).fetchone()[0]
        return minhash.similarity(sketches[one], sketches[other]) >= minhash.NEAR

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._group(one), self._group(other)))
        self._first.setdefault(first, first)
        self._first[second] = first

    def _group(self, number: int) -> int:
        """Return the first of the group of *number*, and shorten the way to it."""
        end = number
        while (before := self._first.get(end, end)) != end:
            end = before
        while self._first.get(number, end) != end:
            self._first[number], number = end, self._first[number]
        return end

    def _name(self) -> None:
        """Name each group after the earliest of it."""
        self._db.execute("CREATE TABLE member (grp INTEGER, id INTEGER)")
        rows = ((self._group(number), number) for number in self._first)
        self._db.executemany("INSERT INTO member VALUES (?, ?)", rows)
        query = (
            "SELECT grp, source, key FROM member JOIN text USING (id) "
            "ORDER BY grp, published, source, key"
        )
        for _, members in groupby(self._db.execute(query), itemgetter(0)):
            self._db.executemany("INSERT INTO copy VALUES (?, ?, ?, ?)", _named(members))


def _named(members: Iterable[tuple[int, str, str]]) -> Iterator[tuple[str, str, str, int]]:
    name = ""
    for number, (_, source, key) in enumerate(members):
        name = name or key
        yield source, key, name, int(number > 0)
