"""``scrapy read``: what would be written of a page, on a terminal and painted."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import harbour_site
from demo.wire_service import WireService, demo_wire, serve_wire
from tests.conftest import Scrapy
from tests.running import ROOT

FLOOD = "weather/2024/05/03/river-leaves-its-bed-at-millbrook"
RULES = """[north-shore]
name = "North Shore Wire"
site = "http://127.0.0.1/"
domains = ["127.0.0.1"]
feeds = ["{home}feed.xml"]

[north-shore.pages]
dateline = '(?P<mark>[A-Z]+ \\(North Shore Wire\\)) — '
boilerplate = 'More rain is expected.*'
"""


@pytest.fixture(scope="module")
def wire() -> Iterator[WireService]:
    with serve_wire(demo_wire()) as service:
        yield service


def test_a_page_is_fetched_and_archived_and_nothing_is_written(
    wire: WireService, scrapy: Scrapy, archives: Path, tmp_path: Path
) -> None:
    painted = tmp_path / "page.html"
    run = scrapy("read", f"{wire.home}{FLOOD}", "--html", str(painted))
    assert run.exit_code == 0, run.log
    assert "verdict       it would be written\n" in run.stdout
    assert "day           2024-05-03T06:40:00 (UTC 2024-05-03T04:40:00)\n" in run.stdout
    assert "authors       Ines Okafor\n" in run.stdout
    assert "\n  Nobody was hurt. Firefighters went" in run.stdout
    assert "aside.newsletter: a small box: sign-up" in run.stdout
    assert "What would be written" in painted.read_text(encoding="utf-8")
    (warc,) = (archives / "warc").iterdir()
    assert warc.name in run.stdout
    assert not run.texts
    # The archive is none the worse: a crawl and its replay know nothing of it.
    assert scrapy("crawl", "wire", "-a", f"url={wire.home}").exit_code == 0
    check = scrapy("replay", "--check")
    assert check.stdout.endswith("6 identical, 0 changed, 0 missing, 0 new\n"), check.log
    assert scrapy("verify").exit_code == 0
    again = scrapy("read", f"{wire.home}{FLOOD}")
    held = r"^held +00\d_[0-9a-f]{16}\.txt of 127\.0\.0\.1, with this text$"
    assert re.search(held, again.stdout, re.MULTILINE)
    story, page = wire.stories[0], f"{wire.home}{wire.stories[0].path}"
    wire.stories.remove(story)
    try:
        gone = scrapy("read", page)
    finally:
        wire.stories.insert(0, story)
    assert "no text: gone" in gone.stdout
    assert re.search(r"^held .* collected from this address$", gone.stdout, re.MULTILINE)


def test_one_s_own_rules_are_tried(wire: WireService, scrapy: Scrapy, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(RULES.format(home=wire.home), encoding="utf-8")
    run = scrapy("read", f"{wire.home}{FLOOD}", "-s", f"SOURCES_FILE={file}")
    assert run.exit_code == 0, run.log
    assert "dateline      MILLBROOK (North Shore Wire)\n" in run.stdout
    assert "page rules    those of [north-shore]\n" in run.stdout
    assert "\n  The Alder left its bed" in run.stdout
    assert "`boilerplate` of the page rules: More rain is expected" in run.stdout


def test_what_gives_no_text(wire: WireService, scrapy: Scrapy) -> None:
    run = scrapy("read", f"{wire.home}weather", f"{wire.home}nowhere", "http://127.0.0.1:9/x")
    assert run.exit_code == 3
    assert "no text: no_date: no day of publication is on the page" in run.stdout
    assert "no text: gone: it is gone (404 or 410) (it answers with status 404)" in run.stdout
    assert "no text: robots_unreadable: the robots.txt of its host cannot be read" in run.stdout


def test_a_post_of_wordpress(scrapy: Scrapy) -> None:
    with serve(harbour_site()) as site:
        run = scrapy("read", f"{site.home}wp-json/wp/v2/posts/106")
    assert run.exit_code == 0, run.log
    assert "title         Storm takes roof off bandstand\n" in run.stdout
    assert "no text of a story: <figcaption>: The roof lies" in run.stdout


def test_a_saved_page(wire: WireService, scrapy: Scrapy, archives: Path, tmp_path: Path) -> None:
    file, url = tmp_path / "flood.html", f"{wire.home}{FLOOD}"
    with urllib.request.urlopen(url) as page:
        file.write_bytes(page.read())
    wire.requested.clear()
    run = scrapy("read", str(file), "--url", url)
    assert run.exit_code == 0, run.log
    assert "it would be written" in run.stdout
    again = subprocess.run(
        [sys.executable, "-m", "scrapy", "read", "-", "--url", url],
        cwd=ROOT,
        input=file.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert again.stdout.decode() == run.stdout
    assert not wire.requested
    assert not archives.exists()

    nameless = scrapy("read", str(file))
    assert nameless.exit_code == 2
    assert "say where it is from, with --url URL" in nameless.log
    missing = scrapy("read", str(tmp_path / "none.html"), "--url", url)
    assert missing.exit_code == 2
    assert "No such file" in missing.log
