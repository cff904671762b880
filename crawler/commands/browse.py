"""``scrapy browse``: the corpus in a browser, on this machine."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand

from crawler.archive.folder import Archive
from crawler.commands.archived_body import body_reader
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    storage_errors,
    write_stderr,
)
from crawler.commands.corpus_building import BuiltCorpus, build
from crawler.exceptions import BadArgumentError, CommandLineError, StorageError
from crawler.export.web.viewer_files import ViewerFiles
from crawler.state.store import Store

_LIBRARIES = ("datasette", "starlette", "sqlite_utils", "uvicorn")
_INSTALL = (
    "it needs datasette, an extra of Newsreel: make browse installs it "
    "(or pip install 'newsreel[browse]')"
)
_FAULT, _INCOMPLETE = 1, 3
_DEFAULT_PORT = 8470
_HIGHEST_PORT = 65534
_LARGEST_BODY = 1 << 28  # bytes


class Command(NewsreelCommand, ScrapyCommand):
    """Serves pages until a signal stops it; the exit code is then 130 or 143."""

    usage = "[options]"
    summary = "Show the corpus in a browser: search, articles with their captures, sources, runs"
    description = (
        "Brings corpus.sqlite in the folder of the archives up to date, which takes what is new "
        "alone, and serves it on 127.0.0.1 until Ctrl-C: search, each article with its revisions, "
        "copies and capture, sources, runs, and all tables as SQL, JSON and CSV. Captures are "
        "served at the next port, so that archived scripts cannot read the corpus. Only reads the "
        "archive, and may run beside a crawl. docs/browse.md says how to put it behind a server."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--port",
            type=int,
            default=_DEFAULT_PORT,
            help="of the pages; captures have the next one; 0: any two (default: %(default)s)",
        )
        parser.add_argument(
            "--build-only", action="store_true", help="bring corpus.sqlite up to date and end"
        )
        parser.add_argument(
            "--coverage",
            action="store_true",
            help="read all archived lists again to say what became of each story that was listed, "
            "as is done unasked for small archives",
        )

    def check(self, words: list[str]) -> None:
        """Refuse what could not serve, before the database is built."""
        if any(importlib.util.find_spec(name) is None for name in _LIBRARIES):
            raise CommandLineError(_INSTALL)
        reader = self.reader
        if bool(reader.BROWSE_URL) != bool(reader.BROWSE_REPLAY_URL):
            lacking = "BROWSE_REPLAY_URL" if reader.BROWSE_URL else "BROWSE_URL"
            raise BadArgumentError(
                lacking,
                "",
                "set both: archived scripts must not run under the name of the pages",
            )
        if reader.BROWSE_URL and reader.BROWSE_URL == reader.BROWSE_REPLAY_URL:
            raise BadArgumentError(
                "BROWSE_REPLAY_URL",
                reader.BROWSE_REPLAY_URL,
                "name another host or port than BROWSE_URL: archived scripts could read the corpus",
            )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        if not 0 <= opts.port <= _HIGHEST_PORT:
            raise BadArgumentError("--port", opts.port, f"use 0 to {_HIGHEST_PORT}")
        built = build(self.reader, covers=True if opts.coverage else None)
        _tell(built)
        if not opts.build_only:
            archive = configured_archive(self.reader)
            with storage_errors():
                store = archive.open_store()
            assert store  # the build read it
            with closing(store):
                return 128 + self._serve(archive, store, built.path, opts.port)
        if built.result.lost:
            return _FAULT
        return _INCOMPLETE if built.result.problems else 0

    def _serve(self, archive: Archive, store: Store, database: Path, port: int) -> int:
        server: Any = import_module("crawler.export.web.browse_server")  # it needs datasette
        viewer = ViewerFiles(self.reader.BROWSE_VIEWER)
        if not viewer.are_there:
            write_stderr("captures are shown without scripts: make browse fetches ReplayWeb.page")
        browsing = server.Browsing(
            database=database,
            archive=archive,
            store=store,
            read_body=body_reader(self.reader.DOWNLOAD_MAXSIZE or _LARGEST_BODY),
            viewer=viewer,
            port=port,
            url=self.reader.BROWSE_URL,
            replay_url=self.reader.BROWSE_REPLAY_URL,
        )
        try:
            ended: int = server.serve_corpus(browsing, _say_where)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise StorageError(f"the pages cannot be served: {error}") from error
            what = f"it or the port behind it cannot be had ({error.strerror}); name another, or 0"
            raise BadArgumentError("--port", port, what) from None
        return ended


def _tell(built: BuiltCorpus) -> None:
    result = built.result
    done = "made" if result.is_new else "brought up to date"
    write_stderr(
        f"{built.path}: {done}, {result.articles:,} articles, {result.written:,} written, "
        f"{result.removed:,} taken out"
    )
    for problem in result.problems:
        write_stderr(problem)
    if result.more_problems:
        write_stderr(f"{result.more_problems:,} more problems of this kind")
    if not built.is_covered:
        write_stderr(
            "coverage is of an earlier run: scrapy browse --coverage reads all lists again"
        )


def _say_where(pages: str, captures: str) -> None:
    sys.stdout.write(f"The corpus is at {pages} until Ctrl-C (its captures at {captures})\n")
    sys.stdout.flush()
