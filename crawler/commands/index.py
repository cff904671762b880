"""``scrapy index [PATH…]``: where in WARC files what lies, as CDXJ."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.commands.base import locked, say
from crawler.exceptions import BadArgumentError, NewsreelError, StorageError, printable
from crawler.warc.index_files import sort_lines, write_sorted
from crawler.warc.reader import Fault
from crawler.warc.reindex import all_lines, reindex
from crawler.warc.writer import OPEN_SUFFIX

_WARCS = (".warc", ".warc.gz", f".warc.gz{OPEN_SUFFIX}")


class Command(ScrapyCommand):
    """Indexes what is whole and names what is not; exit code 1 if there was any of the latter."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] [WARC file or folder ...]"

    def short_desc(self) -> str:
        return "Make the index of the archive anew, or that of any WARC files"

    def long_desc(self) -> str:
        return (
            "Without a PATH, writes ARCHIVES_DIR/index anew: a sorted CDXJ file for each sealed "
            "WARC, and index.cdxj with all lines. With PATHs, writes one sorted CDXJ for the WARC "
            "files there. Damage in a WARC is named, what is whole is indexed."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="where the index of PATHs goes, default: stdout"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Index, name what could not be, and set ``exitcode``."""
        self.exitcode = 0
        try:
            if args:
                self._index([Path(arg) for arg in args], opts.output)
            elif opts.output:
                raise BadArgumentError("--output", opts.output, "name the WARC files to index")
            else:
                self._reindex()
        except NewsreelError as error:
            sys.stderr.write(f"scrapy index: {printable(str(error))}\n")
            self.exitcode = error.exit_code

    def _reindex(self) -> None:
        assert self.settings is not None
        archives = Path(self.settings["ARCHIVES_DIR"])
        if not archives.is_dir():
            raise BadArgumentError("ARCHIVES_DIR", str(archives), "there is no such folder")
        with locked(archives):
            for path in sorted((archives / "warc").glob(f"*{OPEN_SUFFIX}")):
                say(f"{path} is left out: the next crawl seals it")
            warcs = sorted((archives / "warc").glob("*.warc.gz"))
            try:
                reindex(warcs, archives / "index", self._name)
            except OSError as error:
                raise StorageError(f"the index was not written: {error}") from error

    def _index(self, paths: list[Path], output: str | None) -> None:
        files = [file for given in paths for file in _warcs(given)]
        scratch = Path(output).parent if output else Path(tempfile.gettempdir())
        try:
            lines = sort_lines(all_lines(files, self._name), scratch)
            if output:
                write_sorted(Path(output), lines)
            else:
                sys.stdout.writelines(lines)
        except OSError as error:
            raise StorageError(f"the index was not written: {error}") from error

    def _name(self, path: Path, fault: Fault) -> None:
        self.exitcode = 1
        say(f"{path}:{fault.offset}: {fault.reason}")


def _warcs(given: Path) -> Iterator[tuple[str, Path]]:
    """The WARC files that *given* is or holds, each with its name in the index."""
    if given.is_dir():
        found = [path for path in sorted(given.rglob("*")) if path.name.endswith(_WARCS)]
        yield from ((path.relative_to(given).as_posix(), path) for path in found)
    elif given.exists():
        yield given.name, given
    else:
        raise BadArgumentError("PATH", str(given), "there is no such file or folder")
