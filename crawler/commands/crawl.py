"""``scrapy crawl``, with an exit code that says how it went."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from io import TextIOWrapper

from scrapy.commands.crawl import Command as ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.spiderloader import get_spider_loader

from crawler.commands.base import NewsreelCommand
from crawler.commands.report_updates import update_pages
from crawler.commands.run_sequence import PlannedRun, RunSequence
from crawler.commands.shared_feeds import SharedFeeds
from crawler.exceptions import CommandLineError
from crawler.extensions import required
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.replay_index import ReplayIndex
from crawler.extensions.report import ReportExtension
from crawler.reports.run import summary

_SCRAPYS_OWN = ("self", "cls", "crawler", "crawler_or_spidercls")
"""Parameters of the methods through which Scrapy hands arguments to a spider."""


class Command(NewsreelCommand, ScrapyCommand):
    """Scrapy's command; the run's outcome becomes the exit code (docs/exit-codes.md).

    A replay is as many runs as the archive holds of the spider and its source, in their order.
    """

    requires_crawler_process = True
    runs_spiders = True
    usage = "[options] <spider>"
    summary = "Run a spider of the project, by name"
    words = (1, 1)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        # Scrapy makes a dict of the arguments, in which the last one wins.
        self.argument_names = [text.partition("=")[0] for text in opts.spargs]
        super().process_options(args, opts)

    def check(self, words: list[str]) -> None:
        check_argument_names(self.argument_names)
        known = get_spider_loader(self.reader.settings).list()
        if words[0] not in known:
            names = ", ".join(sorted(known))
            raise CommandLineError(f"there is no spider {words[0]!r}; the spiders are {names}")

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        return self.crawl(words[0], opts.spargs)

    def crawl(self, spider: str, arguments: dict[str, str]) -> int:
        """Run *spider* to its end and return the exit code. Raise `NewsreelError`."""
        assert self.crawler_process is not None
        feeds = SharedFeeds()

        def next_run(before: Crawler | None) -> PlannedRun | None:
            replay = before.get_extension(ReplayExtension) if before else None
            if before and not (replay and replay.next_run):
                return None
            crawler = self._create_crawler(spider)
            feeds.gather()
            if replay:
                crawler.settings.set("REPLAY_RUN", replay.next_run, priority="cmdline")
                feeds.share(crawler.settings)
            return crawler, arguments

        runs = RunSequence(
            self.crawler_process, next_run, refuse=self.refuse, on_end=_print_summary
        )
        with ReplayIndex.held():
            runs.begin()
            self.crawler_process.start()
        feeds.finish()
        return update_pages(self.reader, runs.exit_code)


def check_argument_names(names: list[str]) -> None:
    """Raise `CommandLineError` for an argument that is given twice or is one of Scrapy's own."""
    for name, count in Counter(names).items():
        if count > 1:
            raise CommandLineError(f"-a {name}=… is given {count} times; give it once")
        if name in _SCRAPYS_OWN:
            raise CommandLineError(f"no spider has an argument -a {name}=…")


def _print_summary(crawler: Crawler) -> None:
    """Write the summary of the run to the terminal."""
    report = required(crawler, ReportExtension).report
    to_stdout = not any(str(uri).startswith("stdout:") for uri in crawler.settings["FEEDS"])
    stream = sys.stdout if to_stdout else sys.stderr
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Unicode
    stream.write(summary(report))
