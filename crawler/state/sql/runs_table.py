"""The table of runs that have ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crawler.state.sql.columns import as_json, as_record, lies_beyond
from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import EndedRun

_TEXTS = ("id", "spider", "source", "arguments", "started", "ended", "reason")
_VERSIONS = ("version", "extractor")
_COUNTS = ("counts", "dropped", "lost")
_COLUMNS = (*_TEXTS, *_VERSIONS, *_COUNTS, "exit_code", "record")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM run"  # noqa: S608 - our own constants
_INSERT = (
    f"INSERT INTO run ({', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT (id) DO UPDATE SET "
    f"{', '.join(f'{column} = excluded.{column}' for column in _COLUMNS if column != 'id')}"
)
# Sources are few and runs are many: the index is asked for one after the other.
_SOURCES = """
WITH RECURSIVE found (source) AS (
    SELECT min(source) FROM run
    UNION ALL SELECT (SELECT min(source) FROM run WHERE source > found.source) FROM found
    WHERE found.source IS NOT NULL
)
SELECT source FROM found WHERE source IS NOT NULL
"""
_PAGE = 500  # rows in memory at once, and no read is open between two pages
_LIES_BEYOND = lies_beyond("record")


class RunTable(Tables):
    """The methods of a `crawler.state.store.Store` that are about runs."""

    @atomic
    def put_run(self, run: EndedRun) -> None:
        self._execute(_INSERT, _row(run))

    def run(self, run_id: str) -> EndedRun | None:
        return next(map(_run, self._rows(f"{_SELECT} WHERE id = ?", (run_id,))), None)

    def runs(self, source: str, limit: int, until: str = "") -> list[EndedRun]:
        bound = "AND started <= ? " if until else ""
        query = f"{_SELECT} WHERE source = ? {bound}ORDER BY started DESC, id DESC LIMIT ?"
        bounds = (until,) if until else ()
        return [_run(row) for row in self._rows(query, (source, *bounds, limit))]

    def last_run(self, source: str, until: str = "") -> EndedRun | None:
        return next(iter(self.runs(source, 1, until)), None)

    def runs_ended(self, since: str, until: str) -> Iterator[EndedRun]:
        query = (
            f"{_SELECT} WHERE (ended, id) > (?, ?) AND ended < ? ORDER BY ended, id LIMIT {_PAGE}"
        )
        last = (since, "")
        while page := [_run(row) for row in self._rows(query, (*last, until))]:
            yield from page
            last = (page[-1].ended, page[-1].id)

    def latest_runs(self, limit: int) -> list[EndedRun]:
        query = f"{_SELECT} ORDER BY ended DESC, id DESC LIMIT ?"
        return [_run(row) for row in self._rows(query, (limit,))]

    def first_run(self) -> EndedRun | None:
        return next(map(_run, self._rows(f"{_SELECT} ORDER BY ended, id LIMIT 1")), None)

    def run_sources(self) -> list[str]:
        return [str(source) for (source,) in self._rows(_SOURCES)]

    def _forget_runs(self, file: str, size: int) -> None:
        self._execute(f"DELETE FROM run WHERE {_LIES_BEYOND}", (file, size))  # noqa: S608


def _row(run: EndedRun) -> tuple[object, ...]:
    return (
        *(getattr(run, name) for name in (*_TEXTS, *_VERSIONS)),
        *(json.dumps(dict(getattr(run, name)), sort_keys=True) for name in _COUNTS),
        run.exit_code,
        as_json(run.record),
    )


def _run(row: tuple[object, ...]) -> EndedRun:
    found = dict(zip(_COLUMNS, row, strict=True))
    texts: dict[str, Any] = {name: str(found[name]) for name in (*_TEXTS, *_VERSIONS)}
    counts = {name: json.loads(str(found[name])) for name in _COUNTS}
    return EndedRun(
        **texts,
        **counts,
        exit_code=int(str(found["exit_code"])),
        record=as_record(found["record"]),
    )
