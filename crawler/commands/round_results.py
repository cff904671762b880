"""What came of the runs of a round: a line for each, a table, and one exit code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from crawler import __version__
from crawler.archive.repair import Repair
from crawler.disk import replacement
from crawler.exceptions import printable
from crawler.reports.run import Problem, RunReport
from crawler.rounds.schedule import SLICE

COMPLETE, DEFECT, INCOMPLETE, UNREADABLE, STORAGE, BUSY = 0, 1, 3, 4, 5, 75
_COLUMNS = ("source", "listed", "new", "revised", "gone", "problems", "seconds", "")
_SHOWN_PROBLEMS = 3
_LONGEST_SOURCE = 40
_MOST_REPAIRS = 100
_SAYS = {
    UNREADABLE: "could not be read",
    STORAGE: "storage failed",
    BUSY: "is being crawled by another run",
    DEFECT: "a defect of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came of a run: ``reason`` is why it ended, ``remark`` says more, for a reader.

    ``report`` is the path of the run's own report, empty for an idle one.
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
    links = (number for name, number in report.stats.items() if name.startswith("wire/links/"))
    return RunResult(
        key=key,
        source=source,
        exit_code=report.exit_code,
        started=report.started,
        seconds=seconds,
        listed=report.stats.get("wordpress/listed", 0) + sum(links),
        new=report.articles.get("new", 0) + report.articles.get("collision", 0),
        revised=report.articles.get("revised", 0),
        gone=report.changed.get("gone", 0),
        problems=report.problems,
        reason=report.reason,
        remark=_remark(report),
        report=report.file,
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
    for alone in (UNREADABLE, BUSY):
        if codes and codes.keys() == {alone}:
            return alone
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
        yield printable(f"  {result.source}: {more:,} more are in {result.report}")


@dataclass(slots=True, kw_only=True)
class RoundReport:
    """The report of a round, or of a day of a watch.

    ``results`` are those that brought or missed something, in the order in which they ended;
    ``idle`` counts the others. ``exit_codes`` are counted. ``repairs`` are what was put in order
    when the archive was opened: the first of each kind by name, and counted in ``repaired``.
    """

    started: datetime
    finished: datetime | None = None
    exit_code: int = COMPLETE
    version: str = __version__
    idle: int = 0
    exit_codes: dict[int, int] = field(default_factory=dict)
    results: list[RunResult] = field(default_factory=list)
    repaired: dict[str, int] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be told."""
        return not (self.exit_codes or self.repaired)

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
        if result.is_idle:
            self.idle += 1
        else:
            self.results.append(result)

    def end(self, at: datetime, signum: int | None = None) -> None:
        """Note that the round ended *at* then, perhaps by the signal *signum*."""
        self.finished = at
        self.exit_code = exit_code(self.exit_codes, signum)

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
        return "".join(f"{line}\n" for line in lines)

    def write(self, folder: Path) -> Path:
        """Write the report into *folder*, and return its path. Raises OSError."""
        path = folder / f"{self.started:%Y%m%dT%H%M%S%f}-round.json"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False, default=datetime.isoformat)
        with replacement(path, ".part") as file:
            file.write(f"{text}\n".encode())
        return path
