"""Requests that a host's robots.txt forbids are not sent."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import NotConfigured

from crawler.exceptions import RobotsUnreadableError
from crawler.extensions import required
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.robots_rules import RobotsExtension
from crawler.handlers.host_delays import HostDelays
from crawler.settings_reader import SettingsReader


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, by RFC 9309: a robots.txt that cannot be read forbids its host.

    ``Crawl-delay`` is kept to, up to CRAWL_DELAY_MAX seconds.

    A replay makes the requests that the archive has, since older versions asked nevertheless.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = SettingsReader(crawler.settings)
        self._robots = required(crawler, RobotsExtension)
        self._replay = crawler.get_extension(ReplayExtension)
        self._longest = settings.CRAWL_DELAY_MAX
        self._delays = HostDelays(crawler)
        self._slowed: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not SettingsReader(crawler.settings).ROBOTSTXT_OBEY:
            raise NotConfigured
        return cls(crawler)

    async def process_request(self, request: Request) -> None:  # type: ignore[override]
        if request.meta.get("dont_obey_robotstxt") or not request.url.startswith("http"):
            return
        robots = await self._robots.ask(request.url)
        if robots.refusal and not (self._replay and self._replay.has(request.method, request.url)):
            raise RobotsUnreadableError(robots.refusal)
        if robots.rules:
            delay = self._robots.crawl_delay(robots)
            self._slow_down(request, delay)
            self.process_request_2(robots.rules, request)

    def _slow_down(self, request: Request, delay: float) -> None:
        key = self._delays.key(request)
        if delay > 0 and not self._replay and key not in self._slowed:
            self._slowed.add(key)
            self._delays.slow_down(key, min(delay, self._longest))
            self._stats.inc_value("robotstxt/crawl_delay")
