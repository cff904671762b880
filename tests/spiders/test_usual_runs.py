"""Runs between two whole walks: a handful of requests find what is new and was changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.content import Post
from demo.modes import Modes
from demo.server import serve
from demo.site import Site, build_site
from tests.conftest import Scrapy
from tests.replaying import offline
from tests.running import Run, scrapy
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving
from tests.spiders.test_changed_posts import change, check_archive, kinds, post
from tests.spiders.test_plugins import ENGLISH, FRENCH, HREFLANG, posts

_POSTS = 28
_DAY = 24 * 3600


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve a post a day of March 2024."""
    with serve(build_site([post(n) for n in range(1, _POSTS + 1)], [], [])) as found:
        yield found


@pytest.fixture
def usual(crawl: Scrapy) -> Callable[..., Run]:
    """Crawl with a whole walk a day, or every *every* seconds."""

    def run(site: Site, *options: str, every: float = _DAY, **arguments: str) -> Run:
        site.log.clear()
        return crawl("-s", f"WORDPRESS_WALK_EVERY={every}", *options, site=site.home, **arguments)

    return run


def publish(site: Site, number: int, day: str, **fields: Any) -> None:
    with site.lock:
        site.posts[number] = post(number, date=f"{day}T09:00:00", **fields)


def walk(run: Run) -> str:
    return str(run.report["stats"]["wordpress/walk"])


def lists(site: Site) -> dict[str, dict[str, str]]:
    """Return the queries of a run for lists: by the one of their filters that tells them apart."""
    queries = [dict(request.query) for request in site.log if request.get("order") == "asc"]
    return {next((k for k in ("modified_after", "include") if k in q), "after"): q for q in queries}


def notes(run: Run) -> dict[str, str]:
    return {note["kind"]: note["message"] for note in run.report["notes"]}


def age(archives: Path, days: float) -> None:
    """Have the last whole walk lie *days* longer ago."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database, database:
        rows = database.execute("SELECT name, value FROM fact WHERE name LIKE 'walk of %'")
        for name, value in rows.fetchall():
            state = json.loads(value)
            (walked,) = database.execute(
                "SELECT datetime(?, ?)", (state["walked"], f"{-days:+} days")
            ).fetchone()
            state["walked"] = f"{walked}+00:00"
            row = (json.dumps(state), name)
            database.execute("UPDATE fact SET value = ? WHERE name = ?", row)


def test_an_idle_run_is_a_handful_of_requests(usual: Callable[..., Run], site: Site) -> None:
    first = usual(site)
    assert (first.exit_code, walk(first)) == (0, "whole"), first.log
    assert "usual_run" not in notes(first)
    assert len(first.texts) == _POSTS
    second = usual(site)
    assert (second.exit_code, walk(second)) == (0, "usual"), second.log
    assert len(site.log) <= 6, [request.target for request in site.log]
    asked = lists(site)
    assert asked.keys() == {"after", "modified_after"}
    assert {asked[name][name] for name in asked} == {"2024-03-26T10:00:00"}
    assert second.report["articles"] == {"duplicate": 2}
    assert second.report["stats"]["wordpress/listed"] == 2, "each once, of two lists"
    assert "the whole list" in notes(second)["usual_run"]
    assert " usual run" in second.stdout


def test_what_a_usual_run_finds_and_what_the_next_whole_walk(
    usual: Callable[..., Run], site: Site
) -> None:
    publish(site, 40, "2024-03-29", status="future", modified="2024-03-05T08:00:00")
    usual(site)
    publish(site, 41, "2024-03-29")
    publish(site, 42, "2024-02-01")
    change(site, 7, content="<p>The tariff was withdrawn before the pilots had agreed to it.</p>")
    with site.lock:
        site.posts[40].status = "publish"
        del site.posts[3]
    first = usual(site)
    assert walk(first) == "usual"
    assert first.report["articles"]["new"] == 2, first.log
    assert first.report["articles"]["revised"] == 1
    assert first.report["changed"] == {}
    fetched = [r.get("include") or "" for r in site.log if r.path.endswith("/posts")]
    assert sorted(",".join(filter(None, fetched)).split(",")) == ["40", "41", "7"], "each once"
    age(first.archives, 2)
    for kind in ("missing", "gone"):
        whole = usual(site)
        assert walk(whole) == "whole"
        assert whole.report["changed"] == {kind: 1}
        assert whole.report["articles"].get("new", 0) == (kind == "missing"), "the back-dated one"
        age(whole.archives, 2)
    assert [text[6:16] for text in whole.texts.values()].count("2024-02-01") == 1
    assert kinds(whole.archives) == ["missing", "gone"]
    replayed = offline(
        *("replay", "--check", "-s", f"ARCHIVES_DIR={whole.archives}"), archives=whole.archives
    )
    assert replayed.exit_code == 0, replayed.stdout + replayed.log
    check_archive(whole.archives)
    assert walk(usual(site)) == "whole", "a rebuilt ledger does not know what was seen"


def test_a_post_that_comes_back(usual: Callable[..., Run], site: Site) -> None:
    usual(site)
    site.posts[5].status = "private"
    for _ in range(2):
        age(usual(site).archives, 2)
        run = usual(site)
        age(run.archives, 2)
    assert kinds(run.archives) == ["missing", "gone"]
    site.posts[5].status = "publish"
    change(site, 5, title="Tariff 5")
    age(run.archives, -2)
    run = usual(site)
    assert (walk(run), run.report["changed"]) == ("usual", {"back": 1})


def disturb(site: Site, how: Any) -> None:
    """Have a post edited, one published, one back-dated and one deleted, on another WordPress."""
    site.modes = replace(site.modes, modified_after=how)
    change(site, 7, day=2, content="<p>The tariff was withdrawn before it began.</p>")
    publish(site, 41, "2024-03-29")
    publish(site, 42, "2024-02-01")
    with site.lock:
        del site.posts[3]


@pytest.mark.parametrize("how", ["unordered", "refused"])
def test_a_site_that_does_not_tell_what_was_modified(
    usual: Callable[..., Run], site: Site, how: Any
) -> None:
    usual(site)
    disturb(site, how)
    run = usual(site)
    assert (run.exit_code, walk(run)) == (0, "whole"), run.log
    assert run.report["articles"]["new"] == 2
    assert run.report["articles"]["revised"] == 1
    assert run.report["changed"] == {"missing": 1}
    assert "modified_after, or the order" in notes(run)["modified_after"]
    assert "usual_run" not in notes(run)
    assert scrapy(run.archives, "replay", "--check").exit_code == 0


def test_a_site_that_knows_the_order_alone(usual: Callable[..., Run], site: Site) -> None:
    site.modes = Modes(silent_cap=10)
    usual(site)
    disturb(site, "unknown")
    run = usual(site)
    assert (run.exit_code, walk(run)) == (0, "usual"), run.log
    assert run.report["articles"]["new"] == 1
    assert run.report["articles"]["revised"] == 1
    assert "modified_after" not in notes(run)
    asked = [request for request in site.log if request.get("orderby") == "modified"]
    assert len(asked) == 1, "the last page before what was seen is the first one"
    assert scrapy(run.archives, "replay", "--check").exit_code == 0


def test_what_could_not_be_read_is_asked_for_again(usual: Callable[..., Run], site: Site) -> None:
    site.modes = Modes(bad_posts=frozenset([4]))
    assert usual(site, "-s", "RETRY_TIMES=0").exit_code == 3
    again = usual(site, "-s", "RETRY_TIMES=0")
    assert (again.exit_code, walk(again)) == (3, "usual")
    assert lists(site)["include"]["include"] == "4"
    site.modes = Modes()
    better = usual(site)
    assert (better.exit_code, walk(better)) == (0, "usual"), better.log
    assert better.report["articles"]["new"] == 1
    usual(site)
    assert len(lists(site)) == 2, "nothing is owed any more"
    replayed = scrapy(better.archives, "replay", "--check")
    assert replayed.exit_code == 0, replayed.stdout + replayed.log


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(0.0, 0.0, id="right"),
        pytest.param(400 * _DAY, 0.0, id="a year ahead, and put right"),
        pytest.param(-300 * _DAY, -300 * _DAY, id="behind"),
    ],
)
def test_dates_ahead_of_the_site_say_nothing(
    usual: Callable[..., Run], site: Site, before: float, after: float
) -> None:
    """An announcement dated 2090 is no reason to ask for what lies behind 2090."""
    site.modes = Modes(clock=before)
    publish(site, 40, "2090-01-01")
    usual(site)
    site.modes = Modes(clock=after)
    publish(site, 41, "2024-03-29")
    run = usual(site)
    assert walk(run) == "usual"
    assert run.report["articles"]["new"] == 1, lists(site)


def test_a_site_without_a_clock_is_walked_again(usual: Callable[..., Run], site: Site) -> None:
    site.modes = Modes(no_date=True)
    assert walk(usual(site)) == "whole"
    site.modes = Modes()
    assert walk(usual(site)) == "whole"
    assert walk(usual(site)) == "usual"


def test_a_list_with_a_gap_is_walked_again(usual: Callable[..., Run], site: Site) -> None:
    """Until the site counts right, or as wrong as it did the last time."""
    site.modes = Modes(wrong_total=99)
    first = usual(site)
    assert (walk(first), first.exit_code) == ("whole", 3)
    publish(site, 40, "2024-03-29")  # the site counts as many as before: another difference
    assert walk(usual(site)) == "whole"
    assert walk(usual(site)) == "whole"
    site.modes = Modes()
    run = usual(site)
    assert (walk(run), run.exit_code) == ("usual", 0), "it counts 99 in any case"
    age(run.archives, 2)
    assert [walk(usual(site)) for _ in range(2)] == ["whole", "usual"]


def test_a_run_that_ends_early_is_no_walk(usual: Callable[..., Run], site: Site) -> None:
    assert usual(site, max_articles="5").report["articles"]["new"] == 5
    run = usual(site)
    assert (walk(run), run.report["articles"]["new"]) == ("whole", _POSTS - 5)


def test_each_query_has_walks_of_its_own(usual: Callable[..., Run], site: Site) -> None:
    assert walk(usual(site)) == "whole"
    bounded = {"after": "2024-03-20", "search": "tariff"}
    assert walk(usual(site, **bounded)) == "whole"
    assert walk(usual(site, post_types="posts,pages")) == "whole"
    assert walk(usual(site)) == "usual"
    assert walk(usual(site, **bounded)) == "usual"
    asked = lists(site)
    assert asked["after"]["after"] == "2024-03-26T10:00:00"
    assert asked["modified_after"]["after"] == "2024-03-19T23:59:59"
    assert walk(usual(site, every=0)) == "whole", "as it always was"


def test_without_an_archive_too(usual: Callable[..., Run], site: Site) -> None:
    assert walk(usual(site, "-s", "ARCHIVE_MODE=off")) == "whole"
    assert walk(usual(site, "-s", "ARCHIVE_MODE=off")) == "usual"


def test_pinned_and_locked_posts(usual: Callable[..., Run], site: Site) -> None:
    with site.lock:
        site.posts[2].sticky = True
        site.posts[6].password = site.posts[_POSTS].password = "rope"
    usual(site)
    run = usual(site)
    assert (run.exit_code, walk(run)) == (0, "usual")
    assert run.report["dropped"] == {"protected": 1}
    change(site, 6, password="")
    opened = usual(site)
    assert opened.report["articles"]["new"] == 1, opened.log


def test_many_new_posts_at_once(usual: Callable[..., Run], site: Site) -> None:
    """Lists of what is new have pages too: none is lost at their ends."""
    usual(site)
    with site.lock:
        for number in range(100, 350):
            site.posts[number] = Post(
                id=number,
                date=f"2024-04-{1 + number % 28:02d}T{number % 24:02d}:00:00",
                title=f"Buoy {number}",
                content=f"<p>Buoy number {number} was painted red by the {number} hands.</p>",
            )
    run = usual(site)
    assert (walk(run), run.report["articles"]["new"]) == ("usual", 250), run.log


@pytest.mark.parametrize("knows_dates", [True, False])
def test_each_language_is_a_list_of_its_own(crawl: Scrapy, knows_dates: bool) -> None:
    """What is new in one language lies behind what is new in another."""
    options = ("-s", f"WORDPRESS_WALK_EVERY={_DAY}")
    site = SmallWordPress(posts(), "parameter", head=HREFLANG, knows_dates=knows_dates)
    with serving(site):
        asked = {"site": site.home, "language": "en,fr"}
        assert walk(crawl(*options, **asked)) == "whole"
        site.posts[1]["modified"] = site.posts[1]["modified_gmt"] = "2024-03-04T08:00:00"
        site.posts[1]["content"] = {"rendered": f"<p>{ENGLISH.format(n=22)}</p>"}
        site.posts.append(rest_post(6, site.home, FRENCH.format(n=6), folder="fr/", lang="fr"))
        site.asked.clear()
        run = crawl(*options, **asked)
    assert walk(run) == "usual", run.log
    # Nothing that the site sends in French shows that it ignores the bounds.
    assert ("modified_after" in notes(run)) is not knows_dates
    assert run.report["articles"]["new"] == 1
    assert run.report["articles"]["revised"] == 1
    lists = [target for target in site.asked if "order=asc" in target]
    assert len(lists) == 4 if knows_dates else len(lists) >= 4, lists
    check_archive(run.archives)


def test_a_site_that_the_wire_spider_finds(archives: Path, site: Site) -> None:
    arguments = ("-s", f"WORDPRESS_WALK_EVERY={_DAY}", "-a", f"url={site.home}")
    assert len(scrapy(archives, "crawl", "wire", *arguments).texts) == _POSTS
    publish(site, 41, "2024-03-29")
    run = scrapy(archives, "crawl", "wire", *arguments)
    assert (walk(run), run.report["articles"]["new"]) == ("usual", 1), run.log
