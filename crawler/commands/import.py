"""``scrapy import PATH``: seed documents into the corpus."""

from __future__ import annotations

import argparse

from crawler.commands.crawl import Command as CrawlCommand
from crawler.commands.crawl import check_argument_names
from crawler.crawling.seed_documents import documents_in


class Command(CrawlCommand):
    """Runs the ``seeds`` spider over one path."""

    usage = "[options] <file or folder>"
    summary = "Import clean texts and raw REST posts into the corpus"

    def check(self, words: list[str]) -> None:
        check_argument_names([*self.argument_names, "path"])
        if self.reader.ARCHIVE_MODE != "replay":
            documents_in(words[0])

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        return self.crawl("seeds", {**opts.spargs, "path": words[0]})
