"""``scrapy verify [PATH…]``: is everything there, whole, and what it claims to be?"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.fault import FileFault, FileRemark
from crawler.checks.warc_files import WarcVerification
from crawler.commands.base import NewsreelCommand, configured_archive, locked, storage_errors
from crawler.exceptions import BadArgumentError, printable


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a line for each fault and each kind of remark, then what was checked.

    Exit code 1 if there was a fault.
    """

    usage = "[options] [WARC file or folder ...]"
    summary = "Check the archive, or WARC files, and name every fault"
    description = (
        "Checks that WARC files are whole and their digests right, and that ledger, index and "
        "text files agree with them; with a PATH, only that the WARC, ARC and WACZ files there are "
        "whole and right. Prints a line for each fault (file:offset: what), one for what is out "
        "of the standard and loses nothing (file:offset: remark: what), and what was looked at."
    )
    words = (0, math.inf)

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        paths = [Path(word) for word in words]
        for path in paths:
            if not path.exists():
                raise BadArgumentError("PATH", str(path), "there is no such file or folder")
        with closing(WarcVerification(self.reader.workers)) as verification:
            for found in self._findings(paths, verification):
                verification.tally.count(found)
                sys.stdout.write(f"{printable(str(found))}\n")
            sys.stdout.write(f"{verification.tally}\n")
        return 1 if verification.tally.faults else 0

    def _findings(
        self, paths: list[Path], verification: WarcVerification
    ) -> Iterator[FileFault | FileRemark]:
        if paths:
            yield from verification.check_files(paths)
            return
        archive = configured_archive(self.reader)
        with locked(archive.folder), storage_errors():
            yield from ArchiveAgreement(archive, verification).faults()
