"""The runs, the health of sources and what they listed, as tables of ``corpus.sqlite``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.export.browsing.corpus_file import only_builder, open_corpus
from crawler.export.home_pages import place_of_site

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.state.store import EndedRun, Store

_SLACK = timedelta(days=1)  # a run may be noted long after another one that ended later
_EVER = "9999"
_MOST_STORIES = 1_000  # of a source
_STORY = ("state", "reason", "note", "url", "post", "date", "listed", "by")
_TEXTS = ("id", "spider", "source", "arguments", "started", "ended", "exit_code", "reason")
_STATES = ("held", "dropped", "gone", "left out", "unexplained")
_HEALTH = (
    *("source", "key", "verdict", "why", "stories", "last_read", "last_answered", "last_story"),
    *("last_collected", "stories_this_week", "stories_a_week", "failures", "lost", "pause"),
    *("longest_pause", "silent_after", "next_read"),
)


def put_runs(db: sqlite3.Connection, store: Store, since: str) -> None:
    """Write the runs that ended since the last one that *db* has, and all *since* then.

    *since* is when the oldest of what came anew was recorded: it may be from another archive. The
    sites of runs may have home pages that say their languages (`NotedHomes`).
    """
    query = (
        "SELECT min((SELECT max(ended) FROM run), (SELECT value FROM made WHERE name = 'built'))"
    )
    (last,) = db.execute(query).fetchone()  # the end of a run may be told by a wrong clock
    begin = min(filter(None, (last, since)), default="") if last else ""
    for run in store.runs_ended(_earlier(begin), _EVER):
        _insert(db, "run", _columns(run))
        site = json.loads(run.arguments).get("site")
        if isinstance(site, str) and site:
            place = place_of_site(site)
            db.execute("INSERT OR IGNORE INTO home VALUES (?, '')", (place,))


def _earlier(moment: str) -> str:
    try:
        found = datetime.fromisoformat(moment).astimezone(UTC) - _SLACK
    except (ValueError, OverflowError):
        return ""
    return found.isoformat(timespec="seconds").replace("+00:00", "Z")


def _columns(run: EndedRun) -> dict[str, Any]:
    columns = {name: getattr(run, name) for name in (*_TEXTS, "version", "extractor")}
    columns |= {
        name: json.dumps(dict(getattr(run, name)), ensure_ascii=False, sort_keys=True)
        for name in ("counts", "dropped", "lost")
    }
    place = (run.record.file, run.record.offset) if run.record else (None, None)
    return columns | dict(zip(("warc_file", "warc_offset"), place, strict=True))


def note_sources(
    path: Path,
    health: Iterable[Mapping[str, Any]],
    coverage: Iterable[Mapping[str, Any]] | None = None,
) -> None:
    """Write into the database at *path* how the sources are, and what became of all they listed.

    *health* has them as ``scrapy health --json`` does, the worst first, *coverage* as ``scrapy
    coverage --json``; without that, what there is of it stays.
    """
    with only_builder(path):
        if (db := open_corpus(path)) is None:
            raise FileNotFoundError(f"{path} is gone, or was not made by this version")
        with closing(db), db:
            db.execute("BEGIN IMMEDIATE")
            _put_health(db, health)
            if coverage is not None:
                _put_coverage(db, coverage)
                (last,) = db.execute("SELECT max(ended) FROM run").fetchone()
                db.execute("INSERT OR REPLACE INTO made VALUES ('covered', ?)", (last or "",))


def is_covered(path: Path) -> bool:
    """Return whether no run has ended since the coverage in the database at *path* was made."""
    query = (
        "SELECT (SELECT value FROM made WHERE name = 'covered') "
        "IS coalesce((SELECT max(ended) FROM run), '')"
    )
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute(query).fetchone()[0])


def _put_health(db: sqlite3.Connection, sources: Iterable[Mapping[str, Any]]) -> None:
    db.execute("DELETE FROM health")
    for place, source in enumerate(sources):
        _insert(db, "health", {name: source[name] for name in _HEALTH} | {"place": place})


def _put_coverage(db: sqlite3.Connection, sources: Iterable[Mapping[str, Any]]) -> None:
    for table in ("coverage", "coverage_month", "coverage_story"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
    for source in sources:
        name = source["source"]
        _insert(db, "coverage", _coverage(source))
        for month, counts in source["months"].items():
            row = {"source": name, "month": month, "listed": counts["listed"]}
            _insert(db, "coverage_month", row | _states(counts))
        for number, story in enumerate(islice(source["stories"], _MOST_STORIES)):
            row = {"source": name, "number": number}
            _insert(db, "coverage_story", row | {column: story[column] for column in _STORY})


def _coverage(source: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: source[name] for name in ("source", "runs", "first", "last")}
    texts = {name: json.dumps(source[name]) for name in ("unnamed", "reasons", "seen", "not_seen")}
    total = source["total"]
    counts = {"explained": source["explained"], "listed": sum(total.values())}
    return plain | counts | _states(total) | texts


def _states(counts: Mapping[str, int]) -> dict[str, int]:
    return {state.replace(" ", "_"): counts[state] for state in _STATES}


def _insert(db: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(columns))
    db.execute(
        f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
        tuple(columns.values()),
    )
