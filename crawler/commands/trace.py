"""``scrapy trace FILE``: the record that a text was read from, or its very bytes."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing

from scrapy.commands import ScrapyCommand

from crawler.checks.provenance import Trace, UntraceableError, find_text_file, trace
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    escaped,
    storage_errors,
    write_stderr,
)
from crawler.exceptions import BadArgumentError, NewsreelError


class Command(NewsreelCommand, ScrapyCommand):
    """Prints ``name: value`` lines; exit code 1 if text and record do not agree."""

    usage = "[options] <text file>"
    summary = "Say where a text comes from"
    description = (
        "Names the record, URL, capture date, digest and extractor that a text file of the "
        "corpus came from, and checks them. The last line is 'verified: yes' or what differs."
    )
    words = (1, 1)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--payload",
            action="store_true",
            help="write the bytes that the text was read from, content encoding kept, to stdout",
        )

        parser.add_argument(
            "--history",
            action="store_true",
            help="add the life of the text: collected, revised, re-dated, updated, gone, back",
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        try:
            found = self._trace(words[0], history=opts.history)
            if opts.payload:
                _write_payload(found)
            else:
                sys.stdout.write(_lines(found))
        except UntraceableError as error:
            raise NewsreelError(str(error)) from None
        return 1 if found.differences else 0

    def _trace(self, file: str, *, history: bool) -> Trace:
        archive = configured_archive(self.reader)
        with storage_errors(), ExitStack() as stack:
            if store := archive.open_store():
                stack.enter_context(closing(store))
            try:
                path = find_text_file(archive, file, store)
            except FileNotFoundError as error:
                raise BadArgumentError("FILE", file, str(error)) from None
            if store is None:
                raise UntraceableError(
                    f"there is no ledger {archive.ledger_name}: run scrapy rebuild"
                )
            return trace(archive, store, path, history=history)


def _write_payload(found: Trace) -> None:
    for piece in found.payload():
        sys.stdout.buffer.write(piece)
    for difference in found.differences:
        write_stderr(f"scrapy trace: {difference}")


def _lines(found: Trace) -> str:
    verdicts = [("verified", difference) for difference in found.differences]
    lines = [*found.lines, *(verdicts or [("verified", "yes")])]
    return "".join(f"{name.replace('_', '-')}: {escaped(value)}\n" for name, value in lines)
