"""What came of a run, as one process tells another."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from crawler.commands.round_results import RunResult
from crawler.reports.run import read_problem

_MOST_PROBLEMS = 100


def result_as_json(result: RunResult) -> dict[str, Any]:
    """Return *result* as JSON content, with the first 100 of its problems."""
    return asdict(replace(result, problems=list(result.problems[:_MOST_PROBLEMS])))


def read_result(content: dict[str, Any]) -> RunResult:
    """Return the result that the JSON *content* tells, which another release may have written."""
    names = {one.name for one in fields(RunResult)}
    known = {name: value for name, value in content.items() if name in names}
    known["problems"] = [read_problem(problem) for problem in content.get("problems", [])]
    return RunResult(**known)
