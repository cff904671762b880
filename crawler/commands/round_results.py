"""What came of the runs of a round: a line for each, a table, and one exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler import __version__
from crawler.archive.repair import Repair
from crawler.exceptions import printable
from crawler.reports.account import account_of
from crawler.reports.report_json import write_report
from crawler.reports.round_page import round_document, round_row
from crawler.reports.run import Problem, RunReport
from crawler.reports.run_days import RoundRow
from crawler.reports.run_page import write_document
from crawler.rounds.source_reads import SLICE

COMPLETE, DEFECT, INCOMPLETE, UNREADABLE, STORAGE, BUSY = 0, 1, 3, 4, 5, 75
_UNUSABLE = 2  # an entry of the sources file, or its password
_COLUMNS = ("source", "listed", "new", "revised", "gone", "problems", "seconds", "")
_SHOWN_PROBLEMS = 3
_LONGEST_SOURCE = 40
_MOST_REPAIRS = 100
_MOST_DAYS = 400
_REFUSED = ("429", "503")
_SAYS = {
    UNREADABLE: "could not be read",
    STORAGE: "storage failed",
    BUSY: "is being crawled by another run",
    DEFECT: "a defect of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came of a run: ``reason`` is why it ended, ``remark`` says more, for a reader.

    ``report`` is the path of the run's own report, empty for an idle one. ``refused`` counts
    answers that ask to wait, ``days`` the stories that came by their day of publication.
    """

    key: str
    source: str
    exit_code: int
    started: str
    seconds: float
    reason: str = ""
    listed: int = 0
    new: int = 0
    revised: int = 0
    gone: int = 0
    problems: Sequence[Problem] = ()
    remark: str = ""
    report: str = ""
    held: int = 0
    dropped: int = 0
    lost: int = 0
    requests: int = 0
    refused: int = 0
    bytes: int = 0
    days: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether the run brought nothing and missed nothing."""
        return self.exit_code == COMPLETE and not (self.new or self.revised or self.gone)

    @property
    def is_whole(self) -> bool:
        """Whether the run came to an end of its own."""
        return self.exit_code in (COMPLETE, INCOMPLETE) and self.reason == "finished"

    @property
    def line(self) -> str:
        """The result in a line."""
        counts = [f"{number} {name}" for name, number in self._counts() if number]
        said = ", ".join([*counts, *filter(None, [self.remark])]) or "nothing new"
        return printable(f"{self.source}: {said}, {self.seconds:.1f} s")

    def _counts(self) -> list[tuple[str, int]]:
        counts = [("new", self.new), ("revised", self.revised), ("gone", self.gone)]
        return [*counts, ("problems", len(self.problems))]

    def cells(self) -> list[str]:
        """Return the row of the result in a table."""
        numbers = (self.listed, self.new, self.revised, self.gone, len(self.problems))
        source = printable(self.source, _LONGEST_SOURCE)
        return [source, *(f"{n:,}" for n in numbers), f"{self.seconds:.1f}", self.remark]


def result_of(key: str, source: str, report: RunReport, seconds: float) -> RunResult:
    """Return what came of the run that *report* is of."""
    account = account_of(report)
    statuses = (host.statuses for host in report.hosts.values())
    return RunResult(
        key=key,
        source=source,
        exit_code=report.exit_code,
        started=report.started,
        seconds=seconds,
        listed=report.listed,
        new=report.articles.get("new", 0) + report.articles.get("collision", 0),
        revised=report.articles.get("revised", 0),
        gone=report.changed.get("gone", 0),
        problems=report.problems,
        reason=report.reason,
        remark=_remark(report),
        report=report.file,
        held=sum(account.held.values()),
        dropped=sum(account.dropped.values()),
        lost=sum(account.lost.values()),
        requests=report.requests,
        refused=sum(found.get(code, 0) for found in statuses for code in _REFUSED),
        bytes=report.payload_bytes,
        days=dict(sorted(report.came.days.items())[-_MOST_DAYS:]),
    )


def failed(key: str, source: str, exit_code: int, started: str, message: str) -> RunResult:
    """Return the result of a run that could not begin, for the reason in *message*."""
    remark = _SAYS.get(exit_code, "could not begin")
    problems = [] if exit_code == BUSY else [Problem("fatal", message)]
    return RunResult(
        key=key,
        source=source,
        exit_code=exit_code,
        started=started,
        seconds=0.0,
        problems=problems,
        remark=remark,
    )


def _remark(report: RunReport) -> str:
    if report.reason == SLICE:
        return "goes on in the next round"
    return _SAYS.get(report.exit_code, "")


def exit_code(codes: Mapping[int, int], signum: int | None = None) -> int:
    """Return the one exit code of runs that ended with *codes*, counted (docs/exit-codes.md)."""
    if STORAGE in codes:
        return STORAGE
    if signum:
        return 128 + signum
    if DEFECT in codes:
        return DEFECT
    if codes.keys() == {BUSY}:
        return BUSY
    if codes and codes.keys() <= {UNREADABLE, _UNUSABLE}:
        return UNREADABLE
    return INCOMPLETE if codes.keys() - {COMPLETE, BUSY} else COMPLETE


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(width) if place in (0, last) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _problems(result: RunResult) -> Iterable[str]:
    for problem in result.problems[:_SHOWN_PROBLEMS]:
        yield printable(f"  {result.source}: not got: {problem.message}")
    if (more := len(result.problems) - _SHOWN_PROBLEMS) > 0:
        where = result.report or "its report, on the node that read it"
        yield printable(f"  {result.source}: {more:,} more are in {where}")


@dataclass(slots=True, kw_only=True)
class RoundReport:
    """The report of a round, or of a day of a watch.

    ``results`` are those that brought or missed something, in the order in which they ended;
    ``idle`` counts the others, ``held`` what they met. ``exit_codes`` are counted; ``requests``,
    ``refused`` and ``bytes`` are those of all runs. ``repairs`` are what was put in order when the
    archive was opened: the first of each kind by name, and counted in ``repaired``.
    ``not_uploaded`` has a line for each WARC file that was to be uploaded and is not.
    """

    started: datetime
    finished: datetime | None = None
    exit_code: int = COMPLETE
    version: str = __version__
    idle: int = 0
    held: int = 0
    requests: int = 0
    refused: int = 0
    bytes: int = 0
    exit_codes: dict[int, int] = field(default_factory=dict)
    results: list[RunResult] = field(default_factory=list)
    repaired: dict[str, int] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)
    not_uploaded: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be told."""
        return not (self.exit_codes or self.repaired or self.not_uploaded)

    def add_not_uploaded(self, problems: Iterable[str]) -> None:
        """Take a line for each WARC file that could not be uploaded; each once."""
        known = dict.fromkeys([*self.not_uploaded, *problems])
        self.not_uploaded = list(known)[:_MOST_REPAIRS]

    def add_repairs(self, repairs: list[Repair]) -> None:
        """Take what was put in order out of *repairs*."""
        for repair in repairs:
            self.repaired[repair.kind] = 1 + self.repaired.get(repair.kind, 0)
            if self.repaired[repair.kind] <= _MOST_REPAIRS:
                self.repairs.append(repair)
        repairs.clear()

    def add(self, result: RunResult) -> None:
        """Add what came of a run."""
        self.exit_codes[result.exit_code] = 1 + self.exit_codes.get(result.exit_code, 0)
        self.requests += result.requests
        self.refused += result.refused
        self.bytes += result.bytes
        if result.is_idle:
            self.idle += 1
            self.held += result.held
        else:
            self.results.append(result)

    def end(self, at: datetime, signum: int | None = None) -> None:
        """Note that the round ended *at* then, perhaps by the signal *signum*."""
        self.finished = at
        self.exit_code = exit_code(self.exit_codes, signum)
        if self.not_uploaded and self.exit_code == COMPLETE:
            self.exit_code = INCOMPLETE

    def table(self) -> str:
        """Return the results as a table, and the first problems of each below it."""
        rows = [list(_COLUMNS), *(result.cells() for result in self.results)]
        lines = _aligned(rows) if self.results else []
        if self.idle:
            sources = "source" if self.idle == 1 else "sources"
            lines.append(f"{self.idle:,} {sources} brought nothing new")
        for result in self.results:
            lines += _problems(result)
        if self.repaired:
            counts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.repaired.items()))
            lines.append(f"the archive was put in order: {counts}")
        lines += [printable(f"not uploaded: {line}") for line in self.not_uploaded]
        return "".join(f"{line}\n" for line in lines)

    def write(self, folder: Path) -> Path:
        """Write the report into *folder*, JSON and page; return the page. Raises OSError."""
        path = folder / f"{self.name}.json"
        write_report(self, path)
        page = path.with_suffix(".html")
        write_document(round_document(as_content(self)), page)
        return page

    @property
    def name(self) -> str:
        """What the files of the report are called, without the ending."""
        return f"{self.started:%Y%m%dT%H%M%S%f}-round"

    @property
    def row(self) -> RoundRow:
        """The round as a row of the pages over all runs."""
        return round_row(self.name, as_content(self))


def as_content(report: RoundReport) -> dict[str, Any]:
    """Return *report* as its JSON has it; problems stay where they are: there may be many."""
    content = {one.name: getattr(report, one.name) for one in fields(report)}
    content["started"] = report.started.isoformat()
    content["finished"] = (report.finished or report.started).isoformat()
    content["results"] = [
        {one.name: getattr(result, one.name) for one in fields(result)} for result in report.results
    ]
    return content
