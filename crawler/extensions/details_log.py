"""What the report of a run says beyond its counts: noted while it goes on, filled in at its end."""

from __future__ import annotations

import logging
import platform
import re
import resource
from functools import cache
from html import unescape
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from itemadapter import ItemAdapter
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import __version__
from crawler.exceptions import ArticleDropped, without_userinfo
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.robots_rules import Robots, RobotsExtension
from crawler.reports.run import RunReport
from crawler.reports.run_details import MOST_EXAMPLES, HostTraffic, example, is_wanted
from crawler.settings_reader import SettingsReader
from crawler.text.article import EXTRACTOR
from crawler.warc.runs import without_secrets

logger = logging.getLogger(__name__)

_MOST_HOSTS = 500
_OTHERS = "other hosts"
_DAY = 10  # characters
_LONGEST_MARKUP = 5_000
_TAG = re.compile(r"<[^<>]*>?")
_LIBRARIES = ("scrapy", "twisted", "lxml", "resiliparse", "trafilatura")


class DetailsLog:
    """Notes for *report* what came, how its hosts were asked, and examples of texts."""

    def __init__(self, crawler: Crawler, report: RunReport) -> None:
        self._crawler = crawler
        self._report = report
        for handler, signal in (
            (self._opened, signals.spider_opened),
            (self._came, signals.item_scraped),
            (self._dropped, signals.item_dropped),
            (self._asked, signals.request_reached_downloader),
            (self._answered, signals.response_downloaded),
        ):
            crawler.signals.connect(handler, signal)

    def _opened(self) -> None:
        """Note how the run of the source before this one ended."""
        ledger, report = self._crawler.get_extension(LedgerExtension), self._report
        if ledger is None:
            return
        try:
            before = ledger.store.last_run(report.source)
        except OSError as error:
            logger.warning("The run before this one is not known: %s", error)
            return
        if before and before.spider == report.spider:
            report.previous = {
                "run": before.id,
                "started": before.started,
                "ended": before.ended,
                "exit_code": before.exit_code,
                "counts": dict(before.counts),
            }

    def _came(self, item: Any) -> None:
        if not ItemAdapter.is_item(item):
            return
        fields = ItemAdapter(item)
        text, flags = str(fields.get("text") or ""), fields.get("flags") or ()
        report = self._report
        report.came.add(
            day=str(fields.get("date") or "")[:_DAY],
            source=str(fields.get("source") or ""),
            language=str(fields.get("language") or "")[:99],
            agency=str(fields.get("agency") or "")[:99],
            characters=len(text),
        )
        found, examples = None, report.examples
        if len(examples.came) < MOST_EXAMPLES:
            found = _example(fields)
            examples.came.append(found)
        for flag in flags:
            if is_wanted(examples.flagged, str(flag)):
                found = found or _example(fields)
                examples.flagged.setdefault(str(flag), []).append(found)

    def _dropped(self, item: Any, exception: Exception) -> None:
        is_ours = isinstance(exception, ArticleDropped)
        kind = exception.reason if isinstance(exception, ArticleDropped) else "own_choice"
        if (is_ours and kind in ("duplicate", "earlier")) or not ItemAdapter.is_item(item):
            return
        dropped = self._report.examples.dropped
        if is_wanted(dropped, kind):
            found = _example(ItemAdapter(item), str(exception))
            dropped.setdefault(kind, []).append(found)

    def _asked(self, request: Request) -> None:
        self._host(request).requests += 1

    def _answered(self, response: Response, request: Request) -> None:
        host = self._host(request)
        seconds = float(request.meta.get("download_latency") or 0.0)
        host.answered(response.status, len(response.body), seconds)
        engine = self._crawler.engine
        slot = engine and engine.downloader.slots.get(request.meta.get("download_slot", ""))
        if slot:
            host.delay = slot.delay

    def _host(self, request: Request) -> HostTraffic:
        hosts, name = self._report.hosts, _netloc(request.url)
        if name not in hosts:
            name = name if len(hosts) < _MOST_HOSTS else _OTHERS
            hosts.setdefault(name, HostTraffic())
        return hosts[name]

    def fill_in(self) -> None:
        """Fill in what is known at the end."""
        report = self._report
        usage = resource.getrusage(resource.RUSAGE_SELF)
        report.memory = usage.ru_maxrss * (1 if platform.system() == "Darwin" else 1024)
        report.archived_bytes = report.stats.get("archive/bytes", 0)
        report.settings = without_secrets(SettingsReader(self._crawler.settings).told())
        report.versions = _versions()
        if robots := self._crawler.get_extension(RobotsExtension):
            for name, host in report.hosts.items():
                if known := robots.known(f"http://{name}/"):
                    host.robots = _said(known, obeys=robots.obeys)
                    host.crawl_delay = robots.crawl_delay(known)


def _example(fields: ItemAdapter, detail: str = "") -> Any:
    url = without_userinfo(str(fields.get("url") or fields.get("guid") or ""))
    return example(
        str(fields.get("title") or ""),
        url,
        _text(fields),
        str(fields.get("file") or ""),
        without_userinfo(detail).removeprefix(f"{url}: "),
    )


def _text(fields: ItemAdapter) -> str:
    """Return the text, or the beginning of what was published where no text came of it."""
    if text := fields.get("text"):
        return str(text)
    markup = str(fields.get("content_html") or "")[:_LONGEST_MARKUP]
    return " ".join(unescape(_TAG.sub(" ", markup)).split())


def _netloc(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]


def _said(robots: Robots, *, obeys: bool) -> str:
    """Return in a few words what came of a robots.txt."""
    if robots.refusal:
        said = "cannot be read, which forbids all"
    elif robots.rules is None:
        said = f"there is none ({robots.response.status})" if robots.response else "there is none"
    else:
        said = "has rules"
    return said if obeys else f"{said}; not obeyed"


@cache
def _versions() -> dict[str, str]:
    found = {"newsreel": __version__, "extractor": EXTRACTOR, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
