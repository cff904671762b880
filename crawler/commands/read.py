"""``scrapy read URL…``: what would be written of a page, what would not, and by which rule."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import SETTINGS_PRIORITIES

from crawler.commands.base import NewsreelCommand
from crawler.commands.page_facts import PageFacts, lines
from crawler.commands.run_sequence import run_alone
from crawler.crawling.page_reading import NoAnswer, PageReading
from crawler.disk import replacement
from crawler.exceptions import BadArgumentError, CommandLineError, StorageError
from crawler.items import RecordRef
from crawler.pages.explained_page import Explained, explain
from crawler.pages.page_job import PageJob
from crawler.pages.page_rules import PageRulesByHost
from crawler.pages.painted_page import paint
from crawler.processes import ChildEndedError
from crawler.shared_processes import LimitedFunction
from crawler.sources.arguments import default_source, site_address

_NO_TEXT = 3
_MOST_BYTES = 32 << 20
_STANDARD_INPUT = "-"
_LONGEST_SHOWN = 100
_ABOVE_ALL = 1 + max(SETTINGS_PRIORITIES.values())
_SETTINGS = {
    # It is no run of a source: it has no report, and no article comes of it.
    "EXTENSIONS": {
        "crawler.extensions.redacted_log.RedactedLogExtension": 0,
        "crawler.extensions.archive_lock.ArchiveLockExtension": 2,
        "crawler.extensions.ledger.LedgerExtension": 4,
        "crawler.extensions.archive.ArchiveExtension": 5,
        "crawler.extensions.robots_rules.RobotsExtension": 9,
    },
    "ITEM_PIPELINES": {},
    "FEEDS": {},
}


class Command(NewsreelCommand, ScrapyCommand):
    """Exit code 3 if one of the pages gives no text."""

    usage = "[options] <URL…, a file with --url, or ->"
    summary = "Show what would be written of a page, what was left out, and by which rule"
    description = (
        "Fetches pages of stories, or posts of a REST API, and archives the answers; no text is "
        "written. Shows title, day, authors, agency and paragraphs, what was left out and by "
        "which rule, and whether it would be written. A saved page is read offline: scrapy read "
        "FILE --url ADDRESS, or - for standard input. -s SOURCES_FILE=FILE tries your own rules."
    )
    words = (1, float("inf"))
    runs_spiders = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", default="", help="where a saved page is from")
        parser.add_argument(
            "--html", metavar="FILE", type=Path, help="paint the pages into FILE: taken and left"
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        rules = PageRulesByHost.load(self.reader.SOURCES_FILE)
        answers = _saved(words, opts.url)
        if answers is None:
            fetched = self._fetch([site_address("URL", word) for word in words])
            if isinstance(fetched, int):
                return fetched
            answers = fetched
        facts = PageFacts(self.reader)
        shown = [
            (page, facts.of(page, _record(it)))
            for url, it in answers.items()
            for page in self._explained(url, it, rules)
        ]
        for page, told in shown:
            sys.stdout.writelines(f"{line}\n" for line in lines(page, told))
        if opts.html:
            _write(opts.html, paint(shown))
        return _NO_TEXT if any(facts.gives_none(page) for page, _ in shown) else 0

    def _explained(
        self, url: str, answer: Response | NoAnswer, rules: PageRulesByHost
    ) -> list[Explained]:
        if isinstance(answer, NoAnswer):
            return [Explained(url=url, reason=answer.reason, evidence=answer.evidence)]
        if not isinstance(answer, TextResponse):
            return [Explained(url=answer.url, reason="not_html")]
        job = PageJob.from_response(
            answer,
            source=default_source(answer.url),
            record=_record(answer),
            captions=self.reader.CLEAN_CAPTIONS,
            rules=rules.find(answer.url),
        )
        limited = LimitedFunction(explain, limit=self.reader.WIRE_PAGE_TIMEOUT)
        try:
            return limited.wait_for(job)
        except ChildEndedError as error:
            return [Explained(url=answer.url, reason="page_timeout", evidence=str(error))]
        finally:
            limited.close()

    def _fetch(self, urls: Sequence[str]) -> dict[str, Response | NoAnswer] | int:
        """Return the answers by address, or the exit code of a run that was ended."""
        settings = self.reader.settings
        for name, value in _SETTINGS.items():
            settings.set(name, value, _ABOVE_ALL)
        reading = run_alone(settings, PageReading, {"urls": list(urls)}, self.refuse)
        if isinstance(reading, int):
            return reading
        answers = reading.answers
        return {url: answers.get(url, NoAnswer("failed", "the run was ended")) for url in urls}


def _saved(words: list[str], url: str) -> dict[str, Response | NoAnswer] | None:
    """Return the page that is saved in a file; None if *words* are addresses to be fetched."""
    is_file = words[0] == _STANDARD_INPUT or (bool(url) or Path(words[0]).is_file())
    if not is_file:
        return None
    if len(words) > 1:
        raise CommandLineError("a saved page is read alone: one file, with its --url")
    if not url:
        raise CommandLineError(f"{words[0]} is a saved page: say where it is from, with --url URL")
    url = site_address("--url", url)
    try:
        body = _bytes_of(words[0])
    except OSError as error:
        raise BadArgumentError("FILE", words[0], error.strerror or str(error)) from None
    if len(body) > _MOST_BYTES:
        raise BadArgumentError("FILE", words[0], f"it has more than {_MOST_BYTES >> 20} MB")
    return {url: HtmlResponse(url, body=body)}


def _bytes_of(word: str) -> bytes:
    if word == _STANDARD_INPUT:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    with Path(word).open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _write(path: Path, html: str) -> None:
    try:
        with replacement(path, ".new", durable=False) as file:
            file.write(html.encode("utf-8", "replace"))
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error}") from error
    sys.stdout.write(f"painted  {path}\n")


def _record(answer: Response | NoAnswer) -> RecordRef | None:
    if isinstance(answer, NoAnswer) or answer.request is None:
        return None
    record: RecordRef | None = answer.meta.get("archive")
    return record
