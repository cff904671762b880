"""Pages that somebody wants to look at one by one: fetched and archived, and nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawling.failures import failed_request, failure_message
from crawler.exceptions import why_no_answer
from crawler.sources.site import ports_of, site_domain

READING = "read"
"""The spider of runs that no text came of: a replay leaves them out."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is no answer: a ``reason`` of `crawler.reports.reasons`, and what was seen."""

    reason: str
    evidence: str


class PageReading(Spider):
    """Asks for the pages at *urls*; their answers are in ``answers``, or why there is none."""

    name = READING
    # The body of an error says what went wrong.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}  # noqa: RUF012 - Scrapy's own form

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__(self.name)
        self.arguments = {"urls": " ".join(urls)}
        self.urls = urls
        self.allowed_domains = [*dict.fromkeys(map(site_domain, urls))]
        self.allowed_ports = ports_of(urls)
        self.answers: dict[str, Response | NoAnswer] = {}

    async def start(self) -> AsyncIterator[Any]:
        for url in self.urls:
            yield Request(
                url, self.note, errback=self.miss, cb_kwargs={"asked": url}, dont_filter=True
            )

    def note(self, response: Response, asked: str) -> None:
        """Keep an answer."""
        self.answers[asked] = response

    def miss(self, failure: Failure) -> None:
        """Keep why there is no answer."""
        why = NoAnswer(why_no_answer(failure.value), failure_message(failure))
        self.answers[failed_request(failure).cb_kwargs["asked"]] = why
