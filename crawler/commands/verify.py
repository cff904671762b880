"""``scrapy verify [PATH…]``: is everything there, whole, and what it claims to be?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.checks.archive_agreement import Audit
from crawler.checks.fault import Flaw
from crawler.checks.warc_files import Verification
from crawler.commands.base import archive_of, locked, reading
from crawler.exceptions import BadArgumentError, NewsreelError, printable


class Command(ScrapyCommand):
    """Prints one line a fault, then what was looked at; exit code 1 if there was any fault."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] [WARC file or folder ...]"

    def short_desc(self) -> str:
        return "Check the archive, or WARC files, and name every fault"

    def long_desc(self) -> str:
        return (
            "Checks that WARC files are whole and their digests right, and that ledger, index and "
            "text files agree with them; with a PATH, only that the WARC files there are whole and "
            "right. Prints a line for each fault (file:offset: what), and what was looked at."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, say what was found, and set ``exitcode``."""
        try:
            faults = self._verify([Path(arg) for arg in args])
        except NewsreelError as error:
            sys.stderr.write(f"scrapy verify: {printable(str(error))}\n")
            self.exitcode = error.exit_code
        else:
            self.exitcode = 1 if faults else 0

    def _verify(self, paths: list[Path]) -> int:
        for path in paths:
            if not path.exists():
                raise BadArgumentError("PATH", str(path), "there is no such file or folder")
        with closing(Verification()) as verification:
            for flaw in self._flaws(paths, verification):
                verification.tally.faults += 1
                sys.stdout.write(f"{printable(str(flaw))}\n")
            sys.stdout.write(f"{verification.tally}\n")
        return verification.tally.faults

    def _flaws(self, paths: list[Path], verification: Verification) -> Iterator[Flaw]:
        if paths:
            yield from verification.files(paths)
            return
        assert self.settings is not None
        archive = archive_of(self.settings)
        with locked(archive.folder), reading(archive):
            yield from Audit(archive, verification).flaws()
