"""What a guest keeps to: robots.txt by RFC 9309, Crawl-delay, Retry-After."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from scrapy.http import Response

from crawler.extensions.asked_waits import asked_wait
from crawler.extensions.robots_rules import MOST_BYTES, beginning
from tests.replaying import offline, texts
from tests.running import Run, scrapy
from tests.servers.plain import answering
from tests.servers.small_site import page, serving
from tests.spiders.test_nothing_kept import Pages, crawl, story


class Site(Pages):
    """A small site whose robots.txt is what *robots_answer* sends; it notes when it was asked."""

    def __init__(self, robots_answer: Callable[[BinaryIO], object]) -> None:
        super().__init__()
        self._robots_answer = robots_answer
        self.times: list[float] = []

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        self.times.append(time.monotonic())
        if head.startswith(b"GET /robots.txt "):
            self.requested.append("/robots.txt")
            self._robots_answer(out)
        else:
            super().__call__(head, out)


def sends(*answer: bytes) -> Callable[[BinaryIO], object]:
    return lambda out: [out.write(part) for part in answer]


def replayed(recorded: Path, pages: Pages, *options: str) -> Run:
    """Replay what was crawled."""
    archives = recorded.with_name("replayed")
    settings = (f"ARCHIVES_DIR={archives}", "ARCHIVE_MODE=replay")
    given = (*settings, "RETRY_TIMES=0", f"REPLAY_FROM={recorded / 'warc'}")
    where = [part for setting in given for part in ("-s", setting)]
    url = f"url={pages.home}/feed.xml"
    return offline("crawl", "wire", "-a", url, *where, *options, archives=archives)


FORBIDDING = {
    "an error": (sends(page(b"", "503 Busy")), "answers with status 503"),
    "too many": (sends(page(b"", "429 Too Many")), "answers with status 429"),
    "silence": (sends(), "was not answered"),
    "a refused redirect": (
        sends(page(b"", "302 Found", more="Location: http://127.0.0.2:1/robots.txt\r\n")),
        "redirects off the site",
    ),
}


@pytest.mark.parametrize("name", FORBIDDING)
def test_a_robots_txt_that_cannot_be_read_forbids_the_host(name: str, archives: Path) -> None:
    answer, why = FORBIDDING[name]
    with serving(Site(answer)) as pages:
        run = crawl(archives, pages)
    assert run.exit_code == 4, run.log
    assert pages.requested == ["/robots.txt"]
    (problem,) = run.report["problems"]
    assert why in problem["message"]
    assert "that forbids the whole host (RFC 9309): run the crawl again later" in run.stdout
    assert "Traceback" not in run.log
    assert run.log.count(" ERROR: ") == 1
    again = replayed(archives, pages)
    assert again.exit_code == 4, again.log
    assert again.report["problems"] == run.report["problems"]


@pytest.mark.parametrize("status", ["401 No", "404 Not Found", "410 Gone"])
def test_a_robots_txt_that_is_not_there_allows_everything(status: str, archives: Path) -> None:
    with serving(Site(sends(page(b"User-agent: *\nDisallow: /\n", status)))) as pages:
        run = crawl(archives, pages)
    assert run.exit_code == 0, run.log
    assert len(texts(archives)) == 3
    assert pages.requested.count("/robots.txt") == 1


def test_the_beginning_of_an_endless_robots_txt_counts(archives: Path) -> None:
    filler = b"# nothing but noise\n" * 50_000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    rules = b"User-agent: *\nDisallow: /story/1\n"
    with serving(Site(sends(head, rules, *[filler] * 40, b"Disallow: /\n"))) as pages:
        run = crawl(archives, pages)
        assert run.exit_code == 0, run.log
        assert len(texts(archives)) == 2
        assert run.report["lost"]["robots"]["count"] == 1
        again = replayed(archives, pages)
    assert again.exit_code == 0, again.log
    assert texts(again.archives) == texts(archives)


def test_what_of_a_robots_txt_counts() -> None:
    assert beginning(b"Disallow: /a") == b"Disallow: /a"
    long = b"Disallow: /a\n" * 60_000
    assert len(long) > MOST_BYTES
    assert beginning(long).endswith(b"\nDisallow: /a")
    assert MOST_BYTES - 20 < len(beginning(long)) <= MOST_BYTES


def test_a_delay_that_is_asked_for_is_kept(archives: Path) -> None:
    site = Site(sends(page(b"User-agent: *\nCrawl-delay: 1\n")))
    with serving(site) as pages:
        run = crawl(archives, pages)
    assert run.exit_code == 0, run.log
    # Before robots.txt came, nobody knew; then the feed and three stories, a second apart.
    assert len(site.times) == 5
    assert site.times[-1] - site.times[1] > 2


def test_a_delay_without_measure_is_kept_up_to_a_cap(archives: Path) -> None:
    with serving(Site(sends(page(b"User-agent: *\nCrawl-delay: 86400\n")))) as pages:
        run = crawl(archives, pages, "-s", "CRAWL_DELAY_MAX=0.2")
    assert run.exit_code == 0, run.log
    assert len(texts(archives)) == 3


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_requests_at_once_than_allowed(most: int, archives: Path) -> None:
    lock = threading.Lock()
    under_way: list[int] = []
    at_once: list[int] = []

    def answer(n: int) -> bytes:
        with lock:
            under_way.append(n)
            at_once.append(len(under_way))
        time.sleep(0.2)
        with lock:
            under_way.remove(n)
        return page(story(n))

    with serving(Pages(answer=answer)) as pages:
        run = crawl(archives, pages, "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={most}")
    assert run.exit_code == 0, run.log
    assert max(at_once) == most


@pytest.mark.parametrize(("asked", "longest"), [("1", "60"), ("86400", "1")])
def test_a_busy_host_rests(asked: str, longest: str, archives: Path) -> None:
    refused: list[float] = []
    served: list[float] = []

    def answer(n: int) -> bytes:
        if n == 1 and not refused:
            refused.append(time.monotonic())
            return page(b"", "503 Busy", more=f"Retry-After: {asked}\r\n")
        served.append(time.monotonic())
        return page(story(n))

    with serving(Pages(answer=answer)) as pages:
        limits = ("-s", f"RETRY_AFTER_MAX={longest}", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1")
        run = crawl(archives, pages, "-s", "RETRY_TIMES=2", *limits)
    assert run.exit_code == 0, run.log
    assert len(texts(archives)) == 3
    assert min(at for at in served if at > refused[0]) - refused[0] > 0.9
    assert run.report["stats"]["retry_after/count"] == 1


def test_a_host_that_asks_for_nothing_but_rests_is_left_in_peace(archives: Path) -> None:
    busy = page(b"", "429 Too Many", more="Retry-After: 0\r\n")
    with serving(Pages(answer=lambda n: busy)) as pages:
        run = crawl(archives, pages, "-s", "RETRY_TIMES=4")
    assert run.exit_code == 3, run.log
    asked = [path for path in pages.requested if path.startswith("/story")]
    assert 5 <= len(asked) <= 7  # two at once
    assert "in a row to be left in peace (Retry-After)" in run.stdout
    assert run.report["lost"]["failed"]["count"] >= 1
    again = replayed(archives, pages, "-s", "RETRY_TIMES=4")
    assert again.exit_code == 3, again.log
    for name in ("requests", "responses"):
        assert again.report[name] == run.report[name]
    assert sorted(p["message"] for p in again.report["problems"]) == sorted(
        p["message"] for p in run.report["problems"]
    )


NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        (format_datetime(NOW.replace(minute=5), usegmt=True), 300),
        ("Sat, 07 Mar 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_how_long_an_answer_asks_us_to_wait(value: str, seconds: int | None) -> None:
    response = Response("https://a.example/", status=503, headers={"Retry-After": value})
    assert asked_wait(response, NOW) == seconds


def test_robots_txt_is_asked_once(archives: Path) -> None:
    home = b"<html><head><title>x</title></head><body><p>Nothing here.</p></body></html>"
    asked: list[str] = []

    def answer(head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        asked.append(path)
        if path == "/robots.txt":
            rules = f"Sitemap: {url}/news.xml\n"
            out.write(page(rules.encode(), kind="text/plain"))
        else:
            out.write(page(home))

    with answering(answer) as url:
        arguments = ("-a", f"url={url}/", "-a", "after=2020-01-01")
        run = scrapy(archives, "crawl", "wire", *arguments, "-s", "RETRY_TIMES=0")
    assert "/news.xml" in asked, run.log
    assert asked.count("/robots.txt") == 1


@pytest.mark.parametrize("spider", ["wordpress -a site=", "wire -a url="])
def test_a_typo_in_the_name_of_a_site_is_one_sentence(spider: str, archives: Path) -> None:
    run = scrapy(archives, "crawl", *f"{spider}https://exmaple-news.invalid".split())
    assert run.exit_code == 4
    (line,) = [line for line in run.log.splitlines() if " ERROR: " in line]
    assert line.endswith(
        "https://exmaple-news.invalid/: the host exmaple-news.invalid was not found: "
        "check how it is spelled, and your network"
    )
    assert "Traceback" not in run.log
    assert " WARNING: " not in run.log


def test_a_site_that_answers_500_everywhere_is_one_sentence(archives: Path) -> None:
    def answer(head: bytes, out: BinaryIO) -> None:
        is_robots = head.startswith(b"GET /robots.txt ")
        out.write(page(b"", "404 Not Found" if is_robots else "500 No"))

    with answering(answer) as home:
        site = ("-a", f"site={home}/", "-s", "RETRY_TIMES=0")
        run = scrapy(archives, "crawl", "wordpress", *site)
    assert run.exit_code == 4
    assert f"{home}/ answers with errors (status 500) wherever its REST API may be: run" in run.log
    assert run.log.count(" ERROR: ") == 1
