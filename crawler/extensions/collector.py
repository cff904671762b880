"""Python's garbage collector, kept from looking at modules again and again."""

from __future__ import annotations

import gc
from typing import ClassVar, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.settings_reader import SettingsReader


class GarbageCollectorExtension:
    """Takes what is loaded when the crawl begins out of the garbage collector's collections.

    Scrapy and Twisted leave cycles of garbage with every request, and each full collection would
    go through all modules again. A collection begins after *threshold* new objects
    (https://docs.python.org/3/library/gc.html#gc.freeze, #gc.set_threshold).

    It does so once a process: a freeze while other crawls run would keep their garbage for ever.
    """

    _has_frozen: ClassVar[bool] = False

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if not settings.COLLECTOR_FREEZE:
            raise NotConfigured  # as asked: nothing to warn of
        extension = cls(settings.COLLECTOR_THRESHOLD)
        crawler.signals.connect(extension.freeze, signals.engine_started)
        return extension

    def freeze(self) -> None:
        """Collect once, then leave what exists alone, and collect less often."""
        if GarbageCollectorExtension._has_frozen:
            return
        GarbageCollectorExtension._has_frozen = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(self._threshold, *gc.get_threshold()[1:])
