"""The part of a run's page that says what was not got, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crawler.reports.document import (
    Block,
    Excerpt,
    Finding,
    Findings,
    Line,
    Link,
    Paragraph,
    Tone,
    cut,
)
from crawler.reports.losses import Loss, Named
from crawler.reports.problem_fixes import FIXES, TITLES
from crawler.reports.reasons import Effect
from crawler.reports.run import Problem, RunReport
from crawler.reports.run_details import Example

MOST_SHOWN = 50
_MOST_KINDS = 40
_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,2000}")
_OTHERS = "others"


@dataclass(slots=True)
class _Group:
    """Problems of one kind: how many, and the first ones."""

    count: int = 0
    first: list[Problem] = field(default_factory=list)


def not_got(report: RunReport) -> list[Block]:
    """Return the problems by kind, and the losses that are no problem each."""
    found = [_finding(kind, group, report) for kind, group in _grouped(report).items()]
    losses = [
        _loss(name, loss, Tone.BAD)
        for name, loss in report.lost.items()
        if loss.effect == Effect.LOSS and not is_dropped(report, name, loss)
    ]
    if not found and not losses:
        return [Paragraph("Nothing that was met is missing.")]
    blocks: list[Block] = [Findings([*found, *losses[:_MOST_KINDS]])]
    if report.run:
        said = f"The answers, errors too, are in the WARC files as records of {report.run}."
        blocks.append(Paragraph(said, Tone.LEFT))
    return blocks


def _grouped(report: RunReport) -> dict[str, _Group]:
    """Return the problems by reason or kind, in one pass: there may be very many."""
    groups: dict[str, _Group] = {}
    for problem in report.problems:
        kind = problem.reason or problem.kind
        if kind not in groups and len(groups) >= _MOST_KINDS:
            kind = _OTHERS
        group = groups.setdefault(kind, _Group())
        group.count += 1
        if len(group.first) < MOST_SHOWN:
            group.first.append(problem)
    return groups


def _finding(kind: str, group: _Group, report: RunReport) -> Finding:
    known = report.lost.get(kind)
    fix = known.fix if known else group.first[0].fix or FIXES.get(kind, "")
    rest = group.count - len(group.first)
    title = known.sentence if known else TITLES.get(kind, kind.replace("_", " "))
    return Finding(
        title=_capital(title),
        code=kind,
        count=group.count,
        tone=Tone.BAD,
        fix=_sentence(fix),
        items=[named_problem(problem) for problem in group.first],
        more=f"{rest:,} more are named in the JSON beside this page." if rest else "",
        texts=_texts(report, kind),
    )


def named_problem(problem: Problem) -> Line:
    """Return the message, its addresses as links."""
    text, line, at = cut(problem.message), list[str | Link](), 0
    for match in _ADDRESS.finditer(text):
        address = match[0].rstrip(".,:;)]…")
        line += [text[at : match.start()], Link(address, address=address)]
        at = match.start() + len(address)
    line.append(text[at:])
    return line


def _loss(name: str, loss: Loss, tone: Tone, texts: Sequence[Excerpt] = ()) -> Finding:
    rest = loss.count - len(loss.first)
    return Finding(
        title=_capital(loss.sentence),
        code=name,
        count=loss.count,
        tone=tone,
        fix=_sentence(loss.fix),
        items=[] if texts and not rest else [_named(named) for named in loss.first],
        more=f"{rest:,} more of them are not named here." if rest else "",
        texts=texts,
    )


def _named(named: Named) -> Line:
    link = Link(named.address, address=named.address)
    detail = named.detail.removeprefix(named.address).strip()
    return [link, f" — {cut(detail)}"] if detail else [link]


def is_dropped(report: RunReport, name: str, loss: Loss) -> bool:
    """Return whether *loss*, for the reason *name*, was dropped, and is nothing to be got."""
    if loss.effect == Effect.GAP:
        return False
    return loss.effect != Effect.LOSS or name in report.dropped


def left_out(report: RunReport) -> list[Block]:
    """Return what was dropped, with examples, and what was no story or was not asked for."""
    found = [
        _loss(name, loss, Tone.LEFT, _texts(report, name))
        for name, loss in report.lost.items()
        if is_dropped(report, name, loss)
    ]
    return [Findings(found[:_MOST_KINDS])] if found else []


def _texts(report: RunReport, name: str) -> list[Excerpt]:
    return excerpts(report.examples.dropped.get(name, ()))


def excerpts(examples: Iterable[Example]) -> list[Excerpt]:
    """Return *examples* as texts to look at."""
    return [
        Excerpt(
            title=one.title,
            address=one.url,
            text=one.text,
            remark=one.detail.removeprefix(one.url).strip(),
            command=f"scrapy trace {one.file}" if one.file else "",
        )
        for one in examples
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return f"{_capital(text)}." if text else ""
