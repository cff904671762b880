"""All report pages made anew, from the JSON of the reports and the ledger's runs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.reports.round_page import round_document, round_row
from crawler.reports.run_page import write_document, write_page
from crawler.reports.stored_reports import (
    UnreadableReportError,
    is_round,
    read_round,
    read_run,
)
from crawler.rounds.report_index import ReportIndex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.reports.run_days import RoundRow
    from crawler.state.store import Store

NAME = re.compile(r"\d{8}T\d{12}-.+\.json")
"""What the JSON of a report is called."""


def report_files(folder: Path) -> list[Path]:
    """Return the JSON of all reports in *folder*, the earliest first."""
    return sorted(path for path in folder.glob("*.json") if NAME.fullmatch(path.name))


def rebuild_pages(folder: Path, store: Store | None, say: Callable[[str], None]) -> Counter[str]:
    """Make the page of each report in *folder* anew, and those over all runs of *store*.

    *say* gets a line for each file that is no report. Counts ``pages``, ``idle`` and ``faults``.
    Raises OSError.
    """
    counts = Counter[str]()
    rounds: list[RoundRow] = []
    for path in report_files(folder):
        try:
            row = _write(path, counts)
        except (UnreadableReportError, TypeError, ValueError) as error:
            counts["faults"] += 1
            say(str(error))
        else:
            rounds += [row] if row else []
    if store:
        ReportIndex(folder, store).rebuild(datetime.now(UTC), rounds)
    return counts


def _write(path: Path, counts: Counter[str]) -> RoundRow | None:
    page = path.with_suffix(".html")
    if is_round(path):
        content = read_round(path)
        write_document(round_document(content), page, durable=False)
        counts["pages"] += 1
        return round_row(path.stem, content)
    report = read_run(path)
    counts["idle" if report.is_idle else "pages"] += 1
    if not report.is_idle:
        write_page(report, page, durable=False)
    return None
