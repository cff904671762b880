"""The pages over all runs, brought up to date at the end of a run or a round.

What is written and read for it does not grow with the age of the archive: today is counted from
the ledger, the days before are kept as counts (`crawler.reports.run_days`).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.disk import replacement
from crawler.reports.document import Document
from crawler.reports.index_page import (
    SourceGlance,
    day_document,
    index_document,
    month_document,
)
from crawler.reports.over_time import days_until
from crawler.reports.run import stem
from crawler.reports.run_days import (
    DAYS,
    MOST_ROWS,
    RoundRow,
    RunDay,
    RunRow,
    is_idle,
    merged,
    news,
    read_day,
    write_day,
)
from crawler.reports.run_page import write_document
from crawler.rounds.source_glance import glance

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.state.store import EndedRun, Store

WINDOW = 35
"""Days that the index shows."""
_MONTHS = "months"
_SOURCES = "sources.json"
_LOCK = ".lock"
_MOST_SHOWN = 150
_MOST_RUNS = 300
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_NOTED = timedelta(hours=1)  # after a day's end no run of it comes any more
_LATE = timedelta(minutes=10)  # a run may be noted after one that ended later
_LARGEST = 1 << 26


class ReportIndex:
    """The pages over all runs that the ledger *store* knows, in the *folder* of the reports."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._met: dict[str, str] = {}  # when the last run of each source ended, of days counted
        self._changed: set[str] = set()

    @property
    def path(self) -> Path:
        """Where the index is."""
        return self._folder / "index.html"

    def is_newer_than(self, moment: datetime) -> bool:
        """Return whether the index was written after *moment*. Raises OSError."""
        try:
            return self.path.stat().st_mtime > moment.timestamp()
        except FileNotFoundError:
            return False

    def update(self, now: datetime, round_row: RoundRow | None = None) -> None:
        """Bring the pages up to date; *round_row* is a round that has ended. Raises OSError."""
        days = days_until(now.date(), WINDOW)
        with self._locked():
            found = [self._day(day, now, round_row) for day in days]
            self._write_months(sorted({day[:7] for day in self._changed}), found)
            self._write_index(found, self._glances(now))

    def rebuild(self, now: datetime, rounds: Sequence[RoundRow] = ()) -> None:
        """Make all pages anew, of every day that a run or a round is of. Raises OSError.

        *rounds* are those whose reports are there; of others the counts of their days tell.
        """
        with self._locked():
            rounds = [*rounds, *self._kept_rounds({row.page for row in rounds})]
            for path in (self._folder / DAYS).glob("*.json"):
                path.unlink()
            month: list[RunDay] = []
            for day in self._days(now.date(), rounds):
                if month and month[-1].day[:7] != day[:7]:
                    self._write_month(month)
                    month = []
                month.append(self._count_day(day, now, rounds))
            self._write_month(month)
        self.update(now)

    def _kept_rounds(self, known: Collection[str]) -> list[RoundRow]:
        """Return the rounds of the days that are kept, without those that are *known*."""
        names = sorted(path.stem for path in (self._folder / DAYS).glob("*.json"))
        days = filter(None, (read_day(self._folder, name) for name in names))
        rows = [row for day in days for row in day.rounds if row.page not in known]
        for row in rows:
            if not (self._folder / f"{row.page}.html").exists():
                row.page = ""
        return rows

    def _days(self, today: date, rounds: Sequence[RoundRow]) -> Iterator[str]:
        """Yield the days, up to *today*, on which a run or one of *rounds* ended."""
        ends = sorted({row.finished[:10] for row in rounds})
        day, last = "", today.isoformat()
        while True:
            run = next(self._store.runs_ended(day, _day_after(last)), None)
            if run and not _DAY.fullmatch(run.ended[:10]):  # in another form of ISO 8601
                day = f"{run.ended}~"
                continue
            found = [end for end in ends if end >= day][:1] + ([run.ended[:10]] if run else [])
            if not found or min(found) > last:
                return
            yield min(found)
            day = _day_after(min(found))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait until no other process writes these pages."""
        (self._folder / DAYS).mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / DAYS / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _day(self, day: str, now: datetime, row: RoundRow | None) -> RunDay:
        """Return the counts of *day*, those that are kept if no run of it can come any more."""
        kept = read_day(self._folder, day)
        is_rounds = row is not None and row.finished[:10] == day
        if kept and kept.is_final and not is_rounds:
            return kept
        rounds = [*(kept.rounds if kept else ()), *([row] if row and is_rounds else ())]
        return self._count_day(day, now, rounds, kept)

    def _count_day(
        self, day: str, now: datetime, rounds: Sequence[RoundRow], kept: RunDay | None = None
    ) -> RunDay:
        """Count the runs of *day* in the ledger; write its page if there is something new."""
        counted = RunDay(day=day, is_final=_day_after(day) <= (now - _NOTED).date().isoformat())
        rows: list[RunRow] = []
        for run in self._store.runs_ended(day, _day_after(day)):
            row = self._row(run)
            counted.add(row, dict(run.counts))
            rows.append(row)
            self._met[row.source] = max(run.ended, self._met.get(row.source, ""))
            if len(rows) > 2 * MOST_ROWS:
                rows = merged(rows)[: MOST_ROWS + 1]
        for one in rounds:
            if one.finished[:10] == day:
                counted.add_round(one)
        if counted != kept and (counted.runs or counted.rounds):
            self._changed.add(day)
            write_document(
                day_document(counted, merged(rows)), self._page(DAYS, day), durable=False
            )
            write_day(self._folder, counted)
        return counted

    def _row(self, run: EndedRun) -> RunRow:
        counts = dict(run.counts)
        name = stem(run.started, run.spider)
        idle = is_idle(run.exit_code, counts)
        has_page = not idle and (self._folder / f"{name}.html").exists()
        return RunRow(
            source=run.source,
            spider=run.spider,
            started=run.started,
            ended=run.ended,
            exit_code=run.exit_code,
            reason=run.reason,
            new=news(counts),
            revised=counts.get("revised", 0),
            problems=counts.get("problems", 0),
            lost=sum(run.lost.values()),
            page=name if has_page else "",
            is_idle=idle,
        )

    def _write_months(self, months: Sequence[str], window: Sequence[RunDay]) -> None:
        """Write the pages of *months*; of their days those of the *window* are at hand."""
        at_hand = {day.day: day for day in window}
        for month in months:
            names = (f"{month}-{number:02d}" for number in range(1, 32))
            found = (at_hand.get(name) or read_day(self._folder, name) for name in names)
            self._write_month([day for day in found if day])

    def _write_month(self, days: Sequence[RunDay]) -> None:
        known = [day for day in days if day.runs or day.rounds]
        if known:
            month = known[0].day[:7]
            write_document(month_document(month, known), self._page(_MONTHS, month), durable=False)

    def _write_index(self, days: Sequence[RunDay], sources: Sequence[SourceGlance]) -> None:
        write_document(self._index(days, sources), self.path, durable=False)

    def _index(self, days: Sequence[RunDay], sources: Sequence[SourceGlance]) -> Document:
        rows = merged(map(self._row, self._store.latest_runs(_MOST_RUNS)))[:_MOST_SHOWN]
        names = (path.stem for path in (self._folder / _MONTHS).glob("*.html"))
        months = sorted(name for name in names if _MONTH.fullmatch(name))
        return index_document(days, rows, sources, months)

    def document(self, now: datetime) -> Document:
        """Return the index as the counts that are kept have it. Raises OSError."""
        days = days_until(now.date(), WINDOW)
        found = [read_day(self._folder, day) or RunDay(day=day) for day in days]
        known, _ = _kept_glances(self._folder / DAYS / _SOURCES)
        return self._index(found, list(known.values()))

    def _glances(self, now: datetime) -> list[SourceGlance]:
        """Return how each source was when it was read last: only those read since are looked at."""
        path = self._folder / DAYS / _SOURCES
        known, seen = _kept_glances(path)
        if not known:
            self._met |= dict.fromkeys(self._store.run_sources(), "9")
        late = (datetime.fromisoformat(seen) - _LATE).isoformat() if seen else ""
        for source, ended in self._met.items():
            if source and ended >= late:
                known[source] = glance(self._store, source, now)
        latest = self._store.latest_runs(1)
        content = {
            "at": min(latest[0].ended, now.isoformat()) if latest else "",
            "sources": [asdict(one) for one in known.values()],
        }
        with replacement(path, ".part", durable=False) as stream:
            stream.write(json.dumps(content, indent=1).encode())
        return [known[name] for name in sorted(known)]

    def _page(self, kind: str, name: str) -> Path:
        return self._folder / kind / f"{name}.html"


def _kept_glances(path: Path) -> tuple[dict[str, SourceGlance], str]:
    """Return what is kept of each source, and up to which moment; nothing if it cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        if path.stat().st_size <= _LARGEST:
            found: dict[str, Any] = json.loads(path.read_bytes())
            datetime.fromisoformat(found["at"])
            return {one["source"]: SourceGlance(**one) for one in found["sources"]}, found["at"]
    return {}, ""


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def update_index(folder: Path, store: Store, row: RoundRow | None = None) -> Path:
    """Bring the pages over all runs up to date, and return where the index is. Raises OSError.

    After a run that brought and missed nothing, pages of the last ten minutes stay as they are: all
    runs of the day are counted for them, and such a run is to cost the same behind many.
    """
    index, now = ReportIndex(folder, store), datetime.now(UTC)
    if row or not (index.is_newer_than(now - _LATE) and _is_last_idle(store)):
        index.update(now, row)
    return index.path


def _is_last_idle(store: Store) -> bool:
    return any(is_idle(run.exit_code, dict(run.counts)) for run in store.latest_runs(1))
