"""``scrapy rebuild``: ledger, text files and index from the WARC files alone."""

from __future__ import annotations

import argparse

from scrapy.commands import ScrapyCommand

from crawler.archive.rebuilding import Rebuild
from crawler.commands.base import archive_of, locked, reading, say
from crawler.exceptions import NewsreelError


class Command(ScrapyCommand):
    """Exit code 1 if a WARC file holds what cannot be read, 5 if something cannot be written."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Make ledger, text files and index anew from the WARC files"

    def long_desc(self) -> str:
        return (
            "Reads every WARC file of ARCHIVES_DIR. The old ledger is kept under another name, "
            "text files that have the right bytes stay untouched, and no WARC file changes but "
            "one that a crash left open, which is sealed."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Rebuild, print what was found, and set ``exitcode``."""
        assert self.settings is not None
        try:
            archive = archive_of(self.settings)
            with locked(archive.folder), reading(archive):
                rebuild = Rebuild(archive, say)
                rebuild.run()
        except NewsreelError as error:
            say(f"scrapy rebuild: {error}")
            self.exitcode = error.exit_code
            return
        counts = rebuild.counts
        print(  # noqa: T201 - the outcome
            f"{counts['warcs']} WARC files, {counts['articles']} articles, "
            f"{counts['texts/same']} text files as they were, {counts['texts/written']} written, "
            f"{counts['faults']} faults"
        )
        self.exitcode = 1 if counts["faults"] else 0
