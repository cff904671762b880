"""Log lines without passwords."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import without_userinfo

_HIDDEN: Counter[str] = Counter()
"""What the runs under way hide, and how many do: the log is that of the process, and Scrapy makes
its handler anew with each crawl."""


class RedactedLogExtension:
    """Takes what is secret out of every line that anybody logs, in tracebacks too.

    That is ``user:password@`` in any address, and what any run under way hides.
    """

    def __init__(self) -> None:
        self._hidden: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        _redact_log()
        extension = cls()
        # Scrapy makes its handler anew between the extensions and the start.
        crawler.signals.connect(_redact_log, signals.engine_started)
        crawler.signals.connect(extension.end, signals.engine_stopped)
        return extension

    def hide(self, secrets: Iterable[str]) -> None:
        """Keep *secrets* out of the log until the run ends."""
        for secret in filter(None, secrets):
            self._hidden.append(secret)
            _HIDDEN[secret] += 1

    def end(self) -> None:
        """Forget the secrets of the run, unless another one has them too."""
        for secret in self._hidden:
            _HIDDEN[secret] -= 1
            if not _HIDDEN[secret]:
                del _HIDDEN[secret]
        self._hidden.clear()


def _redact_log() -> None:
    for handler in logging.root.handlers:
        if not isinstance(handler.formatter, _RedactingFormatter):
            handler.setFormatter(_RedactingFormatter(handler.formatter or logging.Formatter()))


class _RedactingFormatter(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        line = without_userinfo(self._inner.format(record))
        for secret in (*_HIDDEN,):  # other threads log too
            line = line.replace(secret, "[redacted]")
        return line
