"""``scrapy worker``: reads what the queue of many machines has for it, until it is stopped."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from importlib.util import find_spec

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess

from crawler.commands import round_results
from crawler.commands.base import NewsreelCommand
from crawler.commands.reactor_run import run_in_reactor
from crawler.commands.report_updates import PageUpdates
from crawler.commands.round_display import display
from crawler.commands.round_notices import RoundNotices
from crawler.commands.round_results import RunResult
from crawler.commands.source_runs import set_for_many_runs, sources_to_read
from crawler.commands.worker_runner import WorkerRunner
from crawler.commands.worker_sources import Chosen
from crawler.exceptions import BadArgumentError
from crawler.state.postgresql.server import without_password

EXTRA = "psycopg and procrastinate are not installed: pip install 'newsreel[postgres]'"


class Command(NewsreelCommand, ScrapyCommand):
    """It ends by a signal, or when storage fails (docs/exit-codes.md)."""

    requires_crawler_process = True
    runs_spiders = True
    usage = "[options] [KEY ...]"
    summary = "Read what is due, as one of many workers that share a ledger"
    description = (
        "Takes jobs out of the queue in PostgreSQL, each of which reads one source, and goes on "
        "until it is stopped. Any number of workers, on any number of machines, share the ledger "
        "(STATE_URI); each has an archives folder of its own (docs/scale.md)."
    )
    words = (0, float("inf"))

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--tag", default="", help="only sources that have this tag")
        parser.add_argument(
            "--concurrency", metavar="N", help="sources that it reads at once (ROUND_CONCURRENCY)"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if opts.concurrency is not None:
            self.settings.set("ROUND_CONCURRENCY", opts.concurrency, priority="cmdline")
        super().process_options(args, opts)
        set_for_many_runs(self.settings)

    def check(self, words: list[str]) -> None:
        if self.reader.ARCHIVE_MODE == "replay":
            raise BadArgumentError("ARCHIVE_MODE", "replay", "a worker asks the sites")
        if not self.reader.has_queue:
            fix = "workers share a ledger in PostgreSQL: postgresql://USER@HOST/DATABASE"
            raise BadArgumentError("STATE_URI", without_password(self.reader.STATE_URI), fix)
        if find_spec("procrastinate") is None:
            raise BadArgumentError("STATE_URI", without_password(self.reader.STATE_URI), EXTRA)

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        process = self.crawler_process
        assert isinstance(process, AsyncCrawlerProcess)
        sources = sources_to_read(self.reader, words, opts.tag)
        notices = RoundNotices(sources, self.reader.HEALTH_NOTIFY, watch=True)
        codes: Counter[int] = Counter()
        pages = PageUpdates(self.reader)
        with display(len(sources)) as shown:

            def ended(result: RunResult) -> None:
                codes[result.exit_code] += 1
                shown.ended(result)
                pages.update_if_due()

            runner = WorkerRunner(
                process, Chosen(words, opts.tag), notices, on_start=shown.started, on_end=ended
            )
            error = run_in_reactor(process, runner.run())
        sys.stdout.write(f"{codes.total():,} runs\n")
        if error:
            return self.refuse(error)
        return round_results.exit_code(codes, runner.signals.received)
