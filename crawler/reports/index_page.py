"""The pages over many runs: the index, and those of a month and of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crawler.reports.document import (
    Block,
    Calendar,
    Cell,
    Document,
    Figure,
    Figures,
    Link,
    Paragraph,
    Section,
    Table,
    Tone,
    counted,
    cut,
)
from crawler.reports.over_time import duration, plot_of, seconds_between, short, spoken_day
from crawler.reports.run import OUTCOMES, size
from crawler.reports.run_days import MOST_ROWS, RoundRow, RunDay, RunRow, stories_of

MOST_SOURCES = 100
_OTHERS = "all others"
_ALARMS = {"failing": Tone.BAD, "silent": Tone.BAD, "quiet": Tone.LEFT}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGlance:
    """How a source was when it was read last: ``verdict`` and ``why``, both may be empty."""

    source: str
    verdict: str = ""
    why: str = ""
    last_read: str = ""
    last_story: str = ""


def index_document(
    days: Sequence[RunDay],
    rows: Sequence[RunRow],
    sources: Iterable[SourceGlance],
    months: Sequence[str],
) -> Document:
    """Return the index: of the last *days*, *rows* of the last runs, and links to *months*."""
    known = list(sources)
    alarms = [one for one in known if one.verdict in ("failing", "silent")]
    new = sum(day.new for day in days)
    runs = sum(day.runs for day in days)
    said = f"{counted(new, 'new story', 'new stories')} in {counted(runs, 'run')}"
    sections = [
        Section("silent", "Sources to look at", _health(known)),
        Section("calendar", "Stories a day and source", calendar(days)),
        Section("runs", "Runs, newest first", [runs_table(rows, "")]),
        Section("rounds", "Rounds", _rounds(days, "")),
        Section("months", "Earlier", _months(months)),
    ]
    verdict = f"{len(alarms)} to look at" if alarms else "all well"
    return Document(
        title="Runs",
        verdict=verdict,
        tone=Tone.BAD if alarms else Tone.GOOD,
        about=f"Of the last {len(days)} days, up to {spoken_day(days[-1].day)} (UTC)",
        lead=[Paragraph(f"{said}; {counted(len(known), 'source')} known.")],
        sections=[section for section in sections if section.blocks],
    )


def month_document(month: str, days: Sequence[RunDay]) -> Document:
    """Return the page of *month*, of whose *days* something ran."""
    tables = [_days_table(days)]
    return Document(
        title=_month(month),
        verdict=counted(sum(day.new for day in days), "new story", "new stories"),
        tone=Tone.GOOD if any(day.new for day in days) else Tone.HELD,
        about=f"{counted(sum(day.runs for day in days), 'run')} on {counted(len(days), 'day')}",
        lead=[],
        sections=[
            Section("calendar", "Stories a day and source", calendar(_whole(month, days))),
            Section("days", "Days", tables),
        ],
        way=[Link("All runs", path="../index.html")],
    )


def day_document(day: RunDay, rows: Sequence[RunRow]) -> Document:
    """Return the page of *day* with its *rows*."""
    shown = rows[:MOST_ROWS]
    more = f"{len(rows) - len(shown):,} earlier rows are not shown." if rows[MOST_ROWS:] else ""
    figures = Figures(
        [
            Figure(f"{day.new:,}", "new", Tone.GOOD),
            Figure(f"{day.revised:,}", "revised", Tone.GOOD),
            Figure(f"{day.runs:,}", "runs", Tone.HELD),
            Figure(f"{day.idle:,}", "of them idle", Tone.LEFT),
            Figure(f"{day.problems:,}", "problems", Tone.BAD),
        ]
    )
    sections = [
        Section("day", "The day", [figures, *_by_source(day)]),
        Section("rounds", "Rounds", _rounds([day], "../")),
        Section("runs", "Runs, newest first", [runs_table(shown, "../", more)]),
    ]
    return Document(
        title=spoken_day(day.day),
        verdict=counted(day.problems, "problem") if day.problems else "no problem",
        tone=Tone.BAD if day.problems else Tone.GOOD,
        about=f"{day.requests:,} requests, {size(day.bytes)} received (UTC)",
        lead=[],
        sections=[section for section in sections if section.blocks],
        way=[
            Link("All runs", path="../index.html"),
            Link(_month(day.day[:7]), path=f"../months/{day.day[:7]}.html"),
        ],
    )


def _health(sources: Sequence[SourceGlance]) -> list[Block]:
    """Return the sources that somebody should look at, the worst first."""
    order = list(_ALARMS)
    worst = sorted(
        (one for one in sources if one.verdict in _ALARMS),
        key=lambda one: (order.index(one.verdict), one.last_story),
    )
    if not worst:
        return [Paragraph("No source is silent or failing.")] if sources else []
    rest = len(worst) - MOST_SOURCES
    return [
        Table(
            "Silent and failing sources; scrapy health says more",
            ("source", "is", "why", "last story", "last read"),
            [
                (cut(one.source, 80), one.verdict, one.why, _at(one.last_story), _at(one.last_read))
                for one in worst[:MOST_SOURCES]
            ],
            numbers=5,
            tones=[_ALARMS[one.verdict] for one in worst],
            more=f"{rest:,} more: see scrapy health." if rest > 0 else "",
        )
    ]


def calendar(days: Sequence[RunDay]) -> list[Block]:
    """Return the new stories of *days*, as a plot and by source."""
    totals = stories_of(days)
    if not totals:
        return []
    names = sorted(totals, key=lambda name: (-totals[name], name))
    shown, others = names[:MOST_SOURCES], names[MOST_SOURCES:]
    rows = [(cut(name, 80), [day.stories.get(name, 0) for day in days]) for name in shown]
    if others:
        left = [sum(day.stories.get(name, 0) for name in others) for day in days]
        rows.append((f"{_OTHERS} ({len(others):,})", left))
    caption = "New stories by the day on which a run brought them (UTC)"
    by_day = {day.day: day.new for day in days}
    return [*plot_of(by_day, "New stories"), Calendar(caption, list(by_day), rows)]


def runs_table(rows: Sequence[RunRow], up: str, more: str = "") -> Table:
    """Return *rows* as a table; *up* leads to the folder of the reports."""
    return Table(
        "Times are UTC; runs that brought or missed nothing are one row a source and day",
        ("source", "when", "how it ended", "new", "revised", "gave no text", "problems", "took"),
        [_run_cells(row, up) for row in rows],
        numbers=3,
        tones=[_tone(row) for row in rows],
        more=more,
    )


def _run_cells(row: RunRow, up: str) -> Sequence[Cell]:
    name = cut(row.source or row.spider, 80)
    source: Cell = Link(name, path=f"{up}{row.page}.html") if row.page else name
    if row.is_idle:
        idle = f"idle, {row.times:,} runs" if row.times > 1 else "idle"
        return (source, short(row.ended), idle, 0, 0, row.lost, 0, "")
    ended = OUTCOMES.get(row.exit_code, row.reason or "ended")
    took = duration(seconds_between(row.started, row.ended))
    counts = (row.new, row.revised, row.lost, row.problems)
    return (source, short(row.started), f"{ended} ({row.exit_code})", *counts, took)


def _tone(row: RunRow) -> Tone:
    if row.exit_code:
        return Tone.BAD
    return Tone.LEFT if row.is_idle else Tone.GOOD


def _rounds(days: Iterable[RunDay], up: str) -> list[Block]:
    rounds = [row for day in days for row in day.rounds][-MOST_SOURCES:]
    if not rounds:
        return []
    return [
        Table(
            "Newest first",
            ("began", "exit code", "runs", "idle", "new", "revised", "problems", "took"),
            [_round_cells(row, up) for row in reversed(rounds)],
            tones=[Tone.BAD if row.exit_code else Tone.GOOD for row in reversed(rounds)],
        )
    ]


def _round_cells(row: RoundRow, up: str) -> Sequence[Cell]:
    began = short(row.started)
    shown = Link(began, path=f"{up}{row.page}.html") if row.page else began
    counts = (row.exit_code, row.runs, row.idle, row.new, row.revised, row.problems)
    return (shown, *counts, duration(seconds_between(row.started, row.finished)))


def _months(months: Sequence[str]) -> list[Block]:
    links = [(Link(_month(month), path=f"months/{month}.html"),) for month in reversed(months)]
    return [Table("Each month on a page of its own", ("month",), links)] if links else []


def _days_table(days: Sequence[RunDay]) -> Table:
    totals: Mapping[str, int] = {
        name: sum(getattr(day, name) for day in days)
        for name in ("runs", "idle", "new", "revised", "problems", "requests", "bytes")
    }
    return Table(
        "Days on which something ran",
        ("day", "runs", "idle", "new", "revised", "problems", "requests", "received"),
        [_day_cells(day) for day in reversed(days)],
        tones=[Tone.BAD if day.problems else Tone.GOOD for day in reversed(days)],
        foot=(
            "in all",
            *(n for name, n in totals.items() if name != "bytes"),
            size(totals["bytes"]),
        ),
    )


def _day_cells(day: RunDay) -> Sequence[Cell]:
    link = Link(spoken_day(day.day), path=f"../days/{day.day}.html")
    counts = (day.runs, day.idle, day.new, day.revised, day.problems, day.requests)
    return (link, *counts, size(day.bytes))


def _by_source(day: RunDay) -> list[Block]:
    if not day.stories:
        return []
    rows = sorted(day.stories.items(), key=lambda one: (-one[1], one[0]))
    rest = len(rows) - MOST_SOURCES
    more = f"{rest:,} more sources brought something." if rest > 0 else ""
    shown = [(cut(name, 80), number) for name, number in rows[:MOST_SOURCES]]
    return [Table("New stories by source", ("source", "stories"), shown, more=more)]


def _whole(month: str, days: Sequence[RunDay]) -> list[RunDay]:
    """Return all days of *month* up to its last one that is known."""
    known = {day.day: day for day in days}
    names = [f"{month}-{number:02d}" for number in range(1, int(max(known)[8:]) + 1)]
    return [known.get(name) or RunDay(day=name) for name in names]


def _month(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def _at(moment: str) -> str:
    return short(moment) if moment else ""
