"""``scrapy index [PATH…]``: the CDXJ of WARC files."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.archive.folder import open_warcs
from crawler.archive.nodes import node_of
from crawler.commands.base import NewsreelCommand, configured_archive, warcs_kept, write_stderr
from crawler.exceptions import BadArgumentError, StorageError
from crawler.storage.remote_file import StoredFile
from crawler.warc.archive_lines import IndexedFile
from crawler.warc.container import files_below, find_parts, is_archive
from crawler.warc.index_files import sort_lines, write_sorted
from crawler.warc.open_files import is_being_written
from crawler.warc.reader import Fault
from crawler.warc.reindex import lines_of_files, rebuild_index
from crawler.warc.writer import final_name


class Command(NewsreelCommand, ScrapyCommand):
    """Indexes whole records and names faults; exit code 1 if there was a fault."""

    usage = "[options] [WARC file or folder ...]"
    summary = "Make the index of the archive anew, or that of any WARC files"
    description = (
        "Without a PATH, writes ARCHIVES_DIR/index anew: one sorted CDXJ of all sealed WARC "
        "files. With PATHs, writes one sorted CDXJ for the WARC, ARC "
        "and WACZ files there, whoever wrote them. Damage is named, what is whole is indexed."
    )
    words = (0, math.inf)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="where the index of PATHs goes, default: stdout"
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        self._faults = 0
        if words:
            self._index([Path(word) for word in words], opts.output)
        elif opts.output:
            raise BadArgumentError("--output", opts.output, "name the WARC files to index")
        else:
            self._reindex()
        return 1 if self._faults else 0

    def _reindex(self) -> None:
        archive = configured_archive(self.reader)
        for path in open_warcs(archive.warcs):
            why = "it is being written" if is_being_written(path) else "the next crawl seals it"
            write_stderr(f"{path} is left out: {why}")
        try:
            find = partial(archive.sealed, node_of(archive.folder, archive.ledger_uri))
            with warcs_kept(archive):
                rebuild_index(find, archive.index, self._write_fault, workers=self.reader.workers)
        except OSError as error:
            raise StorageError(f"the index was not written: {error}") from error

    def _index(self, paths: list[Path], output: str | None) -> None:
        files = [file for given in paths for file in self._archives(given)]
        scratch = Path(output).parent if output else Path(tempfile.gettempdir())
        try:
            lines = lines_of_files(files, self._write_fault, workers=self.reader.workers)
            lines = sort_lines(lines, scratch)
            if output:
                write_sorted(Path(output), lines)
            else:
                sys.stdout.writelines(lines)
        except OSError as error:
            raise StorageError(f"the index was not written: {error}") from error

    def _archives(self, given: Path) -> Iterator[IndexedFile]:
        """Yield the archives that *given* is or holds, each with its name in the index."""
        if given.is_dir():
            found = [file for file in files_below(given) if is_archive(final_name(file))]
            yield from (_others(file, file.relative_to(given).as_posix()) for file in found)
            if not found:
                self._write_fault(given, Fault(offset=0, length=0, reason="holds no archive"))
        elif given.exists():
            yield _others(given, given.name)
        else:
            raise BadArgumentError("PATH", str(given), "there is no such file or folder")

    def _write_fault(self, path: StoredFile, fault: Fault) -> None:
        self._faults += 1
        write_stderr(f"{path}:{fault.offset}: {fault.reason}")


def _others(path: Path, name: str) -> IndexedFile:
    with suppress(OSError):  # which is named when it is read
        if any(part.start >= path.stat().st_size for part in find_parts(path)):
            write_stderr(
                f"{path}: its WARCs are deflated: only a replay of ours finds records at the "
                "places in the index; scrapy wacz packs it as others read it"
            )
    return IndexedFile(path, name, is_ours=False)
