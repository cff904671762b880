"""The parts of a run's page that say what came, and how it was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from crawler.reports.document import (
    Block,
    Cell,
    Excerpts,
    Facts,
    Heading,
    Line,
    Paragraph,
    Table,
    Tone,
    counted,
    cut,
)
from crawler.reports.over_time import duration, plot_of, seconds_between, spoken
from crawler.reports.run import RunReport, size
from crawler.reports.run_details import HostTraffic
from crawler.reports.run_losses_part import excerpts

_MOST_ROWS = 30
_MOST_STATS = 500
_MOST_FILES = 50
_CHANGES = {
    "redated": "re-dated",
    "renamed": "renamed",
    "updated": "facts changed, such as authors",
    "missing": "not on their site this time",
    "gone": "gone from their site",
    "back": "back on their site",
}
FLAGS = {
    "unconfirmed": "no other reader found the text where ours did",
    "declared": "the page's metadata declares the text, the page does not show it",
    "after_capture": "its day of publication is after the capture",
    "depth": "the page nests deeper than is read",
    "unclosed": "an element of the page is never closed",
    "gate": "a gate stood behind the text and was taken off",
    "feed_text": "the text is that of a feed, not of a page",
}


def stories(report: RunReport, texts: Line) -> list[Block]:
    """Return what came: by day, source, language and agency; copies, changes, doubtful texts."""
    came = report.came
    blocks: list[Block] = plot_of(came.days, "Stories", " of publication")
    for name, counts in (
        ("source", came.sources if len(came.sources) > 1 else {}),
        ("language", came.languages),
        ("agency", came.agencies),
    ):
        if counts:
            blocks.append(most_of(counts, f"Stories by {name}", name))
    facts: list[tuple[str, Line]] = [("text files", texts)]
    if report.syndicated:
        facts.append(("copies of other stories", f"{report.syndicated:,}"))
    facts += [(_CHANGES.get(name, name), f"{n:,}") for name, n in report.changed.items() if n]
    blocks.append(Facts(facts))
    if report.examples.came:
        blocks += [Heading("The first ones"), Excerpts(excerpts(report.examples.came))]
    return [*blocks, *_doubtful(report)]


def _doubtful(report: RunReport) -> Iterator[Block]:
    """Yield the texts that may not be as they should, by flag."""
    if not report.flagged:
        return
    yield Heading("Doubtful texts")
    yield Table(
        "Texts that were kept and may not be as they should, by flag",
        ("flag", "what it means", "texts"),
        [(name, FLAGS.get(name, ""), number) for name, number in _most(report.flagged)],
        numbers=2,
    )
    for flag, examples in report.examples.flagged.items():
        yield Heading(f"Flag {flag}")
        yield Excerpts(excerpts(examples))


def traffic(report: RunReport) -> list[Block]:
    """Return how the hosts were asked, busiest first."""
    if not report.hosts:
        return []
    hosts = sorted(report.hosts.items(), key=lambda host: -host[1].requests)
    took = seconds_between(report.started, report.finished)
    rest = len(hosts) - _MOST_ROWS
    return [
        Table(
            "Requests by host, robots.txt included",
            _HOST_HEAD,
            [_host_row(name, host) for name, host in hosts[:_MOST_ROWS]],
            numbers=2,
            more=f"{counted(rest, 'more host is', 'more hosts are')} in the JSON."
            if rest > 0
            else "",
        ),
        Paragraph(_pace(report, took), Tone.LEFT),
    ]


_HOST_HEAD = (
    *("host", "robots.txt", "requests", "unanswered", "answers", "429, 503"),
    *("received", "answer in", "slowest", "delay"),
)


def _host_row(name: str, host: HostTraffic) -> Sequence[Cell]:
    answers = sum(host.statuses.values())
    statuses = ", ".join(f"{n:,} × {status}" for status, n in _most(host.statuses, 6))
    refused = sum(host.statuses.get(status, 0) for status in ("429", "503"))
    mean = f"{host.seconds / answers:.2f} s" if answers else ""
    delay = f"{host.delay:g} s" + (f" (asks {host.crawl_delay:g} s)" if host.crawl_delay else "")
    return (
        *(cut(name, 100), host.robots or "not asked", host.requests),
        *(max(0, host.requests - answers), statuses, refused, size(host.bytes)),
        *(mean, f"{host.slowest:.2f} s", delay),
    )


def _pace(report: RunReport, took: float) -> str:
    agent = report.settings.get("USER_AGENT", "")
    rate = f"{report.requests / took:.2f} requests a second over the whole run" if took else ""
    obeyed = "robots.txt was obeyed"
    if report.settings.get("ROBOTSTXT_OBEY") in ("False", "0", "false"):
        obeyed = "robots.txt was not obeyed (ROBOTSTXT_OBEY=False)"
    said = "; ".join(filter(None, (rate, obeyed)))
    asked_as = f"; asked as “{cut(agent, 200)}”" if agent else ""
    return f"{said[:1].upper()}{said[1:]}{asked_as}."


def work(report: RunReport) -> list[Block]:
    """Return how long it took, and how much it is."""
    took = seconds_between(report.started, report.finished)
    rows: list[tuple[str, Line]] = [
        ("began", spoken(report.started)),
        ("took", duration(took)),
        ("requests", f"{report.requests:,}, {report.responses:,} answered"),
        ("received", size(report.payload_bytes)),
        ("archived", size(report.archived_bytes)),
        ("text", f"{report.came.characters:,} characters"),
        ("memory of the process, at most", size(report.memory)),
    ]
    files = [(PurePath(name).name,) for name in report.warc_files]
    blocks: list[Block] = [Facts(rows)]
    if files:
        rest = len(files) - _MOST_FILES
        more = f"{rest:,} more are named in the JSON." if rest > 0 else ""
        blocks.append(Table("WARC files", ("file",), files[:_MOST_FILES], more=more))
    return blocks


def how_run(report: RunReport) -> list[Block]:
    """Return arguments and versions."""
    names: list[tuple[str, Line]] = [("run", report.run or "not archived")]
    names += [(f"-a {name}", cut(value, 300)) for name, value in report.arguments.items()]
    names += [(name, value) for name, value in report.versions.items()]
    return [Facts(names)]


def settings_table(report: RunReport) -> list[Block]:
    """Return the settings."""
    if not report.settings:
        return []
    rows = [(name, cut(value, 300)) for name, value in sorted(report.settings.items())]
    return [Table("Without what may be a secret", ("setting", "value"), rows, numbers=2)]


def stats_table(report: RunReport) -> list[Block]:
    """Return all counts of the run."""
    stats = sorted(report.stats.items())
    if not stats:
        return []
    rest = len(stats) - _MOST_STATS
    return [
        Table(
            "Statistics as Scrapy and Newsreel count them",
            ("name", "value"),
            [(cut(name, 200), _value(value)) for name, value in stats[:_MOST_STATS]],
            more=f"{rest:,} more are in the JSON." if rest > 0 else "",
        )
    ]


def _value(value: object) -> Cell:
    return value if type(value) is int else cut(str(value), 200)


def most_of(counts: Mapping[str, int], caption: str, name: str) -> Table:
    """Return *counts* as a table, the most first, of bounded length."""
    rows = _most(counts, _MOST_ROWS)
    rest = sum(counts.values()) - sum(number for _, number in rows)
    more = f"{rest:,} more stories are of others, all in the JSON." if rest else ""
    return Table(caption, (name, "stories"), rows, more=more)


def _most(counts: Mapping[str, int], most: int = _MOST_ROWS) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]
