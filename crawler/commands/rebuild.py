"""``scrapy rebuild``: ledger, text files and index from the WARC files alone."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import ScrapyCommand

from crawler.archive.rebuilding import NothingToRebuildError, Rebuild
from crawler.archive.uploads import UploadPlace
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    locked,
    storage_errors,
    write_stderr,
)
from crawler.commands.report_updates import REPORTS, opened
from crawler.exceptions import BadArgumentError, NewsreelError
from crawler.rounds.report_pages import rebuild_pages
from crawler.settings_reader import checked, upload_address
from crawler.storage.remote_file import RemoteFile


class Command(NewsreelCommand, ScrapyCommand):
    """Exit code 1 if a WARC file has faults or there is none, 5 if something cannot be written."""

    usage = "[options]"
    summary = "Make ledger, text files and index anew from the WARC files"
    description = (
        "Reads every WARC file of ARCHIVES_DIR. The old ledger is kept under another name, "
        "text files that have the right bytes stay untouched. No WARC file changes but one that "
        "a crash left open, which is sealed, and one with many records in a gzip member, which is "
        "written anew; what it was is kept beside it."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--from",
            dest="prefix",
            default="",
            metavar="ADDRESS",
            help="with the WARC files that were uploaded there too, s3://bucket/prefix; default: "
            "ARCHIVE_UPLOAD",
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        archive = configured_archive(self.reader)
        with locked(archive.folder), storage_errors():
            rebuild = Rebuild(archive, write_stderr, self._uploaded(opts.prefix))
            try:
                rebuild.run()
            except NothingToRebuildError as error:
                raise NewsreelError(str(error)) from None
            with opened(archive) as store:
                rebuild_pages(archive.folder / REPORTS, store, write_stderr)
        counts = rebuild.counts
        sys.stdout.write(
            f"{counts['warcs']} WARC files, {counts['articles']} articles, "
            f"{counts['texts/same']} text files as they were, {counts['texts/written']} written, "
            f"{counts['faults']} faults\n"
        )
        return 1 if counts["faults"] else 0

    def _uploaded(self, prefix: str) -> list[RemoteFile]:
        """Return the WARC files below *prefix*, or else ARCHIVE_UPLOAD. Raises OSError."""
        if prefix:
            prefix = checked("--from", prefix, upload_address)
        place = prefix or self.reader.ARCHIVE_UPLOAD
        found = list(UploadPlace(place).warcs()) if place else []
        if prefix and not found:
            raise BadArgumentError("--from", prefix, "there is no WARC file below its warc/")
        return found
