"""The page of a round, or of a day of a watch, from what its JSON says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Any

from crawler.reports.document import (
    Bar,
    Block,
    Calendar,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Finding,
    Findings,
    Line,
    Link,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    counted,
    cut,
)
from crawler.reports.over_time import duration, plot_of, seconds_between, spoken
from crawler.reports.run import OUTCOMES, Problem, read_problem, size
from crawler.reports.run_days import RoundRow
from crawler.reports.run_losses_part import MOST_SHOWN, named_problem
from crawler.reports.run_page import tone_of

_MOST_RUNS = 1_000
_MOST_SOURCES = 100
_MOST_DAYS = 31
_COUNTS = ("listed", "new", "revised", "held", "dropped", "lost", "gone")

Results = Sequence[Mapping[str, Any]]


def round_document(content: Mapping[str, Any]) -> Document:
    """Return the page of the round whose JSON is *content*."""
    results: Results = content["results"]
    idle = int(content["idle"])
    started, finished = str(content["started"]), str(content["finished"] or content["started"])
    code = int(content["exit_code"])
    totals = Counter[str]()
    for result in results:
        totals.update({name: int(result.get(name) or 0) for name in _COUNTS})
        totals["problems"] += len(result["problems"])
    said = counted(totals["new"], "new story", "new stories")
    runs = counted(len(results) + idle, "run")
    sections = [
        Section("account", "What became of what was listed", _account(totals, content)),
        Section("not-got", "Not got", _not_got(results)),
        Section("came", "What came", _came(results)),
        Section("runs", "Runs", _runs(results, idle)),
        Section("work", "Time, size and requests", _work(content, started, finished)),
    ]
    return Document(
        title="Round",
        verdict=OUTCOMES.get(code, "ended"),
        tone=tone_of(code),
        about=f"{spoken(started)} · {duration(seconds_between(started, finished))}"
        f" · exit code {code}",
        lead=[Paragraph(f"{said} came in {runs}{_idle(idle)}.")],
        sections=[section for section in sections if section.blocks],
        way=[
            Link("All runs", path="index.html"),
            Link(finished[:10], path=f"days/{finished[:10]}.html"),
        ],
    )


def _idle(number: int) -> str:
    return f"; {number:,} of them brought nothing new" if number else ""


def _account(totals: Mapping[str, int], content: Mapping[str, Any]) -> list[Block]:
    got = totals["new"] + totals["revised"]
    held = totals["held"] + int(content.get("held", 0))
    blocks: list[Block] = [
        Figures(
            [
                Figure(f"{totals['new']:,}", "new", Tone.GOOD),
                Figure(f"{totals['revised']:,}", "revised", Tone.GOOD),
                Figure(f"{held:,}", "held before", Tone.HELD),
                Figure(f"{totals['dropped']:,}", "dropped", Tone.LEFT),
                Figure(f"{totals['lost']:,}", "not got", Tone.BAD),
            ]
        )
    ]
    parts = [
        Part("got", got, Tone.GOOD),
        Part("held before", held, Tone.HELD),
        Part("dropped", totals["dropped"], Tone.LEFT),
        Part("not got", totals["lost"], Tone.BAD),
    ]
    bar = Bar("What was met", parts)
    return [*blocks, bar] if bar.total else blocks


def _not_got(results: Results) -> list[Block]:
    """Return the problems of each source, those of the most first."""
    lost = [result for result in results if result["problems"]]
    if not lost:
        return [Paragraph("Nothing that was met is missing.")]
    lost.sort(key=lambda result: -len(result["problems"]))
    found = [_finding(result) for result in lost[:_MOST_SOURCES]]
    rest = len(lost) - len(found)
    more = [Paragraph(f"{rest:,} more sources have problems.", Tone.LEFT)] if rest > 0 else []
    return [Findings(found), *more]


def _finding(result: Mapping[str, Any]) -> Finding:
    count = len(result["problems"])
    most = MOST_SHOWN if count <= MOST_SHOWN else MOST_SHOWN // 5
    first = [_problem(one) for one in islice(result["problems"], most)]
    rest = count - len(first)
    return Finding(
        title=cut(str(result["source"]), 120),
        code=str(result.get("remark") or ""),
        count=count,
        tone=Tone.BAD,
        fix=next((f"{one.fix[:1].upper()}{one.fix[1:]}." for one in first if one.fix), ""),
        items=[named_problem(problem) for problem in first],
        more=f"{rest:,} more are named in the run's own report." if rest else "",
    )


def _problem(found: Any) -> Problem:
    return found if isinstance(found, Problem) else read_problem(found)


def _came(results: Results) -> list[Block]:
    """Return the new stories by their day, and by source."""
    days = Counter[str]()
    for result in results:
        days.update(result.get("days") or {})
    names = sorted(day for day in days if len(day) == 10)[-_MOST_DAYS:]
    rows = [
        (_source(result), [int(result["days"].get(day, 0)) for day in names])
        for result in sorted(results, key=lambda result: -int(result["new"]))
        if result.get("days")
    ]
    if not names:
        return []
    caption = "Stories that came, by day of publication"
    if len(rows) > _MOST_SOURCES:
        more = f"{len(rows) - _MOST_SOURCES:,} more sources brought something."
    else:
        more = ""
    table = Calendar(f"{caption}, and source", names, rows[:_MOST_SOURCES], more)
    return [*plot_of(days, "Stories that came", " of publication"), table]


def _runs(results: Results, idle: int) -> list[Block]:
    if not results:
        return [Paragraph(f"{counted(idle, 'source')} brought nothing new.")]
    shown = list(results)[-_MOST_RUNS:]
    rest = len(results) - len(shown)
    more = f"{rest:,} earlier runs are in the JSON. " if rest else ""
    if idle:
        more += f"{counted(idle, 'run')} brought nothing new and missed nothing."
    return [
        Table(
            "Runs that brought or missed something, in the order in which they ended",
            ("source", "how it ended", *_COUNTS[:3], "problems", "took"),
            [_cells(result) for result in shown],
            numbers=2,
            tones=[tone_of(int(result["exit_code"])) for result in shown],
            more=more,
        )
    ]


def _cells(result: Mapping[str, Any]) -> Sequence[Cell]:
    code = int(result["exit_code"])
    ended = str(result.get("remark") or OUTCOMES.get(code, "ended"))
    counts = (int(result.get(name) or 0) for name in _COUNTS[:3])
    seconds = duration(float(result["seconds"]))
    return (_source(result), f"{ended} ({code})", *counts, len(result["problems"]), seconds)


def _source(result: Mapping[str, Any]) -> str | Link:
    name, report = cut(str(result["source"]), 80), str(result.get("report") or "")
    page = PurePath(report).with_suffix(".html").name if report else ""
    return Link(name, path=page) if page else name


def _work(content: Mapping[str, Any], started: str, finished: str) -> list[Block]:
    took = seconds_between(started, finished)
    requests = int(content.get("requests", 0))
    rows: list[tuple[str, Line]] = [
        ("began", spoken(started)),
        ("ended", spoken(finished)),
        ("requests", f"{requests:,}" + (f", {requests / took:.1f} a second" if took else "")),
        ("answers that ask to wait (429, 503)", f"{int(content.get('refused', 0)):,}"),
        ("received", size(int(content.get("bytes", 0)))),
        ("Newsreel", str(content.get("version", ""))),
    ]
    codes = content.get("exit_codes") or {}
    rows += [(f"runs with exit code {code}", f"{number:,}") for code, number in codes.items()]
    repaired = content.get("repaired") or {}
    rows += [(f"put in order: {kind}", f"{number:,}") for kind, number in repaired.items()]
    return [Facts(rows)]


def round_row(page: str, content: Mapping[str, Any]) -> RoundRow:
    """Return the round whose JSON is *content* as a row, its *page* named without the ending."""
    results: Results = content["results"]
    return RoundRow(
        page=page,
        started=str(content["started"]),
        finished=str(content["finished"] or content["started"]),
        exit_code=int(content["exit_code"]),
        runs=len(results) + int(content["idle"]),
        idle=int(content["idle"]),
        new=sum(int(result["new"]) for result in results),
        revised=sum(int(result["revised"]) for result in results),
        problems=sum(len(result["problems"]) for result in results),
    )
