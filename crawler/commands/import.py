"""``scrapy import PATH``: seed documents into the corpus."""

from __future__ import annotations

import argparse

from crawler.commands.crawl import Command as CrawlCommand


class Command(CrawlCommand):
    """Runs the ``seeds`` spider over one path."""

    usage = "[options] <file or folder>"
    summary = "Import clean texts and raw REST posts into the corpus"

    def check(self, words: list[str]) -> None:
        """Leave the path to the spider."""

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        return self.crawl("seeds", {**opts.spargs, "path": words[0]})
