"""The page of one run: what came, what did not and why, how it was done."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from crawler.disk import replacement
from crawler.reports import account as accounts
from crawler.reports.document import (
    Block,
    Document,
    Line,
    Link,
    Paragraph,
    Section,
    Tone,
    counted,
    cut,
)
from crawler.reports.html_page import html_page
from crawler.reports.over_time import duration, moment, seconds_between, spoken
from crawler.reports.run import OUTCOMES, RunReport
from crawler.reports.run_losses_part import left_out, not_got
from crawler.reports.run_parts import how_run, settings_table, stats_table, stories, traffic, work

_NEWS = ("new", "collision", "merged")
_STOPPED = (129, 130, 143)


def write_page(report: RunReport, path: Path, *, durable: bool = True) -> None:
    """Write the page of *report* to *path*, as a whole or not at all. Raises OSError."""
    write_document(run_document(report, path.parent), path, durable=durable)


def write_document(page: Document, path: Path, *, durable: bool = True) -> None:
    """Write *page* as HTML to *path*, as a whole or not at all. Raises OSError.

    One that the next run makes again need not be *durable*.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacement(path, ".part", durable=durable) as stream:
        stream.writelines(piece.encode("utf-8", "replace") for piece in html_page(page))


def run_document(report: RunReport, folder: Path) -> Document:
    """Return the page of *report*, which lies in *folder*."""
    account = accounts.account_of(report)
    return Document(
        title=cut(report.source or report.spider, 120),
        verdict=OUTCOMES.get(report.exit_code, report.reason or "ended"),
        tone=tone_of(report.exit_code),
        about=_about(report),
        lead=[*_lead(report, account)],
        sections=_sections(report, account, folder),
        way=_way(report),
    )


def tone_of(exit_code: int) -> Tone:
    """Return how an *exit_code* is meant."""
    if exit_code in _STOPPED:
        return Tone.HELD
    return Tone.BAD if exit_code else Tone.GOOD


def _sections(report: RunReport, account: accounts.Account, folder: Path) -> list[Section]:
    figures, bar = accounts.figures(account, report), accounts.bar(account)
    counted_up: list[Block] = [figures]
    if account.total:
        counted_up += [bar, accounts.table(account)]
    sections = [
        Section("account", "What became of what was listed", counted_up),
        Section("not-got", "Not got", not_got(report)),
        Section("left-out", "Dropped, or no story", left_out(report)),
        Section("came", "What came", stories(report, _texts(report, folder))),
        Section("hosts", "How the hosts were asked", traffic(report)),
        Section("work", "Time and size", work(report)),
        Section("how", "How it was run", how_run(report)),
        Section("settings", "Settings", settings_table(report), folded=True),
        Section("stats", "All counts", stats_table(report), folded=True),
    ]
    return [section for section in sections if section.blocks]


def _texts(report: RunReport, folder: Path) -> Line:
    """Return how many texts were written, with a link to where they lie."""
    said = f"{counted(len(report.text_files), 'text file')} written in "
    if not report.text_folder:
        return said.removesuffix(" in ")
    # The archive may have been moved since, as a whole.
    path = os.path.relpath(report.text_folder, Path(report.file).parent if report.file else folder)
    return [said, Link(report.text_folder, path=f"{path}/")]


def _way(report: RunReport) -> list[Link]:
    """Return the links to the pages above; a replay has none."""
    ended = moment(report.finished)
    if report.settings.get("ARCHIVE_MODE") == "replay" or ended is None:
        return []
    day = f"{ended:%Y-%m-%d}"
    return [Link("All runs", path="index.html"), Link(day, path=f"days/{day}.html")]


def _about(report: RunReport) -> Line:
    took = duration(seconds_between(report.started, report.finished))
    site = report.arguments.get("site") or report.arguments.get("url") or ""
    said: list[str | Link] = [f"Spider {report.spider}"]
    if site:
        said += [" at ", Link(urlsplit(site).netloc or site, address=site)]
    return [*said, f" · {spoken(report.started)} · {took} · exit code {report.exit_code}"]


def _lead(report: RunReport, account: accounts.Account) -> list[Paragraph]:
    lead = [Paragraph(_verdict(report, account))]
    if report.problems and report.problems[0].kind == "fatal":
        lead.append(Paragraph(f"It ended early: {report.problems[0].message}", Tone.BAD))
    if said := _since(report):
        lead.append(Paragraph(said, Tone.LEFT))
    lead += [Paragraph(note.message, Tone.LEFT) for note in report.notes[:20]]
    return lead


def _verdict(report: RunReport, account: accounts.Account) -> str:
    new = sum(report.articles.get(name, 0) for name in _NEWS)
    revised = report.articles.get("revised", 0)
    came = counted(new, "new story", "new stories") if new else "No new story"
    if revised:
        came += f" and {counted(revised, 'revised text')}"
    lost = sum(account.lost.values()) + sum(account.dropped.values())
    problems = len(report.problems)
    said = f"{came} came"
    if lost:
        said += f"; {lost:,} of what was met gave no text"
    named = counted(problems, "problem is", "problems are") if problems else "no problem is"
    return f"{said}; {named} named."


def _since(report: RunReport) -> str:
    """Return how the run compares with the one before it, empty where there is none."""
    before = report.previous
    if not before:
        is_first = report.source and report.stats  # of one that the ledger tells, nobody asked
        return "It is the first run of this source that is known." if is_first else ""
    counts, now = before.get("counts") or {}, report.articles
    new, old = (sum(int(c.get(name, 0)) for name in _NEWS) for c in (now, counts))
    ago = duration(seconds_between(str(before.get("ended", "")), report.started))
    said = f"The run before it, {ago} earlier, ended with exit code {before.get('exit_code')} and "
    if new == old:
        brought = f"brought {old:,} new, as this one" if old else "brought nothing new either"
    else:
        difference = f"{abs(new - old):,} {'more' if new > old else 'fewer'} this time"
        brought = f"brought {old:,} new: {difference}"
    return f"{said}{brought}."
