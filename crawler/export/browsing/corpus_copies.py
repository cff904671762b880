"""Copy groups kept in step with single articles that come, change and go.

They are those that `crawler.export.copy_groups` finds of all articles together: of equal texts, of
near ones, and of what was noted when one was collected.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

Name = tuple[str, str]
"""Key and source of an article."""

Similar = Callable[[Name, Sequence[str]], Iterable[Name]]
"""Returns the other articles whose text is near to the paragraphs of the one with that name."""

_MOST_REJOINED = 200  # of a larger group, only what changes is looked at again
_EARLIEST = "earliest, source, key"
_IN = "IN (SELECT value FROM json_each(?))"
_LINKED = """
SELECT other.id FROM article JOIN article AS other ON other.key = article.copy_of
    WHERE article.id = ?1
UNION SELECT other.id FROM article JOIN article AS other ON other.copy_of = article.key
    WHERE article.id = ?1
"""
_SAME_TEXT = """
SELECT other.id FROM article JOIN article AS other USING (text_sha256)
WHERE article.id = ?1 AND other.id != ?1 ORDER BY other.copy_group IS NULL LIMIT 1
"""
_TEXT = """
SELECT article.key, article.source, text FROM article JOIN text ON text.id = text_id
WHERE article.id = ?
"""


class GroupedCopies:
    """The copy groups of the articles in *db*, which are known by their ids.

    ``touched`` are those whose group changed, or their place in it; who uses it clears it.
    """

    def __init__(self, db: sqlite3.Connection, similar: Similar) -> None:
        self._db = db
        self._similar = similar
        self.touched: set[int] = set()

    def leave(self, place: int) -> set[int]:
        """Take the article out of its group; return all that are to `join` again, if they stay."""
        query = "SELECT copy_group, is_copy FROM article WHERE id = ?"
        group, is_copy = next(self._rows(query, place))
        if group is None:
            return {place}
        members = self._members(group)
        if len(members) <= _MOST_REJOINED:
            self._set(members, None, None)
            return members
        self._set({place}, None, None)
        if not is_copy:
            self._name(members - {place})
        return {place}

    def join(self, place: int) -> None:
        """Put the article into the groups of all that it is linked with."""
        linked = self._linked(place) | {place}
        query = f"SELECT id, copy_group FROM article WHERE id {_IN}"  # noqa: S608
        found = dict(self._rows(query, _ids(linked)))
        groups = set(filter(None, found.values()))
        coming = {number for number, group in found.items() if group is None}
        if len(groups) == 1 and self._are_later(coming, group := min(groups)):
            self._set(coming, group, None)
        elif len(linked) > 1:
            self._name(coming.union(*map(self._members, groups)))

    def _linked(self, place: int) -> set[int]:
        linked = {
            number for query in (_LINKED, _SAME_TEXT) for (number,) in self._rows(query, place)
        }
        ((key, source, text),) = self._rows(_TEXT, place)
        for name in self._similar((key, source), text.split("\n")):
            query = "SELECT id FROM article WHERE key = ? AND source = ?"
            linked |= {number for (number,) in self._rows(query, *name)}
        return linked

    def _members(self, group: str) -> set[int]:
        return {n for (n,) in self._rows("SELECT id FROM article WHERE copy_group = ?", group)}

    def _are_later(self, coming: set[int], group: str) -> bool:
        """Return whether all that are *coming* are later than the earliest of *group*."""
        ((earliest,),) = self._rows(
            "SELECT id FROM article WHERE copy_group = ? AND is_copy = 0", group
        )
        first, _ = self._earliest({*coming, earliest})
        return first == int(earliest)

    def _name(self, members: set[int]) -> None:
        """Call the group of *members* by the key of the earliest."""
        earliest, key = self._earliest(members)
        self._set(members, key, earliest)

    def _earliest(self, members: set[int]) -> tuple[int, str]:
        query = f"SELECT id, key FROM article WHERE id {_IN} ORDER BY {_EARLIEST} LIMIT 1"  # noqa: S608
        number, key = next(self._rows(query, _ids(members)))
        return int(number), str(key)

    def _set(self, members: set[int], group: str | None, earliest: int | None) -> None:
        self.touched |= members
        self._db.execute(
            "UPDATE article SET copy_group = ?1, is_copy = ?1 IS NOT NULL AND id IS NOT ?2 "
            "WHERE id IN (SELECT value FROM json_each(?3))",
            (group, earliest, _ids(members)),
        )

    def _rows(self, query: str, *values: object) -> Iterator[Any]:
        return iter(self._db.execute(query, values).fetchall())


def _ids(numbers: Iterable[int]) -> str:
    return json.dumps(sorted(numbers))
