"""The tables of what happened to articles, and of the posts that they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crawler.state.sql.columns import as_json, as_record, lies_beyond
from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import LifeEvent

_COLUMNS = ("key", "source", "kind", "at", "alias", "detail")
_SELECT = f"SELECT {', '.join(_COLUMNS)}, record FROM event"  # noqa: S608 - our own constants
_INSERT = """
INSERT INTO event (key, source, kind, at, alias, detail, record)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, CAST(?7 AS TEXT) WHERE CAST(?7 AS TEXT) IS NULL OR NOT EXISTS (
    SELECT 1 FROM event WHERE key = ?1 AND source = ?2
    AND json_extract(record, '$.record_id') = json_extract(CAST(?7 AS TEXT), '$.record_id')
)
"""
_PUT_POST = """
INSERT INTO post (source, route, id, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_LIES_BEYOND = lies_beyond("record")


class LifeTables(Tables):
    """The methods of a `crawler.state.store.Store` that are about events and posts."""

    @atomic
    def put_posts(self, source: str, posts: Iterable[tuple[str, str]]) -> None:
        rows = ((source, *_parted(post), key) for post, key in posts)
        self._execute_many(_PUT_POST, rows)

    def posts(self, source: str, route: str) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        query = (
            "SELECT id, key FROM post JOIN article USING (key, source) "
            "WHERE source = ? AND route = ?"
        )
        for number, key in self._rows(query, (source, route)):
            found.setdefault(int(str(number)), []).append(str(key))
        return found

    def posts_of(self, key: str, source: str) -> set[str]:
        query = "SELECT route, id FROM post WHERE key = ? AND source = ?"
        return {f"{route}/{number}" for route, number in self._rows(query, (key, source))}

    def has_source(self, source: str) -> bool:
        return any(self._rows("SELECT 1 FROM article WHERE source = ? LIMIT 1", (source,)))

    @atomic
    def put_events(self, events: Iterable[LifeEvent]) -> None:
        for event in events:
            self._execute(_INSERT, _row(event))

    def events(self, key: str, source: str) -> Sequence[LifeEvent]:
        query = f"{_SELECT} WHERE key = ? AND source = ? ORDER BY at, id"
        return [_event(row) for row in self._rows(query, (key, source))]

    def events_of_kind(self, kind: str) -> list[LifeEvent]:
        return [
            _event(row) for row in self._rows(f"{_SELECT} WHERE kind = ? ORDER BY at, id", (kind,))
        ]

    @atomic
    def drop_unrecorded(self, kind: str) -> None:
        self._execute("DELETE FROM event WHERE kind = ? AND record IS NULL", (kind,))

    def absent(self, source: str) -> dict[str, LifeEvent]:
        query = (
            f"{_SELECT} WHERE source = ? AND kind IN ('missing', 'gone', 'back') ORDER BY at, id"
        )
        last = {event.key: event for event in map(_event, self._rows(query, (source,)))}
        return {key: event for key, event in last.items() if event.kind != "back"}

    def _forget_events(self, file: str, size: int) -> None:
        place = (file, size)
        self._execute(
            "UPDATE article SET modified = '' WHERE (key, source) IN "  # noqa: S608
            f"(SELECT key, source FROM event WHERE kind = 'updated' AND {_LIES_BEYOND})",
            place,
        )
        self._execute(f"DELETE FROM event WHERE {_LIES_BEYOND}", place)  # noqa: S608


def _parted(post: str) -> tuple[str, int]:
    route, _, number = post.rpartition("/")
    return route, int(number)


def _row(event: LifeEvent) -> tuple[object, ...]:
    return (*(getattr(event, name) for name in _COLUMNS), as_json(event.record))


def _event(row: tuple[object, ...]) -> LifeEvent:
    *fields, record = row
    texts = dict(zip(_COLUMNS, map(str, fields), strict=True))
    return LifeEvent(**texts, record=as_record(record))
