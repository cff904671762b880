"""`scrapy coverage`: every story that a list named is explained, and what is not is named."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.settings import ITEM_PIPELINES
from crawler.warc.reader import Record, records
from demo.modes import Damage, Modes
from demo.server import serve
from demo.site import Site, build_site, harbour_site
from tests.background_crawl import Crawl
from tests.recorded import edit
from tests.running import ROOT, Run, scrapy
from tests.servers.site_process import Served, Shape
from tests.servers.site_process import serving as serving_process
from tests.servers.small_site import SmallSite, page, serving
from tests.spiders.test_changed_posts import post

_STORY = (
    "<!DOCTYPE html><html lang='en'><head><title>Ferry number {n} was seen</title>"
    "<meta property='article:published_time' content='2026-0{month}-07T10:00:00Z'></head><body>"
    "<article><h1>Ferry number {n} was seen</h1><p>Ferry {n} was seen again on Saturday, by more "
    "people than ever before.</p><p>Nobody who was asked could say where ferry {n} might have come "
    "from.</p></article></body></html>"
)
_ITEM = (
    "<item><title>Ferry number {n} was seen</title><link>{home}/ferries/{n}</link>"
    "<description>{words}</description><pubDate>07 {month} 2026 10:00:00 GMT</pubDate></item>"
)
_WORDS = "The harbour office has seen it. " * 20  # a payload of more than 1 KB may be a revisit
_MONTHS = ("", "Jan", "Feb", "Mar")


@dataclass
class Ferries(SmallSite):
    """A wire whose feed links the stories ``listed``, in January to March; some ``answer`` else."""

    listed: list[int] = field(default_factory=lambda: [1, 2, 3])
    answer: dict[int, bytes] = field(default_factory=dict)
    robots: str = ""
    feed: bytes = b""

    def _answer(self, path: str) -> bytes:
        if path == "/robots.txt":
            return page(self.robots.encode(), kind="text/plain")
        if path == "/feed.xml":
            return self.feed or page(self._feed.encode(), kind="application/rss+xml")
        number = path.rpartition("/")[2]
        if not number.isdecimal():
            return page(b"", "404 Not Found")
        n = int(number)
        return self.answer.get(n) or page(_STORY.format(n=n, month=_month(n)).encode())

    @property
    def _feed(self) -> str:
        items = "".join(
            _ITEM.format(n=n, home=self.home, words=_WORDS, month=_MONTHS[_month(n)])
            for n in self.listed
        )
        return (
            f"<rss version='2.0'><channel><title>Ferries</title><link>{self.home}/</link>"
            f"{items}</channel></rss>"
        )


def _month(n: int) -> int:
    return (n - 1) % 3 + 1


def crawl_site(archives: Path, site: Site, *options: str) -> Run:
    home = ("-a", f"site={site.home}", "-a", "source=harbour")
    return scrapy(archives, "crawl", "wordpress", *home, *options)


def crawl_feed(archives: Path, pages: Ferries, *options: str) -> Run:
    url = ("-a", f"url={pages.home}/feed.xml", "-a", "source=ferries")
    return scrapy(archives, "crawl", "wire", *url, "-s", "RETRY_TIMES=0", *options)


def coverage(archives: Path, *options: str, expect: int = 0) -> dict[str, Any]:
    """Return what the command says of the only source, as JSON."""
    done = scrapy(archives, "coverage", "--json", *options)
    assert done.exit_code == expect, done.stdout + done.log
    (found,) = json.loads(done.stdout)["sources"]
    return dict(found)


def named(found: dict[str, Any]) -> list[str]:
    """Return what was named, by the last parts of the addresses."""
    return sorted(story["url"].rstrip("/").rpartition("/")[2] for story in found["stories"])


def forget(archives: Path, statement: str, *values: object) -> None:
    """Lose something from the ledger, as a bug would."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        assert ledger.execute(statement, values).rowcount, statement
        ledger.commit()


def test_a_wordpress_site_is_covered_exactly(archives: Path) -> None:
    with serve(harbour_site()) as site:
        for _ in "first", "again":
            assert crawl_site(archives, site).exit_code == 0
    found = coverage(archives)
    assert found["total"] == {"held": 22, "dropped": 2, "gone": 0, "left out": 0, "unexplained": 0}
    assert found["reasons"] == {"dropped": {"empty": 1, "protected": 1}}
    assert found["months"]["2024-02"]["listed"] == 4
    assert found["months"]["2024-02"]["dropped"] == 2
    assert found["unnamed"] == {}
    assert found["seen"][0].endswith("exact")
    assert found["not_seen"] == []
    assert named(coverage(archives, "--list", "protected")) == [
        "members-only-minutes-of-the-sailing-club"
    ]


def test_a_table_for_people(archives: Path) -> None:
    with serve(harbour_site()) as site:
        crawl_site(archives, site)
    done = scrapy(archives, "coverage", "harbour")
    assert done.exit_code == 0, done.log
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["month", "listed", "held", "dropped", "gone", "left", "out", "unexplained"] in rows
    assert ["2024-02", "4", "2", "2", "0", "0", "0"] in rows
    assert ["total", "24", "22", "2", "0", "0", "0"] in rows
    assert "  1 dropped, protected: the publisher put it behind a password" in done.stdout
    unknown = scrapy(archives, "coverage", "harbor")
    assert unknown.exit_code == 2
    assert "there are harbour" in unknown.log
    assert scrapy(archives, "coverage", "--list", "lost").exit_code == 2


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("DELETE FROM article WHERE ordinal = ?", 3),
        ("DELETE FROM outcome WHERE reason = ?", "protected"),
    ],
)
def test_a_post_that_a_bug_loses_is_named(archives: Path, statement: str, value: object) -> None:
    with serve(harbour_site()) as site:
        crawl_site(archives, site)
        forget(archives, statement, value)
        found = coverage(archives, expect=3)
        assert found["total"]["unexplained"] == 1
        (story,) = found["stories"]
        assert story["state"] == "unexplained"
        assert story["post"].startswith("posts/")
        assert story["note"] == ""
        crawl_site(archives, site)
    coverage(archives)


def test_deleted_posts_are_held_and_drafts_no_matter(archives: Path) -> None:
    with serve(build_site([post(n) for n in range(1, 31)], [], [])) as site:
        site.posts[9].status = "draft"
        crawl_site(archives, site)
        del site.posts[5]
        for _ in "missing", "gone":
            crawl_site(archives, site)
        found = coverage(archives)
        assert found["total"]["held"] == 29
        assert found["reasons"] == {"held": {"gone": 1}}
        assert "counted 28" in found["seen"][0]
        site.posts[9].status = "publish"
        crawl_site(archives, site)
    found = coverage(archives)
    assert found["total"]["held"] == 30


def test_a_change_that_a_bug_loses(archives: Path) -> None:
    with serve(build_site([post(n) for n in range(1, 4)], [], [])) as site:
        crawl_site(archives, site)
        assert coverage(archives)["reasons"] == {}
        edit(site, 2, day=20, text="It was late.")
        crawl_site(archives, site)
    assert coverage(archives)["reasons"] == {}
    forget(archives, "UPDATE article SET modified = '2024-03-02T10:00:00' WHERE url LIKE ?", "%2/")
    assert coverage(archives)["reasons"] == {"held": {"outdated": 1}}


def test_malformed_posts_have_their_reason(archives: Path) -> None:
    malformed: dict[int, Damage] = {104: "null content", 105: "bare"}
    with serve(harbour_site(Modes(malformed_posts=malformed))) as site:
        crawl_site(archives, site)
    found = coverage(archives)
    assert found["reasons"]["dropped"]["post_malformed"] == 2


def test_posts_that_the_site_counts_and_never_names(archives: Path) -> None:
    with serve(harbour_site(Modes(wrong_total=30))) as site:
        assert crawl_site(archives, site).exit_code == 3
    found = coverage(archives, expect=3)
    assert found["unnamed"] == {"posts": 6}
    assert found["total"]["unexplained"] == 0


def test_what_nobody_asked_for_is_no_gap(archives: Path) -> None:
    with serve(harbour_site()) as site:
        crawl_site(archives, site, "-a", "max_articles=3")
        found = coverage(archives)
        assert found["total"]["held"] == 3
        assert found["reasons"]["left out"] == {"limit": 21}
        crawl_site(archives, site)
    assert coverage(archives)["total"]["held"] == 22


def test_what_a_pipeline_of_ones_own_drops(archives: Path, tmp_path: Path) -> None:
    (tmp_path / "choosy.py").write_text(
        "from scrapy.exceptions import DropItem\n"
        "class Choosy:\n"
        "    def process_item(self, item):\n"
        "        if 'erry' in item.title:\n"
        "            raise DropItem('no ferries')\n"
        "        return item\n"
    )
    pipelines = ITEM_PIPELINES | {"choosy.Choosy": 250}
    ours = ("-s", f"ITEM_PIPELINES={json.dumps(pipelines)}")
    env = {"PYTHONPATH": str(tmp_path)}
    with serve(harbour_site()) as site:
        home = ("-a", f"site={site.home}", "-a", "source=harbour")
        done = scrapy(archives, "crawl", "wordpress", *home, *ours, env=env)
        assert done.report["lost"]["own_choice"]["count"]
    found = coverage(archives)
    assert found["reasons"]["left out"] == {
        "own_choice": done.report["lost"]["own_choice"]["count"]
    }


def test_a_run_of_some_days_lists_those_alone(archives: Path) -> None:
    with serve(harbour_site()) as site:
        crawl_site(archives, site, "-a", "after=2024-05-01")
    found = coverage(archives)
    assert found["months"].keys() == {"2024-05"}
    assert found["not_seen"] == ["posts: no answer says how many there are in all"]


def test_a_killed_run_is_told_and_the_next_one_heals(archives: Path) -> None:
    with serving_process(Shape(stall_after=12)) as site:
        kill_when_it_stalls(site, archives)
        site.stall_no_more()
        found = coverage(archives, expect=3)
        assert found["total"]["unexplained"] > 0
        assert {story["note"] for story in found["stories"]} == {
            "only runs that did not end in order had read a list that names it"
        }
        assert Crawl(site.home, archives).ended().exit_code == 0
    assert coverage(archives)["total"]["unexplained"] == 0


def test_one_that_a_bug_lost_is_not_gone_with_it(archives: Path) -> None:
    with serve(build_site([post(n) for n in range(1, 4)], [], [])) as site:
        crawl_site(archives, site)
        forget(archives, "DELETE FROM article WHERE url LIKE ?", "%2/")
        del site.posts[2]
        crawl_site(archives, site)
    assert coverage(archives, expect=3)["total"]["unexplained"] == 1


def test_it_runs_beside_a_crawl(archives: Path) -> None:
    with serving_process(Shape(stall_after=12)) as site:
        kill_when_it_stalls(site, archives)


def kill_when_it_stalls(site: Served, archives: Path) -> None:
    """Kill a crawl that waits for posts of a list that it has committed."""
    crawl = Crawl(site.home, archives, settings=("ARCHIVE_COMMIT_INTERVAL=0.1",))
    try:
        site.wait_for_stall()
        give_up = time.monotonic() + 60
        while not unexplained(archives):  # until the list's commit, nothing is listed
            assert time.monotonic() < give_up
        assert crawl.process.poll() is None
    finally:
        crawl.kill()
        crawl.ended()


def unexplained(archives: Path) -> int:
    done = scrapy(archives, "coverage", "--json")
    assert done.exit_code in (0, 3), done.stdout + done.log
    return sum(source["total"]["unexplained"] for source in json.loads(done.stdout)["sources"])


REASONS: dict[str, tuple[bytes, str, str]] = {
    "gone": (page(b"", "404 Not Found"), "gone", "gone"),
    "status": (page(b"", "500 No"), "dropped", "status"),
    "failed": (b"-", "dropped", "failed"),
    "no_text": (page(b"<html><title>Ferry 2</title><h1>Ferry 2</h1></html>"), "dropped", "no_text"),
    "not_html": (page(b"%PDF-1.7", kind="application/pdf"), "dropped", "not_html"),
}


@pytest.mark.parametrize("name", REASONS)
def test_each_reason_of_a_wire_is_told(archives: Path, name: str) -> None:
    answer, state, reason = REASONS[name]
    with serving(Ferries(answer={2: answer})) as pages:
        crawl_feed(archives, pages)
    found = coverage(archives)
    assert found["months"]["2026-01"]["held"] == found["months"]["2026-03"]["held"] == 1
    assert found["months"]["2026-02"][state] == 1
    assert found["reasons"] == {state: {reason: 1}}


@dataclass
class Redirecting(Ferries):
    """Its feed links one story once more, at an address that is redirected there."""

    def _answer(self, path: str) -> bytes:
        if path.startswith("/go/"):
            return page(b"", "302 Found", more=f"Location: {self.home}/ferries/2\r\n")
        return super()._answer(path)

    @property
    def _feed(self) -> str:
        again = _ITEM.format(n=2, home=self.home, words="", month="Feb").replace("ferries", "go")
        return super()._feed.replace("</channel>", f"{again}</channel>")


def test_a_link_to_a_story_that_fails_has_its_reason(archives: Path) -> None:
    with serving(Redirecting(answer={2: page(b"", "500 No")})) as pages:
        crawl_feed(archives, pages)
        assert coverage(archives)["reasons"] == {"dropped": {"status": 2}}
        pages.answer = {}
        crawl_feed(archives, pages)
    assert coverage(archives)["total"]["held"] == 4


@dataclass
class Homed(Ferries):
    """Its home page names the feed, which links itself as if it were a story."""

    def _answer(self, path: str) -> bytes:
        if path == "/":
            link = "<link rel='alternate' type='application/rss+xml' href='/feed.xml'>"
            return page(f"<!DOCTYPE html><html><head>{link}</head><body></body></html>".encode())
        return super()._answer(path)

    @property
    def _feed(self) -> str:
        itself = f"<item><title>All ferries</title><link>{self.home}/feed.xml</link></item>"
        return super()._feed.replace("</channel>", f"{itself}</channel>")


def test_a_feed_that_links_itself(archives: Path) -> None:
    with serving(Homed()) as pages:
        scrapy(archives, "crawl", "wire", "-a", f"url={pages.home}/")
    assert coverage(archives)["reasons"] == {"left out": {"listing": 1}}


def test_what_robots_txt_forbids_is_told(archives: Path) -> None:
    robots = "User-agent: *\nDisallow: /ferries/3\n"
    with serving(Ferries(robots=robots)) as pages:
        crawl_feed(archives, pages)
    assert coverage(archives)["reasons"] == {"dropped": {"robots": 1}}


@pytest.mark.parametrize("table", ["outcome", "visit"])
def test_a_story_that_a_bug_loses_is_named(archives: Path, table: str) -> None:
    """Its page times out, and nobody notes it; or it is read, and the text is lost."""
    with serving(Ferries(answer={2: b"-"})) as pages:
        crawl_feed(archives, pages)
        number = 2 if table == "outcome" else 1
        forget(archives, f"DELETE FROM {table} WHERE url LIKE ?", f"%/ferries/{number}")
        if table == "visit":
            assert coverage(archives)["total"]["held"] == 2, "it is held at its address"
            forget(archives, "DELETE FROM article WHERE url LIKE ?", "%/ferries/1")
    found = coverage(archives, expect=3)
    assert named(found) == [str(number)]
    assert found["stories"][0]["by"] == f"{pages.home}/feed.xml"


def test_a_revisit_lists_what_its_capture_did(archives: Path) -> None:
    """The first run may take one story; the second asks for all, and loses one of them."""
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages, "-a", "max_articles=1")
        assert coverage(archives)["reasons"]["left out"] == {"limit": 2}
        crawl_feed(archives, pages)
        assert coverage(archives)["total"]["held"] == 3
        forget(archives, "DELETE FROM article WHERE url LIKE ?", "%/ferries/2")
    assert named(coverage(archives, expect=3)) == ["2"]


def test_days_that_nobody_asked_for(archives: Path) -> None:
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages, "-a", "after=2026-03-01")
        found = coverage(archives)
        assert found["reasons"] == {"left out": {"date": 2}}
        crawl_feed(archives, pages)
    assert coverage(archives)["total"]["held"] == 3


def test_it_needs_no_index(archives: Path) -> None:
    with serving(Ferries(answer={2: page(b"", "404 Not Found")})) as pages:
        crawl_feed(archives, pages)
    found = coverage(archives)
    shutil.rmtree(archives / "index")
    assert coverage(archives) == found


def test_a_ledger_made_again_explains_the_same(archives: Path) -> None:
    with serving(Redirecting(answer={3: page(b"", "404 Not Found")})) as pages:
        crawl_feed(archives, pages)
    found = coverage(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    assert coverage(archives) == found


def test_a_reader_that_has_read_enough(archives: Path) -> None:
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages)
    command = [sys.executable, "-m", "scrapy", "coverage", "-s", f"ARCHIVES_DIR={archives}"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_a_feed_that_was_read_too_seldom(archives: Path) -> None:
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages)
        pages.listed = [5, 6]
        crawl_feed(archives, pages)
        pages.feed = page(b"", "503 Busy")
        crawl_feed(archives, pages)
    found = coverage(archives)
    gap, unread = found["not_seen"]
    assert gap.startswith(f"{pages.home}/feed.xml: between 20")
    assert unread.startswith(f"{pages.home}/feed.xml, read at 20")
    assert unread.endswith("it answers with status 503")
    assert found["seen"] == ["feeds: 5 stories of 2026-01-07 to 2026-03-07"]


def test_a_list_that_takes_for_ever_costs_itself_alone(archives: Path) -> None:
    with serving(Ferries(listed=list(range(1, 3001)))) as pages:
        crawl_feed(archives, pages, "-a", "max_articles=1")
    found = coverage(archives, "-s", "WIRE_LINK_PAGE_TIMEOUT=0.01")
    assert found["months"] == {}
    assert "took more than 0.01 CPU seconds" in found["not_seen"][0]


def test_a_damaged_list_is_named(archives: Path) -> None:
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages)
    (warc,) = (archives / "warc").iterdir()
    (feed,) = (one for one in records(warc) if one.target_uri.endswith(".xml") and is_answer(one))
    data = bytearray(warc.read_bytes())
    data[feed.offset + feed.length // 2] ^= 0xFF
    warc.write_bytes(data)
    done = scrapy(archives, "coverage")
    assert done.exit_code == 3
    assert done.stdout.startswith(f"damaged: {warc.name}:")


def is_answer(record: Record) -> bool:
    return record.type == "response"


def test_it_only_reads(archives: Path) -> None:
    with serving(Ferries()) as pages:
        crawl_feed(archives, pages)
    before = {p: p.read_bytes() for p in archives.rglob("*") if p.is_file()}
    coverage(archives)
    assert {p: p.read_bytes() for p in archives.rglob("*") if p.is_file()} == before
