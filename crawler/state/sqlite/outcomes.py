"""The table of outcomes: why addresses, entries and posts give no text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from crawler.items import RecordRef
from crawler.state.sqlite.database import Database
from crawler.state.store import Outcome

_COLUMNS = ("source", "url", "run", "reason", "detail", "at")
_SELECT = f"SELECT {', '.join(_COLUMNS)}, record FROM outcome WHERE source = ?"  # noqa: S608
_LIES_BEYOND = "json_extract(record, '$.file') = ? AND json_extract(record, '$.offset') >= ?"
_BATCH = 500  # below SQLite's limit of bound parameters in every build


class OutcomeTable(Database):
    """The methods of a `crawler.state.store.Store` that are about outcomes."""

    def put_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?)", map(_row, outcomes)
            )

    def drop_outcomes(self, source: str, urls: Iterable[str]) -> None:
        with self.transaction():
            self._db.executemany(
                "DELETE FROM outcome WHERE source = ? AND url = ?", ((source, url) for url in urls)
            )

    def outcomes(self, source: str, urls: Iterable[str]) -> dict[str, Outcome]:
        wanted = list(dict.fromkeys(urls))
        found: dict[str, Outcome] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            query = f"{_SELECT} AND url IN ({', '.join('?' * len(batch))})"
            for outcome in map(_outcome, self._rows(query, (source, *batch))):
                found[outcome.url] = outcome
        return found

    def all_outcomes(self, source: str) -> Iterator[Outcome]:
        return map(_outcome, self._rows(f"{_SELECT} ORDER BY url", (source,)))

    def _forget_outcomes(self, file: str, size: int) -> None:
        self._db.execute(f"DELETE FROM outcome WHERE {_LIES_BEYOND}", (file, size))  # noqa: S608


def _row(outcome: Outcome) -> tuple[object, ...]:
    record = json.dumps(asdict(outcome.record)) if outcome.record else None
    return (*(getattr(outcome, name) for name in _COLUMNS), record)


def _outcome(row: tuple[object, ...]) -> Outcome:
    *fields, record = row
    return Outcome(
        **dict(zip(_COLUMNS, map(str, fields), strict=True)),
        record=RecordRef(**json.loads(str(record))) if record else None,
    )
