"""A site that moved to another host: no article of it is held twice in silence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from demo.content import Post
from demo.modes import Modes
from demo.server import serve
from demo.site import build_site
from tests.conftest import Scrapy
from tests.spiders.test_changed_posts import check_archive, kinds, post

_NEW = Modes(subfolder="/new", advertise="none")
_OLD = Modes(subfolder="/old", advertise="none")


def crawl_at(crawl: Scrapy, modes: Modes, posts: list[Post], **arguments: str):  # type: ignore[no-untyped-def]
    with serve(build_site(posts, [], [], modes)) as site:
        return crawl(site=site.home, **arguments)


def same(n: int) -> str:
    return f"http://first.example/?p={n}"


@pytest.mark.parametrize(
    "new_guid",
    [same, lambda n: f"https://www.second.example/?p={n}"],
    ids=("guids stayed", "guids rewritten"),
)
def test_the_run_stops_before_it_writes(crawl: Scrapy, new_guid: Callable[[int], str]) -> None:
    old = crawl_at(crawl, _OLD, [post(n, guid=same(n)) for n in range(1, 8)])
    assert old.exit_code == 0, old.log
    before = old.texts
    moved = [post(n, guid=new_guid(n)) for n in range(1, 9)]
    run = crawl_at(crawl, _NEW, moved)
    assert run.exit_code == 2, run.log
    assert "source='127.0.0.1/new' cannot be used: these are held as 127.0.0.1/old: " in run.stdout
    assert "pass -a source=127.0.0.1/old" in run.stdout
    assert run.texts == before
    again = crawl_at(crawl, _NEW, moved, source="127.0.0.1/old")
    assert again.exit_code == 0, again.log
    assert again.report["articles"] == {"duplicate": 7, "new": 1}
    assert len(again.texts) == 8
    assert kinds(again.archives).count("renamed") == (0 if new_guid is same else 7)
    last = crawl_at(crawl, _NEW, moved, source="127.0.0.1/old")
    assert last.report["articles"] == {"duplicate": 8}
    assert last.report["changed"] == {}


def test_a_ledger_that_knew_no_posts_and_other_permalinks(crawl: Scrapy) -> None:
    old = crawl_at(crawl, _OLD, [post(n, guid=same(n)) for n in range(1, 4)])
    with closing(sqlite3.connect(old.archives / "ledger.sqlite")) as database:
        database.execute("DELETE FROM post")
        database.commit()
    moved = [post(n, guid=f"http://second.example/?p={n}", slug=f"other-{n}") for n in (1, 2, 3)]
    assert crawl_at(crawl, _NEW, moved).exit_code == 2
    run = crawl_at(crawl, _NEW, moved, source="127.0.0.1/old")
    assert run.report["articles"] == {"duplicate": 3}
    assert run.report["changed"] == {"renamed": 3}


def test_a_mirror_is_held_where_its_source_is_named(crawl: Scrapy) -> None:
    posts = [post(n) for n in range(1, 4)]
    crawl_at(crawl, _OLD, posts)
    run = crawl_at(crawl, _NEW, posts, source="mirror")
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"duplicate": 3}


def test_another_site_that_took_over_some_texts_is_no_move(crawl: Scrapy) -> None:
    crawl_at(crawl, _OLD, [post(n, guid=same(n)) for n in range(1, 4)])
    own = [post(n, guid=f"http://second.example/?p={n}") for n in range(3, 9)]
    run = crawl_at(crawl, _NEW, own)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": 6}
    check_archive(run.archives)


def test_other_texts_at_the_same_places_are_no_move(crawl: Scrapy) -> None:
    crawl_at(crawl, _OLD, [post(n) for n in range(1, 4)])
    other = [
        post(n, guid=f"http://second.example/?p={n}", content=f"<p>Another story, {n}.</p>")
        for n in range(1, 4)
    ]
    run = crawl_at(crawl, _NEW, other)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": 3}
