"""``scrapy ledger copy FROM TO``: a whole ledger into another one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.archive.nodes import begin_node, node_of
from crawler.commands.base import NewsreelCommand, locked, write_stderr
from crawler.exceptions import BadArgumentError, CommandLineError, StorageError
from crawler.state.backends import backend, open_store, store_exists
from crawler.state.ledger_copy import CopyError, away, copy_ledger
from crawler.state.postgresql.server import without_password
from crawler.state.sql.sql_store import SqlStore


class Command(NewsreelCommand, ScrapyCommand):
    """Prints how many rows were copied, and their digest, which is that of both ledgers.

    Exit code 5 if they are not the same, or one cannot be read or written.
    """

    usage = "[options] copy FROM TO"
    summary = "Copy a whole ledger into another one, such as from SQLite to PostgreSQL"
    description = (
        "Copies all that the ledger FROM holds into the ledger TO, which must be new or empty, and "
        "compares them; both are given as in STATE_URI. Nobody may write to the archive in "
        "ARCHIVES_DIR meanwhile. TO has all of it at the end, or nothing. FROM stays as it is: "
        "set STATE_URI to TO from then on."
    )
    words = (3, 3)

    def check(self, words: list[str]) -> None:
        if words[0] != "copy":
            raise CommandLineError(f"{words[0]!r} is unknown; {self._usage()}")
        for name, uri in zip(("FROM", "TO"), words[1:], strict=True):
            try:
                backend(uri)
            except ValueError as error:
                raise BadArgumentError(name, without_password(uri), str(error)) from None
        if words[1] == words[2]:
            raise CommandLineError("FROM and TO are the same ledger")

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        _, source_uri, target_uri = words
        folder = self.reader.ARCHIVES_DIR
        try:
            with _alone(folder), ExitStack() as opened:
                if not store_exists(source_uri):
                    shown = without_password(source_uri)
                    raise BadArgumentError("FROM", shown, "there is no such ledger")
                source = open_store(source_uri, node=node_of(folder, source_uri))
                opened.enter_context(closing(source))
                node = begin_node(folder, target_uri) if folder.is_dir() else ""
                target = open_store(target_uri, node=node)
                opened.enter_context(closing(target))
                assert isinstance(source, SqlStore)
                assert isinstance(target, SqlStore)
                self._copy(source, target, without_password(target_uri))
        except (OSError, CopyError) as error:
            shown = f"{without_password(source_uri)} to {without_password(target_uri)}"
            raise StorageError(f"{shown}: {error}; nothing was copied") from None
        return 0

    def _copy(self, source: SqlStore, target: SqlStore, name: str) -> None:
        copied = copy_ledger(source, target, _tell)
        _print(f"{copied.counts.total()} rows copied and compared, digest {copied.digest}")
        if lacking := away(target):
            write_stderr(
                f"scrapy ledger: {len(lacking)} WARC files are on other machines, such as "
                f"{lacking[0].name} of {lacking[0].node}: with {name} nothing there is read"
            )


def _tell(table: str, rows: int) -> None:
    if rows:
        _print(f"{table}\t{rows}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Have the archive in *folder*, if there is one, alone."""
    if not folder.is_dir():
        yield
        return
    with locked(folder):
        yield
