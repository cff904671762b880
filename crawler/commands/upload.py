"""``scrapy upload``: what is sealed goes to ARCHIVE_UPLOAD now, without a crawl."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing

from scrapy.commands import ScrapyCommand

from crawler.archive.uploads import Uploader, UploadError, UploadPlace
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    storage_errors,
    write_stderr,
    writing_beside_others,
)
from crawler.exceptions import BadArgumentError, NewsreelError
from crawler.state.store import WarcFile

_NOT_ALL = 3


class Command(NewsreelCommand, ScrapyCommand):
    """Exit code 3 if a file could not be uploaded, or removed: it is named, and stays here."""

    usage = "[options]"
    summary = "Upload sealed WARC files to ARCHIVE_UPLOAD"
    description = (
        "Uploads the sealed WARC files that are not uploaded yet, each with its index and its "
        "texts, checks them by size and digest, and notes that in the ledger. Uploaded files older "
        "than ARCHIVE_KEEP_LOCAL are removed here, once their objects are checked again. Runs and "
        "rounds do all that themselves; it works beside them."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what there is to be done")

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        prefix = self.reader.ARCHIVE_UPLOAD
        if not prefix:
            raise BadArgumentError("ARCHIVE_UPLOAD", "", "name an address: s3://bucket/prefix")
        archive = configured_archive(self.reader)
        self._has_failed = False
        with writing_beside_others(archive.folder), storage_errors():
            store = archive.open_store()
            if store is None:
                raise NewsreelError(f"there is no ledger {archive.ledger_uri}: crawl first")
            with closing(store):
                uploader = Uploader(archive, store, UploadPlace(prefix))
                self._upload(uploader, is_dry=opts.dry_run)
                self._remove(uploader, is_dry=opts.dry_run)
        counts = uploader.counts
        if not opts.dry_run:
            sys.stdout.write(
                f"{prefix}: {counts['files']} WARC files ({counts['bytes'] / 1e6:.1f} MB) and "
                f"{counts['texts']} texts uploaded, {counts['removed']} files removed here\n"
            )
        return _NOT_ALL if self._has_failed else 0

    def _upload(self, uploader: Uploader, *, is_dry: bool) -> None:
        waiting = uploader.waiting()
        if is_dry:
            for warc in waiting:
                sys.stdout.write(f"to upload: {warc.name}, {warc.size / 1e6:.1f} MB\n")
        else:
            self._do(waiting, uploader.upload)

    def _remove(self, uploader: Uploader, *, is_dry: bool) -> None:
        keep = self.reader.ARCHIVE_KEEP_LOCAL
        if keep is None or self._has_failed:
            return
        removable = uploader.removable(keep)
        if is_dry:
            for warc in removable:
                sys.stdout.write(f"to remove here: {warc.name}, uploaded {warc.uploaded}\n")
        else:
            self._do(removable, uploader.remove)

    def _do(self, warcs: list[WarcFile], do: Callable[[WarcFile], None]) -> None:
        for number, warc in enumerate(warcs, 1):
            try:
                do(warc)
            except UploadError as error:
                self._has_failed = True
                write_stderr(f"{warc.name}: {error}")
            except OSError as error:  # of the store: it fails for all others too
                self._has_failed = True
                behind = len(warcs) - number
                rest = f"; {behind} more wait" if behind else ""
                write_stderr(f"{warc.name}: {error}{rest}")
                return
