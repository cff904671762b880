"""``scrapy import PATH``: seed documents into the corpus."""

from __future__ import annotations

import argparse

from scrapy.exceptions import UsageError

from crawler.commands.crawl import Command as CrawlCommand


class Command(CrawlCommand):
    """Runs the ``seeds`` spider over one path."""

    def syntax(self) -> str:
        return "[options] <file or folder>"

    def short_desc(self) -> str:
        return "Import clean texts and raw REST posts into the corpus"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one document or folder")
        self.crawl("seeds", {**opts.spargs, "path": args[0]})
