"""``scrapy verify [PATH…]``: is everything there, whole, and what it claims to be?"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.archive.folder import Archive
from crawler.archive.repairing import repair_indexes, repair_texts, repair_uploads
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.fault import FileFault, FileRemark
from crawler.checks.warc_files import WarcVerification
from crawler.commands.base import (
    NewsreelCommand,
    check_readable,
    configured_archive,
    locked,
    storage_errors,
    warcs_kept,
)
from crawler.exceptions import BadArgumentError, CommandLineError, printable
from crawler.state.store import LedgerDamagedError


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a line for each repair, fault and kind of remark, then what was checked.

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

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--repair",
            action="store_true",
            help="first make text files and indexes again that are missing or damaged, "
            "from the WARC files",
        )

        parser.add_argument(
            "--uploaded",
            action="store_true",
            help="read uploaded files that are not here, instead of asking for size and digest",
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        paths = [Path(word) for word in words]
        for name in ("repair", "uploaded"):
            if paths and getattr(opts, name):
                raise CommandLineError(f"--{name} is for the archive in ARCHIVES_DIR: give no PATH")
        for path in paths:
            if not path.exists():
                raise BadArgumentError("PATH", str(path), "there is no such file or folder")
        with closing(WarcVerification(self.reader.workers)) as verification:
            for found in self._findings(paths, verification, opts):
                if not isinstance(found, str):
                    verification.tally.count(found)
                sys.stdout.write(f"{printable(str(found))}\n")
            sys.stdout.write(f"{verification.tally}\n")
        return 1 if verification.tally.faults else 0

    def _findings(
        self, paths: list[Path], verification: WarcVerification, opts: argparse.Namespace
    ) -> Iterator[FileFault | FileRemark | str]:
        if paths:
            yield from verification.check_files(paths)
            return
        archive = configured_archive(self.reader)
        with ExitStack() as stack:
            if opts.repair:
                stack.enter_context(locked(archive.folder))
            else:
                check_readable(archive.folder)
            stack.enter_context(storage_errors())
            if opts.repair:
                yield from _repair(archive)
            else:
                stack.enter_context(warcs_kept(archive))
            agreement = ArchiveAgreement(archive, verification, reads_uploaded=opts.uploaded)
            yield from agreement.faults()


def _repair(archive: Archive) -> Iterator[str]:
    """Repair what can be, and say what was; a ledger that is damaged is a fault to be named."""
    with suppress(LedgerDamagedError):
        store = archive.open_store()
        if store:
            with closing(store):
                yield from repair_texts(archive, store)
                yield from repair_uploads(archive, store)
    yield from repair_indexes(archive)
