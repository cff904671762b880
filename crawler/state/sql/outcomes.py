"""The table of outcomes: why addresses, entries and posts give no text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crawler.state.sql.columns import PAGE, as_json, as_record, lies_beyond
from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import Outcome

_COLUMNS = ("source", "url", "run", "reason", "detail", "at")
_SELECT = f"SELECT {', '.join(_COLUMNS)}, record FROM outcome WHERE source = ?"  # noqa: S608
_PUT = """
INSERT INTO outcome (source, url, run, reason, detail, at, record) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source, url) DO UPDATE SET run = excluded.run, reason = excluded.reason,
    detail = excluded.detail, at = excluded.at, record = excluded.record
"""
_LIES_BEYOND = lies_beyond("record")


class OutcomeTable(Tables):
    """The methods of a `crawler.state.store.Store` that are about outcomes."""

    @atomic
    def put_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        self._execute_many(_PUT, map(_row, outcomes))

    @atomic
    def drop_outcomes(self, source: str, urls: Iterable[str]) -> None:
        self._execute_many(
            "DELETE FROM outcome WHERE source = ? AND url = ?", ((source, url) for url in urls)
        )

    def outcomes(self, source: str, urls: Iterable[str]) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        for batch, among in self._batches(urls):
            query = f"{_SELECT} AND url {among}"
            for outcome in map(_outcome, self._rows(query, (source, *batch))):
                found[outcome.url] = outcome
        return found

    def all_outcomes(self, source: str) -> Iterator[Outcome]:
        after = ""
        query = f"{_SELECT} AND url > ? ORDER BY url LIMIT {PAGE}"
        while page := [_outcome(row) for row in self._rows(query, (source, after))]:
            yield from page
            after = page[-1].url

    def _forget_outcomes(self, file: str, size: int) -> None:
        self._execute(f"DELETE FROM outcome WHERE {_LIES_BEYOND}", (file, size))  # noqa: S608


def _row(outcome: Outcome) -> tuple[object, ...]:
    return (*(getattr(outcome, name) for name in _COLUMNS), as_json(outcome.record))


def _outcome(row: tuple[object, ...]) -> Outcome:
    *fields, record = row
    texts = dict(zip(_COLUMNS, map(str, fields), strict=True))
    return Outcome(**texts, record=as_record(record))
