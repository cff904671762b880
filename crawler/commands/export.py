"""``scrapy export -o FILE|FOLDER``: the corpus as JSON lines, Parquet, CSV or text."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.commands.base import (
    NewsreelCommand,
    check_readable,
    configured_archive,
    storage_errors,
    warcs_kept,
    write_stderr,
)
from crawler.commands.export_display import shown, shown_files, shown_made
from crawler.commands.export_options import ExportOptions, add_export_options, read_options
from crawler.disk import replacement
from crawler.exceptions import BadArgumentError, NewsreelError, StorageError
from crawler.export.article_reader import ArticleReader, Unread
from crawler.export.corpus_export import fill, fill_made, write_folder, write_stream
from crawler.export.export_counts import ExportCounts, counted
from crawler.export.export_folder import put_in_place, scratch
from crawler.export.ledger_articles import LedgerArticles
from crawler.export.local_engine import LocalEngine
from crawler.export.row_maker import Wanted
from crawler.export.row_spool import RowSpool
from crawler.export.spark_engine import SparkEngine
from crawler.export.spark_session import SparkError
from crawler.sources.known_services import licences, services
from crawler.storage.remote_file import StoredFile
from crawler.warc.container import named_archives
from crawler.warc.writer import OPEN_SUFFIX

_NAMED = 100  # things that cannot be read; more are counted
_NONE_OF_OURS = (
    "there is no article of Newsreel's in these files (scrapy crawl warc reads other tools' files)"
)
_LOST, _NOT_ALL, _NOTHING = 1, 3, 3


class Command(NewsreelCommand, ScrapyCommand):
    """Writes what is held; exit code 1 if a text is lost, 3 if nothing matches or facts lack."""

    usage = "-o FILE|FOLDER [options]"
    summary = "Write the corpus as Parquet, JSON lines, CSV or text"
    description = (
        "Writes every article that is held, with all that is known of it, sorted by source, date "
        "and key: into a FILE (.jsonl, .parquet, .csv, .txt), or a FOLDER with a dataset card that "
        "pandas, polars, DuckDB and datasets read. It only reads, also beside a crawl. What cannot "
        "be read is named, and the exit code is then 1 (a text is lost) or 3 (what is told of one)."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_export_options(parser)

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        self._lost = self._lacking = self._total = self._left_out = 0
        asked = read_options(opts)
        named = licences(services(self.reader.SOURCES_FILE))
        asked.check_licences(named.values())
        wanted = Wanted(choice=asked.choice, history=asked.history, licences=named)
        with _writing(asked), _spark_errors(), ExitStack() as stack:
            folder = stack.enter_context(_scratch(asked.target))
            reader: ArticleReader | LocalEngine | SparkEngine
            if asked.warcs:
                reader = stack.enter_context(closing(self._engine(asked, folder)))
            else:
                reader = self._ledger(asked, stack)
            known = reader.sources()
            if asked.warcs and not known:
                write_stderr(f"{_NONE_OF_OURS}: {_no_file(asked)}")
                return _LOST if self._lost else _NOTHING
            asked.check_sources(known)
            spool = stack.enter_context(closing(RowSpool(folder)))
            with storage_errors():
                self._fill(spool, reader, wanted)
            if not spool.count():
                what = "what was asked for cannot be read" if self._lost else "nothing matches"
                write_stderr(f"{what}: {_no_file(asked)}")
                return _LOST if self._lost else _NOTHING
            self._say(asked, _write(asked, spool, folder, self._left_out))
        return _LOST if self._lost else _NOT_ALL if self._lacking else 0

    def _fill(
        self, spool: RowSpool, reader: ArticleReader | LocalEngine | SparkEngine, wanted: Wanted
    ) -> None:
        if isinstance(reader, LocalEngine | SparkEngine):
            with shown_made(reader.articles(wanted)) as articles:
                fill_made(spool, articles, wanted, self._note_unread)
            self._left_out = reader.left_out
        else:
            with shown(reader, self._total) as watched:
                fill(spool, watched, wanted, self._note_unread)

    def _engine(self, asked: ExportOptions, folder: Path) -> LocalEngine | SparkEngine:
        warcs = self._warcs(asked)
        if asked.master:
            (scratch := folder / "spark").mkdir()
            return SparkEngine(
                warcs, scratch, self._note_unread, master=asked.master, tell=write_stderr
            )
        workers = asked.workers or self.reader.workers
        with storage_errors(), shown_files(len(warcs)) as on_file:
            return LocalEngine(warcs, folder, self._note_unread, workers=workers, on_file=on_file)

    def _ledger(self, asked: ExportOptions, stack: ExitStack) -> LedgerArticles:
        archive = configured_archive(self.reader)
        check_readable(archive.folder)
        stack.enter_context(warcs_kept(archive))
        with storage_errors():
            store = archive.open_store()
        if store is None:
            raise NewsreelError(
                f"there is no ledger {archive.ledger_name}: crawl first, or run scrapy rebuild"
            )
        if not (asked.choice.first or asked.choice.end):
            wanted = asked.choice.sources or store.article_sources()
            self._total = sum(store.extent(source).stories for source in wanted)
        return LedgerArticles(archive, stack.enter_context(closing(store)), self._note_unread)

    def _warcs(self, asked: ExportOptions) -> list[StoredFile]:
        try:
            with storage_errors():
                found = named_archives(asked.warcs)
        except ValueError as error:
            raise BadArgumentError("--from", ", ".join(asked.warcs), str(error)) from None
        for folder in filter(Path.is_dir, map(Path, asked.warcs)):
            for path in sorted(folder.rglob(f"*{OPEN_SUFFIX}")):
                left = f"{path} is left out: it is still written to, or the next crawl seals it"
                self._note_unread(Unread(left, is_lost=False))
        return found

    def _note_unread(self, unread: Unread) -> None:
        self._lost += unread.is_lost
        self._lacking += not unread.is_lost
        if self._lost + self._lacking <= _NAMED:
            write_stderr(unread.message)

    def _say(self, asked: ExportOptions, counts: ExportCounts) -> None:
        if more := self._lost + self._lacking - _NAMED:
            write_stderr(f"and {more} more that cannot be read") if more > 0 else None
        line = _summary(asked, counts)
        if asked.target is None:
            write_stderr(line)
        else:
            sys.stdout.write(f"{line}\n")


@contextmanager
def _writing(asked: ExportOptions) -> Iterator[None]:
    """Raise StorageError for what cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{asked.target or 'stdout'} was not written: {error}") from error


@contextmanager
def _spark_errors() -> Iterator[None]:
    try:
        yield
    except SparkError as error:
        raise NewsreelError(str(error)) from None


@contextmanager
def _scratch(target: Path | None) -> Iterator[Path]:
    """Yield an empty folder, which is removed; beside *target* if there is one."""
    if target is None:
        with tempfile.TemporaryDirectory(prefix="newsreel-export-") as name:
            yield Path(name)
    else:
        with scratch(target) as folder:
            yield folder


def _write(asked: ExportOptions, spool: RowSpool, folder: Path, left_out: int) -> ExportCounts:
    if asked.target is None:
        return write_stream(spool, sys.stdout.buffer, asked.format)
    if not asked.is_folder:
        with replacement(asked.target, ".part", folder=folder) as stream:
            return write_stream(spool, stream, asked.format)
    made, aside = folder / "made", folder / "aside"
    made.mkdir()
    aside.mkdir()
    about = {"shard": asked.shard, "asked": asked.asked}
    counts = write_folder(spool, made, asked.format, left_out=left_out, **about)
    put_in_place(made, asked.target, aside)
    return counts


def _no_file(asked: ExportOptions) -> str:
    return "nothing was written" if asked.target is None else f"{asked.target} was not written"


def _summary(asked: ExportOptions, counts: ExportCounts) -> str:
    where = "stdout" if asked.target is None else str(asked.target)
    history = f", {counted(counts.history, 'earlier text')}" if asked.history else ""
    copies = f", {counts.copies:,} of them copies" if counts.copies else ""
    files = f" in {counted(counts.files, 'file')}" if asked.is_folder else ""
    articles = f"{counted(counts.articles, 'article')} of {counted(len(counts.sources), 'source')}"
    return f"{where}: {articles}{copies}{history}, {asked.format}{files}"
