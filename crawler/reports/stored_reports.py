"""Reports read again from their JSON, to make their pages anew or to print them.

The files may be those of an earlier release, or somebody may have edited them: what is missing or
of another form is left out. A long list is read thing by thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from crawler.reports.losses import MOST_NAMED, Loss, Named
from crawler.reports.named_things import NamedThings
from crawler.reports.reasons import reason
from crawler.reports.run import RunReport, read_problem
from crawler.reports.run_details import Arrivals, Example, Examples, HostTraffic

_ROUND = "-round"
_LONG_LIST = re.compile(r'  "(problems|text_files)": \[\n')
_MOST_CHARACTERS = 1 << 26
_LONGEST_THING = 1 << 20


class UnreadableReportError(ValueError):
    """A file is no report; says which, and why."""


def is_round(path: Path) -> bool:
    """Return whether the report at *path* is that of a round."""
    return path.stem.endswith(_ROUND)


def read_round(path: Path) -> dict[str, Any]:
    """Return the JSON of a round's report, complete. Raise UnreadableReportError, OSError."""
    found = _content(path, {})
    results = [one for one in found.get("results") or () if isinstance(one, dict)]
    try:
        return {
            **found,
            "started": str(found["started"]),
            "finished": str(found.get("finished") or found["started"]),
            "exit_code": int(found["exit_code"]),
            "idle": int(found.get("idle") or 0),
            "results": [_result(one) for one in results],
        }
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableReportError(f"{path} is no report of a round: {error!r}") from None


def _result(found: dict[str, Any]) -> dict[str, Any]:
    days = found.get("days")
    return {
        **found,
        "source": str(found["source"]),
        "exit_code": int(found["exit_code"]),
        "seconds": float(found.get("seconds") or 0),
        "new": int(found.get("new") or 0),
        "revised": int(found.get("revised") or 0),
        "days": _counts(days),
        "problems": [one for one in found.get("problems") or () if isinstance(one, dict)],
    }


def read_run(path: Path) -> RunReport:
    """Return the run's report at *path*. Raise UnreadableReportError, OSError."""
    lists: dict[str, NamedThings[Any]] = {
        "problems": NamedThings(read=read_problem),
        "text_files": NamedThings(),
    }
    found = _content(path, lists)
    if not isinstance(found.get("spider"), str) or not isinstance(found.get("started"), str):
        raise UnreadableReportError(f"{path} is no report of a run: it names no spider")
    report = RunReport(spider=found["spider"], source="", started=found["started"])
    for field in fields(report):
        default = getattr(report, field.name)
        value = found.get(field.name)
        if type(default) in (str, int) and type(value) is type(default):
            setattr(report, field.name, value)
    report.problems, report.text_files = lists["problems"], lists["text_files"]
    _fill_tables(report, found)
    return report


def _fill_tables(report: RunReport, found: Mapping[str, Any]) -> None:
    for name in ("articles", "changed", "dropped", "flagged"):
        setattr(report, name, _counts(found.get(name)))
    for name in ("arguments", "settings", "versions"):
        setattr(report, name, {key: str(value) for key, value in _table(found.get(name)).items()})
    report.stats = {
        key: value if isinstance(value, int | float | str) else str(value)
        for key, value in _table(found.get("stats")).items()
    }
    report.previous = _table(found.get("previous"))
    report.warc_files = [str(file) for file in found.get("warc_files") or ()]
    report.notes = list(map(read_problem, filter(_is_table, found.get("notes") or ())))
    report.lost = {name: _loss(name, one) for name, one in _table(found.get("lost")).items()}
    report.hosts = {name: _host(_table(one)) for name, one in _table(found.get("hosts")).items()}
    came, examples = _table(found.get("came")), _table(found.get("examples"))
    report.came = Arrivals(
        **{name: _counts(came.get(name)) for name in ("days", "sources", "languages", "agencies")},
        characters=_number(came.get("characters")),
    )
    report.examples = Examples(
        dropped={name: _examples(one) for name, one in _table(examples.get("dropped")).items()},
        flagged={name: _examples(one) for name, one in _table(examples.get("flagged")).items()},
        came=_examples(examples.get("came")),
    )


def _loss(name: str, found: object) -> Loss:
    table, known = _table(found), reason(name)
    return Loss(
        effect=str(table.get("effect", known.effect)),
        sentence=str(table.get("sentence", known.sentence)),
        fix=str(table.get("fix", "")),
        count=_number(table.get("count")),
        first=[
            Named(str(one.get("address", "")), str(one.get("detail", "")))
            for one in filter(_is_table, table.get("first") or ())
        ][:MOST_NAMED],
    )


def _host(found: Mapping[str, Any]) -> HostTraffic:
    host = HostTraffic(statuses=_counts(found.get("statuses")), robots=str(found.get("robots", "")))
    for name in ("requests", "bytes"):
        setattr(host, name, _number(found.get(name)))
    for name in ("seconds", "slowest", "delay", "crawl_delay"):
        value = found.get(name)
        setattr(host, name, float(value) if isinstance(value, int | float) else 0.0)
    return host


def _examples(found: object) -> list[Example]:
    names = [field.name for field in fields(Example)]
    tables = filter(_is_table, found if isinstance(found, list) else ())
    return [Example(**{name: str(one.get(name, "")) for name in names}) for one in tables]


def _is_table(found: object) -> bool:
    return isinstance(found, dict)


def _table(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _counts(found: object) -> dict[str, int]:
    return {name: n for name, n in _table(found).items() if type(n) is int and n >= 0}


def _number(found: object) -> int:
    return found if type(found) is int else 0


def _content(path: Path, lists: Mapping[str, NamedThings[Any]]) -> dict[str, Any]:
    """Return the JSON at *path*; the long ones of its lists go into *lists*."""
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            text = "".join(_without_lists(stream, lists, path))
        found = json.loads(text)
    except ValueError as error:
        raise UnreadableReportError(f"{path} is no report: {error}") from None
    if not isinstance(found, dict):
        raise UnreadableReportError(f"{path} is no report: it is no JSON object")
    for name, things in lists.items():
        kept = found.get(name)
        for thing in kept if isinstance(kept, list) else ():
            things.append(things.read(thing))
    return found


def _without_lists(
    stream: IO[str], lists: Mapping[str, NamedThings[Any]], path: Path
) -> Iterator[str]:
    """Yield the lines of *stream*, of long lists the first and the last line alone."""
    size = 0
    while line := stream.readline(_LONGEST_THING):
        size += len(line)
        if size > _MOST_CHARACTERS:
            raise UnreadableReportError(f"{path} is too large for a report")
        yield line
        if (begins := _LONG_LIST.fullmatch(line)) and begins[1] in lists:
            yield _read_list(stream, lists[begins[1]])


def _read_list(stream: IO[str], things: NamedThings[Any]) -> str:
    """Add what a list has to *things*, and return the line that ends it."""
    thing = ""
    while line := stream.readline(_LONGEST_THING):
        if line.startswith("  ]"):
            return line
        thing += line
        if len(thing) > _LONGEST_THING:
            raise ValueError("one thing in a list is too long")
        if line.startswith(("    }", '    "')):
            things.append(things.read(json.loads(thing.strip().removesuffix(","))))
            thing = ""
    raise ValueError("a list does not end")
