"""The report of a run of which the ledger alone tells: an idle one, or one whose file is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crawler.reports.losses import Loss
from crawler.reports.reasons import reason
from crawler.reports.run import KEPT, Problem, RunReport

if TYPE_CHECKING:
    from crawler.state.store import EndedRun

_CHANGES = ("redated", "renamed", "updated", "missing", "gone", "back")


def told_report(run: EndedRun) -> RunReport:
    """Return what *run* tells, as a report."""
    counts = dict(run.counts)
    report = RunReport(
        spider=run.spider,
        source=run.source,
        run=run.id,
        started=run.started,
        finished=run.ended,
        version=run.version,
        reason=run.reason,
        exit_code=run.exit_code,
        arguments=json.loads(run.arguments),
        articles={name: counts[name] for name in KEPT if name in counts},
        changed={name: counts[name] for name in _CHANGES if name in counts},
        dropped=dict(run.dropped),
        incomplete=counts.get("incomplete", 0),
        held=counts.get("held", 0),
        syndicated=counts.get("syndicated", 0),
        requests=counts.get("requests", 0),
        responses=counts.get("answers", 0),
        payload_bytes=counts.get("bytes", 0),
    )
    for name, number in run.lost.items():
        known = reason(name)
        report.lost[name] = Loss(
            effect=known.effect, sentence=known.sentence, fix=known.fix, count=number
        )
    if problems := counts.get("problems", 0):
        said = f"{problems:,} problems, which the run's record in the archive names"
        report.problems.append(Problem("told", said))
    return report
