"""Python's garbage collector, told what lives as long as the run."""

from __future__ import annotations

import gc
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.settings_reader import SettingsReader


class CollectorExtension:
    """Takes all that is loaded when the crawl begins out of the collector's rounds.

    Scrapy and Twisted leave garbage in cycles with every request; each full round would look
    through all modules for it again. *threshold* is how many new objects begin a round
    (https://docs.python.org/3/library/gc.html#gc.freeze, #gc.set_threshold).
    """

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if not settings.COLLECTOR_FREEZE:
            raise NotConfigured("COLLECTOR_FREEZE is off")
        extension = cls(settings.COLLECTOR_THRESHOLD)
        crawler.signals.connect(extension.freeze, signals.engine_started)
        return extension

    def freeze(self) -> None:
        """Collect once more, leave what is left alone, and come less often."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(self._threshold, *gc.get_threshold()[1:])
