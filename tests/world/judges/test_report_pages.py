"""Report pages in headless Chromium: axe-core finds nothing, nothing is asked of the network."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from crawler.reports.run_page import write_page
from crawler.rounds.report_index import ReportIndex
from crawler.state.backends import open_store
from tests.reports.some_reports import a_hostile_report, a_report, ended
from tests.world.judges import replay
from tests.world.requirements import require

TODAY = date(2026, 3, 7)


def test_pages_are_for_everybody(tmp_path: Path) -> None:
    """At the width of a desk and of a phone, light and dark, with all that is folded open."""
    require(replay.missing())
    reports = tmp_path / "reports"
    write_page(a_report(), reports / "run.html")
    write_page(a_hostile_report(), reports / "hostile.html")
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        for back in range(40):
            day = (TODAY - timedelta(days=back)).isoformat()
            for name, new in (("harbour.test", 4**back % 300), ("tern.test", back % 3), ("a", 0)):
                problems = int(back % 5 == 1)
                store.put_run(ended(back, day, source=name, new=new, problems=problems))
        for number in range(3):
            store.put_run(ended(90 + number, "2026-03-07", source="skua.test", listed=3))
        ReportIndex(reports, store).update(datetime(2026, 3, 7, 23, tzinfo=UTC))
    pages = sorted(reports.rglob("*.html"))
    assert len(pages) > 30
    shown = [*reports.glob("*.html"), *pages[:1], *reports.glob("months/*-02.html")]
    done = subprocess.run(
        [
            *("node", replay.FOLDER / "look.mjs", str(replay.chromium()), tmp_path),
            *(page.as_uri() for page in shown),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen) == 4 * len(shown)
    for page in seen:
        assert page["violations"] == [], page["address"]
        assert (page["said"], page["asked"], page["wide"]) == ([], [], False), page["address"]
