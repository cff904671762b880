"""How long a site asks not to be read again: what its answers say, for the round to come."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from crawler.archive.run_end_records import ASKED_WAIT
from crawler.settings_reader import SettingsReader

BUSY = (429, 503)
"""The answers whose ``Retry-After`` (RFC 9110, 10.2.3) asks for a wait."""

_SECONDS = re.compile(rb"\s*([0-9]{1,9})\s*")


class AskedWaitsExtension:
    """Counts the seconds from the run's start that a busy host asks to be left in peace.

    A run rests for a while itself (RETRY_AFTER_MAX); the next one begins no earlier than was asked.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._started = datetime.now(UTC)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if settings.ARCHIVE_MODE == "replay" or not settings.RETRY_AFTER_MAX:
            raise NotConfigured
        extension = cls(crawler)
        crawler.signals.connect(extension.note_answer, signals.response_downloaded)
        return extension

    def note_answer(self, response: Response, request: Request) -> None:
        """Note what the *response* asks for."""
        if response.status not in BUSY:
            return
        now = datetime.now(UTC)
        if (seconds := asked_wait(response, now)) is not None:
            passed = (now - self._started).total_seconds()
            self._stats.max_value(ASKED_WAIT, math.ceil(passed + seconds))


def asked_wait(response: Response, now: datetime) -> float | None:
    """Return the seconds that *response* asks us to wait, None if it does not say."""
    value = response.headers.get("Retry-After") or b""
    if found := _SECONDS.fullmatch(value):
        return float(found[1])
    try:
        until = parsedate_to_datetime(value.decode("latin-1"))
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
