"""The options of ``scrapy export``, checked: each bad value is named with what to write instead."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from crawler.commands.engine_option import (
    LOCAL,
    add_engine_options,
    read_master,
    read_workers,
)
from crawler.exceptions import BadArgumentError, CommandLineError
from crawler.export.browsing.text_search import TextSearch
from crawler.export.export_folder import BadTargetError, check_target
from crawler.export.parquet_rows import HAS_PARQUET
from crawler.export.row_choice import RowChoice
from crawler.export.row_formats import WRITERS
from crawler.export.row_shards import BY_SOURCE_AND_YEAR, SHARDS
from crawler.sources.arguments import day_or_time, is_encodable
from crawler.sources.wordpress.languages import tag

STDOUT = "-"
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,6}")
_NO_PARQUET = (
    "Parquet needs pyarrow, an extra of Newsreel: make browse installs it (or pip install "
    "'newsreel[parquet]'); or use --format jsonl"
)
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is asked for. ``target`` is None for stdout; ``warcs`` are patterns, if any.

    ``workers`` are processes that read those, 0 for as many as the settings say; or Spark does,
    whose ``master`` is named then.
    """

    target: Path | None
    is_folder: bool
    format: str
    shard: str
    history: bool
    overwrite: bool
    choice: RowChoice
    warcs: tuple[str, ...]
    workers: int
    master: str
    asked: str

    def check_sources(self, known: Sequence[str]) -> None:
        """Raise `BadArgumentError` for a source that is none of the *known* ones."""
        for source in sorted(self.choice.sources - set(known)):
            raise BadArgumentError("--source", source, _nearest(source, known, "source"))

    def check_licences(self, licences: Iterable[str]) -> None:
        """Raise `BadArgumentError` for a licence that none of the *licences* of sources is."""
        known = sorted(set(licences))
        for name in sorted(self.choice.licences - {licence.lower() for licence in known}):
            raise BadArgumentError("--license", name, _nearest(name, known, "licence"))


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to *parser*."""
    add = parser.add_argument
    add("-o", "--output", metavar="FILE|FOLDER", help="where to; - is stdout (JSON lines)")
    add("--format", choices=sorted(WRITERS), help="default: what FILE ends in; parquet in a FOLDER")
    add("--source", action="append", default=[], help="of this source; may be given many times")
    add("--after", default="", metavar="DAY", help="published on this day or later")
    add("--before", default="", metavar="DAY", help="published before this day")
    add("--language", action="append", default=[], help="in this language: de, or de-CH alone")
    add("--license", action="append", default=[], help="of sources under this licence")
    add(
        "--search", metavar="WORDS", help='with these words, as browse finds them: flood "a phrase"'
    )
    add("--no-copies", action="store_true", help="of copies the earliest that is asked for")
    add("--shard", choices=SHARDS, default=BY_SOURCE_AND_YEAR, help="default: source and year")
    add("--history", action="store_true", help="earlier texts as well, into FOLDER/history")
    add(
        "--from",
        dest="warcs",
        action="append",
        default=[],
        metavar="PATH",
        help="from these WARC or WACZ files of Newsreel, not the ledger: a file, a folder, a glob, "
        "s3://BUCKET/PREFIX/*.warc.gz",
    )
    add_engine_options(parser, "with --from, what reads", "WARC_WORKERS")
    add("--overwrite", action="store_true", help="replace FILE, or the export in FOLDER")


def read_options(opts: argparse.Namespace) -> ExportOptions:
    """Return what *opts* ask for. Raises `BadArgumentError` and `CommandLineError`."""
    if not opts.output:
        raise CommandLineError("say where to: -o FILE.jsonl, .parquet, .csv or .txt, or -o FOLDER")
    is_folder = _is_folder(opts.output)
    found = _format(opts, is_folder=is_folder)
    _check_for_folder(opts, found, is_folder=is_folder)
    target = None if opts.output == STDOUT else Path(opts.output)
    if target:
        try:
            check_target(target, is_folder=is_folder, overwrite=opts.overwrite)
        except BadTargetError as error:
            raise BadArgumentError("-o", opts.output, str(error)) from None
    for name, value, default in (
        ("--workers", opts.workers, None),
        ("--engine", opts.engine, LOCAL),
    ):
        if value != default and not opts.warcs:
            raise BadArgumentError(name, value, "it is for WARC files: name them with --from")
    return ExportOptions(
        target=target,
        is_folder=is_folder,
        format=found,
        shard=opts.shard,
        history=opts.history,
        overwrite=opts.overwrite,
        choice=_choice(opts),
        warcs=tuple(opts.warcs),
        workers=read_workers(opts),
        master=read_master(opts),
        asked=_asked(opts),
    )


def _is_folder(output: str) -> bool:
    if not is_encodable(output) or "\0" in output:
        raise BadArgumentError("-o", output, "it holds bytes that are not UTF-8")
    path = Path(output)
    if output.endswith("/"):
        return True
    if output == STDOUT or path.suffix[1:].lower() in WRITERS:
        return False
    if _SUFFIX.fullmatch(path.suffix) and not path.is_dir():
        ends = ", .".join(WRITERS)
        fix = f"a FILE ends in .{ends}; if it is to be a folder, write / behind it"
        raise BadArgumentError("-o", output, fix)
    return True


def _format(opts: argparse.Namespace, *, is_folder: bool) -> str:
    suffix = Path(opts.output).suffix[1:].lower()
    is_stdout = opts.output == STDOUT
    if is_stdout and opts.format == "parquet":
        raise BadArgumentError("--format", opts.format, "Parquet needs a file: name one with -o")
    if not (is_folder or is_stdout) and opts.format not in (None, suffix):
        fix = f"{opts.output} is to be of the format {suffix}: leave --format out"
        raise BadArgumentError("--format", opts.format, fix)
    found = str(opts.format or ("parquet" if is_folder else "jsonl" if is_stdout else suffix))
    if found == "parquet" and not HAS_PARQUET:
        raise CommandLineError(_NO_PARQUET)
    return found


def _check_for_folder(opts: argparse.Namespace, found: str, *, is_folder: bool) -> None:
    """Refuse what needs many files, if there is to be one, and what texts have no place for."""
    for name, value in (("--shard", opts.shard), ("--history", opts.history)):
        if value and not is_folder:
            raise BadArgumentError(name, value, "it needs a folder: name one with -o FOLDER")
        if value and found == "txt":
            fix = "there is a file for each text: use another --format, or leave it out"
            raise BadArgumentError(name, value, fix)


def _choice(opts: argparse.Namespace) -> RowChoice:
    after, before = day_or_time("--after", opts.after), day_or_time("--before", opts.before)
    if after and before and after >= before:
        raise BadArgumentError("--after", opts.after, f"must be earlier than {opts.before}")
    for language in opts.language:
        if not tag(language):
            raise BadArgumentError("--language", language, "use a code such as en or pt-BR")
    for name in ("source", "license"):
        if "" in getattr(opts, name):
            raise BadArgumentError(f"--{name}", "", "it is empty: name one, or leave it out")
    return RowChoice(
        sources=frozenset(opts.source),
        first=_bound(after),
        end=_bound(before),
        languages=frozenset(tag(name).lower() for name in opts.language),
        licences=frozenset(name.lower() for name in opts.license),
        search=_search(opts.search),
        one_of_copies=opts.no_copies,
    )


def _search(words: str | None) -> TextSearch | None:
    if words is None:
        return None
    try:
        return TextSearch(words)
    except ValueError as error:
        raise BadArgumentError("--search", words, str(error)) from None


def _bound(moment: datetime | None) -> str:
    """Return *moment* so that it compares with days and times; of a day, its beginning."""
    return moment.isoformat().removesuffix("T00:00:00") if moment else ""


def _asked(opts: argparse.Namespace) -> str:
    """Return in words what was asked for, for the card; empty if all was."""
    said = [
        f"{name} {', '.join(sorted(set(values)))}"
        for name, values in (
            ("source", opts.source),
            ("language", opts.language),
            ("licence", opts.license),
        )
        if values
    ]
    said += [f"published from {opts.after} on"] if opts.after else []
    said += [f"published before {opts.before}"] if opts.before else []
    said += [f"with the words {opts.search}"] if opts.search else []
    said += ["of copies the earliest alone"] if opts.no_copies else []
    return "; ".join(said)


def _nearest(wanted: str, known: Sequence[str], what: str) -> str:
    if not known:
        return f"no {what} is known here"
    if like := get_close_matches(wanted, known, n=3):
        return f"there is none; did you mean {' or '.join(like)}?"
    shown = ", ".join(known[:_MOST_SHOWN])
    more = f" and {len(known) - _MOST_SHOWN} more" if len(known) > _MOST_SHOWN else ""
    return f"there is none; there are {shown}{more}"
