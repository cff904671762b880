"""Posts on several pages, of which the REST API gives all or only the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.archive.article_records import read_metadata
from crawler.warc.reader import Record, read_records
from demo.site import Site
from tests.recorded import crawl, spider_arguments
from tests.replaying import kept, replay
from tests.running import Run
from tests.spiders.conftest import Harbour

POST = 103
TITLE = "The lightship comes home in three parts"
PARTS = [
    [
        f"In part {number} the lightship was towed past the mole at {number} in the morning.",
        f"{number}00 people had come to the quay, said the harbour master, more than ever before.",
        f"The crew of {number} waved, and nobody on the quay knew what they had seen out there.",
    ]
    for number in (1, 2, 3)
]


def publish(site: Site, parts: Sequence[Sequence[str]] = PARTS) -> None:
    """Have one post of *site* consist of *parts*."""
    pages = ["".join(f"<p>{line}</p>\n" for line in part) for part in parts]
    site.posts[POST].title, site.posts[POST].content = TITLE, "<!--nextpage-->\n".join(pages)


def text_of(run: Run) -> str:
    (text,) = (text for text in run.texts.values() if TITLE in text)
    return text.partition("\n")[2]


def whole(parts: Sequence[Sequence[str]] = PARTS) -> str:
    return "".join(f"{line}\n" for part in parts for line in part)


def later_pages(archives: Path) -> list[str]:
    """Return the addresses of the later pages that metadata records name."""
    records = (r for path in (archives / "warc").iterdir() for r in read_records(path))
    found = (read_metadata(r) for r in records if isinstance(r, Record) and r.type == "metadata")
    contents: list[Any] = [dict(content) for content in found if content]
    return [ref["uri"] for content in contents for ref in content.get("pages") or ()]


def test_a_post_that_comes_whole_costs_no_request_more(harbour: Harbour, archives: Path) -> None:
    site = harbour()
    publish(site)
    run = crawl(archives, spider_arguments(site.home))
    assert text_of(run) == whole()
    assert "wordpress/later_pages" not in run.report["stats"]


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
def test_the_pages_behind_the_first_are_fetched_and_replayed(
    harbour: Harbour, tmp_path: Path, permalinks: str
) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    site = harbour(first_page_only=True, permalinks=permalinks)
    publish(site)
    run = crawl(archives, spider_arguments(site.home))
    assert text_of(run) == whole()
    assert run.report["stats"]["wordpress/later_pages"] == 2
    link = site.permalink(site.posts[POST])
    ends = ("&page=2", "&page=3") if permalinks == "plain" else ("2/", "3/")
    assert later_pages(archives) == [link + end for end in ends]
    replayed = replay(into, [archives], spider_arguments(site.home))
    assert replayed.exit_code == 0, replayed.log
    assert kept(into) == kept(archives)


def test_what_does_not_come_is_named(harbour: Harbour, archives: Path) -> None:
    site = harbour(first_page_only=True)
    publish(site)
    path = urlsplit(site.permalink(site.posts[POST])).path
    site.modes = replace(site.modes, disallow=f"{path}3/")
    run = crawl(archives, spider_arguments(site.home), expect=3)
    assert "pages: 2 of 3 were read, robots.txt forbids" in run.stdout
    assert not any(TITLE in text for text in run.texts.values())


def test_a_link_that_leads_to_no_page_of_the_post_costs_one_request(
    harbour: Harbour, archives: Path
) -> None:
    site = harbour(first_page_only=True)
    publish(site, PARTS[:1])
    link = site.permalink(site.posts[POST])
    site.posts[POST].content += f'<p>See <a href="{link}2/">year two</a> of the log.</p>'
    run = crawl(archives, spider_arguments(site.home))
    assert text_of(run).startswith(whole(PARTS[:1]))
    assert run.report["stats"]["wordpress/later_pages"] == 1
