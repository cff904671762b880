"""What is remembered from one list to the next, while an archive is read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.reports.run import stem
from crawler.rounds.source_lists import Gap
from crawler.sources.address import address_key

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.rounds.source_lists import Answer
    from crawler.state.store import Store
    from crawler.warc.runs import Run

_FINISHED = "finished"
_LARGEST_REPORT = 64 << 20
_MOST_RUNS = 1_000  # whose ends are remembered: those of a round are interleaved
_NEWS = timedelta(days=2)  # of which a news sitemap holds the stories, by Google's rule
_DAY = timedelta(days=1)


class RunEnds:
    """Which runs ended in order: the ledger knows, and for runs of older versions their reports."""

    def __init__(self, store: Store, reports: Path) -> None:
        self._store = store
        self._reports = reports
        self._of_reports: dict[str, str] | None = None
        self._known: dict[str, bool] = {}

    def ended(self, run: Run) -> bool:
        """Tell whether *run* came to its end, as far as anybody says."""
        if run.id not in self._known:
            if len(self._known) >= _MOST_RUNS:
                self._known.clear()
            self._known[run.id] = self._reason(run.id) == _FINISHED
        return self._known[run.id]

    def _reason(self, run: str) -> str:
        if known := self._store.run(run):
            return known.reason
        if self._of_reports is None:
            self._of_reports = dict(filter(None, map(_told_end, self._older())))
        return self._of_reports.get(run, "")

    def _older(self) -> list[Path]:
        """Return the reports from before the ledger had runs: one of its time was killed.

        A year of rounds has hundreds of thousands that tell nothing more.
        """
        first = self._store.first_run()
        until = stem(first.ended, "") if first else "~"
        return sorted(path for path in self._reports.glob("*.json") if path.name < until)


def _told_end(report: Path) -> tuple[str, str] | None:
    """Return run and reason of its end as *report* tells them; None for another file."""
    try:
        if report.stat().st_size > _LARGEST_REPORT:
            return None
        found = json.loads(report.read_bytes())
        return str(found["run"]), str(found["reason"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


class Fronts:
    """Which addresses the crawl read as listings: pages do not say what they are."""

    def __init__(self, store: Store) -> None:
        self._keys: dict[str, set[str]] = {}
        for visit in store.visits_with("door"):
            self._keys.setdefault(visit.source, set()).add(visit.url.rpartition("#")[0])
        for visit in store.visits_with("listing"):
            self._keys.setdefault(visit.source, set()).add(visit.url)
        self._of_all: set[str] = set().union(*self._keys.values())

    def has(self, source: str, key: str) -> bool:
        """Tell whether the page of *source* at the address *key* was read as a listing."""
        return key in self._keys.get(source, ())

    def add(self, source: str, key: str) -> None:
        """Note that the page at the address *key* is an older page of a listing of *source*."""
        self._keys.setdefault(source, set()).add(key)
        self._of_all.add(key)

    def has_any(self, key: str) -> bool:
        """Tell whether the page at the address *key* was read as a listing of any source."""
        return key in self._of_all


class NewestDays:
    """From which day on a run asked for the stories of a sitemap that lists those of any time."""

    def __init__(self) -> None:
        self._reads: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        self._inherited: dict[str, tuple[str, dict[str, str]]] = {}

    def first_day(self, answer: Answer) -> str:
        """Return the ISO day: that of the index above, or by when an earlier run read it last."""
        run, days = self._inherited.get(answer.source, ("", {}))
        if run == answer.run.id and answer.key in days:
            return days[answer.key]
        since, _, _ = self._reads.get(self._place(answer), ("", "", ""))
        newest = _day_before(answer.at, _NEWS)
        return min(newest, _day_before(since, _DAY)) if since else newest

    def note(self, answer: Answer, children: Iterable[str] = ()) -> None:
        """Note that the sitemap *answer* was read, and lists the sitemaps *children*."""
        run, days = self._inherited.get(answer.source, ("", {}))
        if run != answer.run.id:
            days = {}
        first = self.first_day(answer)
        days |= dict.fromkeys(children, first)
        self._inherited[answer.source] = (answer.run.id, days)
        since, last_run, last_at = self._reads.get(self._place(answer), ("", "", ""))
        if last_run != answer.run.id:
            since = last_at or since
        is_read = answer.ended and not answer.scope.is_limited
        self._reads[self._place(answer)] = (since, answer.run.id, answer.at if is_read else "")

    def _place(self, answer: Answer) -> tuple[str, str, str]:
        return answer.source, answer.scope.selection, answer.key


def _day_before(time: str, by: timedelta) -> str:
    """Return the ISO day of *time* minus *by*, the earliest for what is no time."""
    try:
        return (datetime.fromisoformat(time) - by).date().isoformat()
    except (ValueError, OverflowError):
        return "0001-01-01"


class FeedGaps:
    """Finds feeds that were read too seldom: nothing is on them that was there the last time.

    A run may have followed them to older pages, on which there is.
    """

    def __init__(self) -> None:
        self._older: dict[str, tuple[str, dict[str, str]]] = {}

    def note(self, answer: Answer, older: str, last_read: str, *, is_joined: bool) -> None:
        """Note a reading of a feed that was read last at *last_read*, empty if never.

        *older* is the address of its next older page. *is_joined* says that it has a story that
        was listed before.
        """
        run, pages = self._older.get(answer.source, ("", {}))
        if run != answer.run.id:
            pages = {}
        feed = pages.get(answer.key, answer.uri)
        if older:
            pages[address_key(older)] = feed
        self._older[answer.source] = (answer.run.id, pages)
        gaps = answer.lists.gaps
        if is_joined:
            gaps[:] = [gap for gap in gaps if not (gap.uri == feed and gap.run == answer.run.id)]
        elif last_read and feed == answer.uri:
            gaps.append(Gap(feed, last_read, answer.at, answer.run.id))
