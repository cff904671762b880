"""Reports of invented runs, as the tests of pages need them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crawler.reports.losses import Named, add
from crawler.reports.named_things import NamedThings
from crawler.reports.run import Problem, RunReport, read_problem
from crawler.reports.run_details import Arrivals, Example, Examples, HostTraffic
from crawler.state.store import EndedRun

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.\x00\ud800{{ 7*7 }}'
"""What somebody may write who wants his words to be more than words."""

RUN = EndedRun(
    id="urn:uuid:00000000-0000-4000-8000-000000000001",
    spider="wire",
    source="harbour.test",
    arguments='{"url": "https://harbour.test/"}',
    started="2026-03-07T20:00:00.000000Z",
    ended="2026-03-07T20:00:07Z",
    exit_code=0,
    reason="finished",
    version="0.3.0",
    extractor="newsreel-text/5",
)


def ended(number: int, day: str, *, source: str = "harbour.test", **counts: int) -> EndedRun:
    """Return a run of *source* with *counts* that ended on *day*, the *number*-th there."""
    at = f"{day}T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
    run = replace(RUN, id=f"urn:uuid:{day}-{number:06d}", source=source, counts=counts)
    code = 3 if counts.get("problems") else 0
    return replace(run, started=f"{at}.000000Z", ended=f"{at}.9Z", exit_code=code)


def a_report(**more: Any) -> RunReport:
    """Return the report of a run that brought and missed something of each kind."""
    report = RunReport(
        spider="wire",
        source="harbour.test",
        started="2026-03-07T20:00:00.131057+00:00",
        finished="2026-03-07T20:04:10.000000+00:00",
        version="0.3.0",
        run=RUN.id,
        arguments={"url": "https://harbour.test/"},
        reason="finished",
        exit_code=3,
        requests=65,
        responses=64,
        payload_bytes=4_100_000,
        articles={"new": 24, "revised": 2, "duplicate": 3},
        changed={"redated": 1},
        dropped={"empty": 1, "incomplete": 1},
        held=7,
        syndicated=1,
        flagged={"unconfirmed": 1},
        text_folder="/srv/archives/text",
        warc_files=["/srv/archives/warc/newsreel-harbour-00000.warc.gz"],
        stats={"wire/links/feed": 50, "archive/bytes": 900_000, "finish_reason": "finished"},
        memory=170_000_000,
        archived_bytes=900_000,
        settings={"USER_AGENT": "Newsreel/0.3.0", "ROBOTSTXT_OBEY": "True"},
        versions={"newsreel": "0.3.0", "python": "3.11"},
        previous={
            "run": "urn:uuid:0",
            "started": "2026-03-07T18:00:00Z",
            "ended": "2026-03-07T18:01:00Z",
            "exit_code": 0,
            "counts": {"new": 30},
        },
    )
    report.text_files.append("000_210aaf86085ad1e4.txt")
    add(report.lost, "incomplete", Named("https://harbour.test/tender", "paywall: it ends early"))
    add(report.lost, "gone", Named("https://harbour.test/withdrawn", "status 410"))
    add(report.lost, "empty", Named("https://harbour.test/correction"))
    add(report.lost, "off_site", Named("https://elsewhere.test/story"), count=3)
    report.problems.append(
        Problem(
            "text_incomplete",
            "https://harbour.test/tender: paywall: it ends early",
            "https://harbour.test/tender",
            reason="incomplete",
        )
    )
    report.came = Arrivals(
        days={"2026-03-05": 20, "2026-03-07": 6},
        sources={"harbour.test": 26},
        languages={"en": 25, "de": 1},
        agencies={"AP": 4},
        characters=51_000,
    )
    report.examples = Examples(
        dropped={"empty": [Example(title="Correction", url="https://harbour.test/correction")]},
        flagged={"unconfirmed": [Example(title="Tide", url="https://harbour.test/tide", text="…")]},
        came=[
            Example(
                title="Ferry returns",
                url="https://harbour.test/ferry",
                text="The ferry goes again.\nIt is late.",
                file="000_210aaf86085ad1e4.txt",
            )
        ],
    )
    report.hosts = {
        "harbour.test": HostTraffic(
            requests=65,
            bytes=4_100_000,
            statuses={"200": 62, "429": 1, "410": 1},
            seconds=32.0,
            slowest=2.5,
            delay=1.0,
            crawl_delay=1.0,
            robots="has rules",
        )
    }
    return replace(report, **more)


def a_hostile_report() -> RunReport:
    """Return a report of which everything that others may write is hostile."""
    report = a_report(source=HOSTILE, arguments={HOSTILE: HOSTILE}, flagged={HOSTILE: 1})
    example = Example(title=HOSTILE, url="javascript:alert(1)", text=HOSTILE, detail=HOSTILE)
    report.examples = Examples(
        dropped={HOSTILE: [example]}, flagged={HOSTILE: [example]}, came=[example]
    )
    report.problems = NamedThings(read=read_problem)
    for address in ("javascript:alert(1)", "data:text/html,x", f"https://a.test/{HOSTILE}"):
        report.problems.append(Problem("story_failed", f"{address}: {HOSTILE}", address))
        add(report.lost, "gone", Named(address, HOSTILE))
    report.hosts = {HOSTILE: HostTraffic(requests=1, robots=HOSTILE, statuses={HOSTILE: 1})}
    report.came = Arrivals(days={HOSTILE: 1}, languages={HOSTILE: 1}, agencies={HOSTILE: 1})
    report.stats = {HOSTILE: HOSTILE}
    report.settings = {HOSTILE: HOSTILE}
    report.notes = [Problem("note", HOSTILE)]
    return report
