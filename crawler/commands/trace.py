"""``scrapy trace FILE``: the record that a text was read from, or its very bytes."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.checks.provenance import Trace, UntraceableError, find, trace
from crawler.commands.base import archive_of, reading, shown
from crawler.exceptions import BadArgumentError, NewsreelError, printable


class Command(ScrapyCommand):
    """Prints ``name: value`` lines; exit code 1 if something does not agree."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] <text file>"

    def short_desc(self) -> str:
        return "Say where a text comes from"

    def long_desc(self) -> str:
        return (
            "Names the record, URL, capture date, digest and extractor that a text file of the "
            "corpus came from, and checks them. The last line is 'verified: yes' or what differs."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--payload",
            action="store_true",
            help="write the bytes that the text was read from, content encoding kept, to stdout",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Trace, print, and set ``exitcode``."""
        if len(args) != 1:
            raise UsageError("name one text file")
        try:
            found = self._trace(args[0])
            if opts.payload:
                _write_payload(found)
            else:
                sys.stdout.write(_lines(found))
        except UntraceableError as error:
            self._fail(error, 1)
        except NewsreelError as error:
            self._fail(error, error.exit_code)
        else:
            self.exitcode = 1 if found.differences else 0

    def _trace(self, file: str) -> Trace:
        assert self.settings is not None
        archive = archive_of(self.settings)
        with reading(archive):
            try:
                path = find(archive, file)
            except FileNotFoundError as error:
                raise BadArgumentError("FILE", file, str(error)) from None
            store = archive.store()
            if store is None:
                raise UntraceableError(f"there is no ledger {archive.ledger}: run scrapy rebuild")
            with closing(store):
                return trace(archive, store, path)

    def _fail(self, error: Exception, exit_code: int) -> None:
        sys.stderr.write(f"scrapy trace: {printable(str(error))}\n")
        self.exitcode = exit_code


def _write_payload(found: Trace) -> None:
    for piece in found.payload():
        sys.stdout.buffer.write(piece)
    for difference in found.differences:
        sys.stderr.write(f"scrapy trace: {printable(difference)}\n")


def _lines(found: Trace) -> str:
    verdicts = [("verified", difference) for difference in found.differences]
    lines = [*found.lines, *(verdicts or [("verified", "yes")])]
    return "".join(f"{name.replace('_', '-')}: {shown(value)}\n" for name, value in lines)
