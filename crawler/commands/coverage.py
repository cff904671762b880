"""``scrapy coverage [SOURCE]``: what the sites listed, against what is held."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack, closing
from difflib import get_close_matches

from scrapy.commands import ScrapyCommand

from crawler.commands.base import NewsreelCommand, configured_archive, storage_errors, warcs_kept
from crawler.exceptions import BadArgumentError, NewsreelError
from crawler.reports.reasons import REASONS
from crawler.rounds.coverage_texts import as_json, lines
from crawler.rounds.run_scope import LIMIT
from crawler.rounds.source_coverage import Coverage
from crawler.rounds.story_states import OUTDATED, State
from crawler.sources.known_services import services

_INCOMPLETE = 3


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a table for each source; exit code 3 if a story is unexplained."""

    usage = "[options] [source]"
    summary = "Say what became of every story that a site listed"
    description = (
        "Reads the archived lists again (REST API, feeds, sitemaps, section fronts), and looks in "
        "the ledger for each story that one of them names: held, dropped for a reason, gone, left "
        "out because nobody asked for it, or unexplained. Names the unexplained ones, and says "
        "how far the lists let it see. Only reads, and may run beside a crawl."
    )
    words = (0, 1)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--list",
            metavar="WHICH",
            default=str(State.UNEXPLAINED),
            help="name the stories in this state (held, dropped, gone, 'left out', unexplained), "
            "or with this reason of docs/reasons.md; by default the unexplained ones",
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        which = opts.list.replace("_", " ") if opts.list == "left_out" else opts.list
        if which not in (*State, *REASONS, LIMIT, OUTDATED, "missing"):
            raise BadArgumentError("--list", which, f"use {', '.join(State)}, or a reason")
        source = words[0] if words else ""
        archive = configured_archive(self.reader)
        known, timeout = services(self.reader.SOURCES_FILE), self.reader.WIRE_LINK_PAGE_TIMEOUT
        with ExitStack() as stack:
            with storage_errors():
                store = archive.open_store()
                if store is None:
                    lack = f"there is no ledger {archive.ledger_name}: run scrapy rebuild"
                    raise NewsreelError(lack)
                stack.enter_context(closing(store))
                stack.enter_context(warcs_kept(archive))
            found = Coverage(archive, store, known, source, timeout=timeout)
            coverage = stack.enter_context(found)
            if source and not coverage.sources:
                raise BadArgumentError("SOURCE", source, _hint(source, coverage.known_sources))
            if opts.json:
                sys.stdout.write(f"{json.dumps(as_json(coverage, which), indent=1)}\n")
            else:
                sys.stdout.writelines(f"{line}\n" for line in lines(coverage, which))
            return 0 if coverage.is_explained else _INCOMPLETE


def _hint(source: str, known: list[str]) -> str:
    near = get_close_matches(source, known, n=3) or known[:10]
    return f"no run of it is in the archive; there are {', '.join(near) or 'none at all'}"
