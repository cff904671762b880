"""The record of a run in the WARC, written at its end: how it went, its counts and its problems.

The metadata record is JSON, written and read here alone. Of anybody's record only values of the
form that we write are used.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.archive.json_records import is_moment, is_name, is_text, json_content
from crawler.archive.visit_records import Group, ToldVisit, told_visits
from crawler.state.store import EndedRun
from crawler.text.article import EXTRACTOR
from crawler.warc import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warcio.recordloader import ArcWarcRecord

    from crawler.reports.run import Problem, RunReport
    from crawler.warc.reader import Record

_TEXTS = ("spider", "source", "reason", "version", "extractor")
_MOMENTS = ("started", "ended")
_COUNTS = ("counts", "dropped", "lost")
ASKED_WAIT = "asked_wait/seconds"
"""The stats key of the seconds, from a run's start, that a busy host asked to be left in peace."""
CRAWL_DELAY = "asked_wait/crawl_delay"
"""The stats key of the longest ``Crawl-delay``."""
_MOST_NAMED = 200  # problems
_LONGEST = 1000  # characters of a problem
_MOST_COUNTS = 1000
_MOST = 1 << 62
_MOST_EXIT_CODES = 256
_MAX_BYTES = 1 << 24


def ended_run(report: RunReport, run_id: str, ended: str) -> EndedRun:
    """Return the run that *report* is of, as it is at the moment *ended*."""
    return EndedRun(
        id=run_id,
        spider=_storable(report.spider),
        source=_storable(report.source),
        arguments=_arguments(report.arguments),
        started=report.started.replace("+00:00", "Z"),
        ended=ended,
        exit_code=report.exit_code,
        reason=_storable(report.reason),
        version=report.version,
        extractor=EXTRACTOR,
        counts=_counts(report),
        dropped=_most(report.dropped),
        lost=_most({name: loss.count for name, loss in report.lost.items()}),
    )


def run_record(
    run: EndedRun, problems: Mapping[str, Any], visits: Sequence[Group] = ()
) -> ArcWarcRecord:
    """Return the metadata record of *run*, which has a reference.

    *problems* is what `told_problems` has of them; *visits* are those it noted last.
    """
    assert run.record is not None
    content = {"run": run.id} | {name: getattr(run, name) for name in (*_TEXTS, *_MOMENTS)}
    content |= {"arguments": json.loads(run.arguments), "exit_code": run.exit_code}
    content |= {name: dict(getattr(run, name)) for name in _COUNTS}
    content |= problems
    content["visits"] = list(visits)
    block = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return records.metadata(run.record, block)


def told_problems(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return what the record of a run has of its *problems*: the first by name, the rest counted.

    There may be a million, which are read one by one.
    """
    each = iter(problems)
    named = [
        {"kind": problem.kind, "message": problem.message[:_LONGEST]}
        for problem in islice(each, _MOST_NAMED)
    ]
    return {"problems": named, "more_problems": Counter(problem.kind for problem in each)}


def read_run(record: Record, file: str) -> tuple[EndedRun, list[ToldVisit]] | None:
    """Return the run that *record* of the WARC *file* tells, and the visits; None if it is none."""
    found = json_content(record, _MAX_BYTES)
    if found is None or not _is_run(found):
        return None
    run = EndedRun(
        id=found["run"],
        arguments=_arguments(found["arguments"]),
        exit_code=found["exit_code"],
        **{name: found[name] for name in (*_TEXTS, *_MOMENTS, *_COUNTS)},
    )
    return replace(run, record=record.ref(file)), told_visits(found, record.date)


def _is_run(found: Mapping[str, Any]) -> bool:
    names = ("run", *_TEXTS, *_MOMENTS)
    arguments, exit_code = found.get("arguments"), found.get("exit_code")
    return (
        is_text(*map(found.get, names))
        and is_name(found["run"], found["source"])
        and bool(found["run"])
        and all(is_moment(found[name]) for name in _MOMENTS)
        and isinstance(arguments, dict)
        and is_text(*arguments, *arguments.values())
        and type(exit_code) is int
        and 0 <= exit_code < _MOST_EXIT_CODES
        and all(_are_counts(found.get(name)) for name in _COUNTS)
    )


def _are_counts(value: object) -> bool:
    if not isinstance(value, dict) or len(value) > _MOST_COUNTS:
        return False
    return is_text(*value) and all(type(n) is int and 0 <= n < _MOST for n in value.values())


def _arguments(arguments: Mapping[str, str]) -> str:
    return _storable(json.dumps(dict(arguments), ensure_ascii=False, sort_keys=True))


def _storable(text: str) -> str:
    """Return *text* without lone surrogates: a command line may have bytes that are no text."""
    return text.encode("utf-8", "replace").decode()


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the *counts* as a record has them; somebody's own pipelines may make up reasons."""
    return {_storable(name): n for name, n in Counter(counts).most_common(_MOST_COUNTS) if n}


def _counts(report: RunReport) -> dict[str, int]:
    """Return what was counted of the run; what is nothing is left out."""
    counts = {
        "listed": report.listed,
        **(Counter(report.articles) + Counter(report.changed)),
        "incomplete": report.incomplete,
        "held": report.held,
        "syndicated": report.syndicated,
        "problems": len(report.problems),
        "requests": report.requests,
        "answers": report.responses,
        "bytes": report.payload_bytes,
        "asked_wait": max(math.ceil(report.stats.get(key, 0)) for key in (ASKED_WAIT, CRAWL_DELAY)),
    }
    return _most(counts)
