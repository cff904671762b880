"""The progress line: what was got, and of archives how much of them is left."""

from __future__ import annotations

import io
import logging
import re

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.statscollectors import MemoryStatsCollector

from crawler.extensions.progress import ProgressExtension
from crawler.extensions.terminal_line import TerminalLine, cut


def line(**stats: int) -> str:
    collector = MemoryStatsCollector(Crawler(Spider))
    for name, value in stats.items():
        collector.set_value(name.replace("__", "/"), value)
    extension = ProgressExtension(collector, "news", 1.0)
    extension._started -= 100  # seconds
    return extension.line()


def test_of_a_crawl() -> None:
    shown = line(downloader__response_count=1200, wordpress__listed=50, article__new=7)
    assert re.fullmatch(r"news: 1,200 pages, 50 listed, 7 new, 0\.0 MB, 10\d s", shown)


@pytest.mark.parametrize(
    ("done", "shown"),
    [
        (0, r"news: no article yet, 0\.0 of 4,000\.0 MB \(0%\), 0:01:4\d"),
        (
            1_000_000_000,
            r"news: no article yet, 1,000\.0 of 4,000\.0 MB \(25%\), "
            r"(10\.0|9\.\d) MB/s, 0:01:4\d, 0:0[5]:\d\d left",
        ),
        (
            4_000_000_000,
            r"news: no article yet, 4,000\.0 of 4,000\.0 MB \(100%\), "
            r"(40\.0|39\.\d|38\.\d) MB/s, 0:01:4\d, 0:00:00 left",
        ),
    ],
)
def test_of_archives(done: int, shown: str) -> None:
    assert re.fullmatch(shown, line(warc__bytes=done, warc__bytes_total=4_000_000_000))


class Terminal(io.StringIO):
    """A terminal that keeps what is written, and shows what a person would see."""

    def screen(self) -> list[str]:
        """Return the lines that are seen: a carriage return and ESC [ K wipe the last one."""
        lines = self.getvalue().split("\n")
        return [line.rpartition("\r\033[K")[2] for line in lines]


def test_log_lines_stand_above_the_line() -> None:
    terminal, log = Terminal(), logging.getLogger()
    line = TerminalLine(terminal)
    handler = logging.StreamHandler(terminal)
    log.addHandler(handler)
    try:
        line.share()
        line.show("news: 1 page")
        log.warning("robots.txt is gone")
        assert terminal.screen() == ["robots.txt is gone", "news: 1 page"]
        line.show("news: 2 pages")
        line.end()
        log.warning("the end")
        assert terminal.screen() == ["robots.txt is gone", "news: 2 pages", "the end", ""]
        assert handler.stream is terminal
    finally:
        log.removeHandler(handler)


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        ("news: 7 new", 11, "news: 7 new"),
        ("news: 7 new", 10, "news: 7 n…"),
        ("新聞社: 7 new", 9, "新聞社: …"),
        ("新聞社", 6, "新聞社"),
        ("新聞社", 5, "新聞…"),
        ("é" * 4, 3, "éé…"),
        ("news", 0, ""),
    ],
)
def test_the_line_is_cut_to_the_terminal(line: str, width: int, shown: str) -> None:
    assert cut(line, width) == shown
