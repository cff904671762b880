"""The report of a run: its counts, and the name of everything that it could not get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from crawler import __version__
from crawler.reports.losses import Loss
from crawler.reports.named_things import NamedThings
from crawler.reports.reasons import Effect, reason
from crawler.reports.run_details import Arrivals, Examples, HostTraffic


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a run could not get; ``kind`` is its stats key below ``report/problems/``.

    ``url`` is what was not got, ``fix`` what to do, and ``reason`` that of
    `crawler.reports.reasons`, each empty where that is not known.
    """

    kind: str
    message: str
    url: str = ""
    fix: str = ""
    reason: str = ""


_PROBLEM_FIELDS = ("kind", "message", "url", "fix", "reason")


def read_problem(content: Any) -> Problem:
    """Return the problem that the JSON *content* tells."""
    if not isinstance(content, dict):
        return Problem("unknown", str(content))
    return Problem(**{name: str(content.get(name, "")) for name in _PROBLEM_FIELDS})


@dataclass(frozen=True, slots=True)
class NoArticle:
    """A page that is no article; ``reason`` and ``evidence`` say why."""

    url: str
    reason: str
    evidence: str = ""


@dataclass(slots=True, kw_only=True)
class RunReport:
    """The report of one run.

    ``run`` is its id in the archive, ``arguments`` are the spider's, without what may be a secret,
    ``file`` is where the report itself lies. ``articles`` counts by outcome (``new``,
    ``duplicate``, ``revised``, ``earlier``, ``collision``, ``merged``), ``held`` what is held and
    was not even fetched,
    ``changed`` the changes of held ones by their kind (``redated``, ``renamed``, ``updated``, and
    what their site does not have any more: ``missing``, ``gone``, ``back``),
    ``dropped`` by reason, ``syndicated`` those that are copies of another; ``flagged`` counts by
    flag the texts that may not be as they should. ``incomplete`` counts the texts that were kept
    though they are not whole; they are in none of the other counts. ``lost`` has by reason what
    gave no text. ``notes`` are no gaps, but worth knowing. ``payload_bytes`` were received.
    ``text_files`` are relative to ``text_folder``.

    ``came`` counts the stories that came by what they are, ``examples`` are the first of each kind,
    ``hosts`` says how they were asked. ``previous`` is the run of the source before this one, as
    the ledger has it. ``memory`` is the most that the process used, ``archived_bytes`` were written
    into the archive. ``settings`` are without what may be a secret. ``page`` is the HTML page.
    """

    spider: str
    source: str
    started: str
    version: str = __version__
    run: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    file: str = ""
    finished: str = ""
    reason: str = ""
    exit_code: int = 0
    requests: int = 0
    responses: int = 0
    payload_bytes: int = 0
    articles: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    incomplete: int = 0
    problems: NamedThings[Problem] = field(default_factory=lambda: NamedThings(read=read_problem))
    notes: list[Problem] = field(default_factory=list)
    held: int = 0
    lost: dict[str, Loss] = field(default_factory=dict)
    text_folder: str = ""
    text_files: NamedThings[str] = field(default_factory=NamedThings)
    syndicated: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    warc_files: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)
    page: str = ""
    previous: dict[str, Any] = field(default_factory=dict)
    came: Arrivals = field(default_factory=Arrivals)
    examples: Examples = field(default_factory=Examples)
    hosts: dict[str, HostTraffic] = field(default_factory=dict)
    memory: int = 0
    archived_bytes: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """How much of what was met has a text, one that was held before too."""
        return sum(self.articles.get(name, 0) for name in KEPT) + self.incomplete + self.held

    @property
    def is_idle(self) -> bool:
        """Whether the run brought nothing new, and missed nothing."""
        brought = sum(number for name, number in self.articles.items() if name != "duplicate")
        said = (self.exit_code, brought, self.text_files, self.changed, self.incomplete)
        return not any((*said, self.problems))

    @property
    def listed(self) -> int:
        """How many stories its lists named; one that several name counts each time."""
        linked = sum(n for name, n in self.stats.items() if name.startswith("wire/links/"))
        listed: int = self.stats.get("wordpress/listed", 0) + linked
        return listed


def stem(started: str, spider: str) -> str:
    """Return the name of a report's files, without the ending, by when its run *started*."""
    stamp = started.translate({ord(c): None for c in "-:."})[:21]
    return f"{stamp}-{spider}"


KEPT = ("new", "revised", "earlier", "duplicate", "collision", "merged")
"""What the counts of articles that were kept are called."""
_MOST_PROBLEMS = 20
OUTCOMES = {
    0: "complete",
    2: "an argument cannot be used",
    3: "finished, with gaps",
    4: "the source could not be read",
    5: "storage failed",
    6: "finished, with requests that are not in the archive",
    129: "its terminal was closed",
    130: "interrupted",
    143: "terminated",
}


def summary(report: RunReport) -> str:
    """Return *report* as lines for a terminal."""
    outcome = OUTCOMES.get(report.exit_code, report.reason)
    requests = f"{report.responses} answers to {report.requests} requests"
    whose = f"{report.spider} {report.source}".rstrip()
    lines = [f"{whose}: {outcome} (exit code {report.exit_code})"]
    if report.requests:
        lines.append(f"  pages     {requests}, {size(report.payload_bytes)}")
    lines.append(f"  articles  {_counts(report.articles) or 'none'}")
    if report.syndicated:
        are_copies = "tell the story of another article in its words"
        lines.append(f"            {report.syndicated:,} of them {are_copies}")
    if report.incomplete:
        lines.append(f"  kept, incomplete: {report.incomplete:,}")
    if report.changed:
        lines.append(f"  changed   {_counts(report.changed)}")
    if report.flagged:
        lines.append(f"  flagged   {_counts(report.flagged)}")
    if report.dropped:
        lines.append(f"  dropped   {_counts(report.dropped)}")
    lines += _problems(report.problems)
    lines += _lost(report)
    lines += [f"  note      {note.message}" for note in report.notes]
    lines.append(f"  text      {len(report.text_files)} files written in {report.text_folder}")
    lines += [f"  warc      {name}" for name in report.warc_files]
    if report.file:
        lines.append(f"  report    {report.page or report.file}")
    return "\n".join(lines + _preview(report)) + "\n"


def _preview(report: RunReport) -> list[str]:
    """Return the first lines of the first text file; none if it cannot be read."""
    if not report.text_files:
        return []
    path = Path(report.text_folder) / report.text_files[0]
    try:
        with path.open(encoding="utf-8") as text:
            first = [line.rstrip("\n") for line in islice(text, 3)]
    except OSError:  # the summary is of use without it
        return []
    return [f"\n{path} begins:", *(f"  {line:.100}{'…' * (len(line) > 100)}" for line in first)]


def _problems(problems: Sequence[Problem]) -> list[str]:
    lines = [f"  not got   {problem.message}" for problem in problems[:_MOST_PROBLEMS]]
    if rest := Counter(problem.kind for problem in islice(problems, _MOST_PROBLEMS, None)):
        lines.append(f"  not got   and {_counts(rest)} more, all named in the report")
    return lines


def _lost(report: RunReport) -> list[str]:
    """Return a line for each reason for which there is no text; problems are named already."""
    shown = (Effect.LOSS, Effect.DOUBT)
    return [
        f"  no {reason(name).lacks}   {loss.line(name)}"
        for name, loss in report.lost.items()
        if loss.effect in shown
    ]


def _counts(counts: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))


def size(number: float) -> str:
    """Return a *number* of bytes for people."""
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
