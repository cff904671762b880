"""Posts that the site deleted or unpublished: a tombstone after two runs, and the text stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import Site, build_site
from tests import running
from tests.conftest import Scrapy
from tests.running import Run, scrapy
from tests.spiders.test_changed_posts import change, check_archive, crawled, events, kinds, post

_POSTS = 21


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(build_site([post(n) for n in range(1, _POSTS + 1)], [], [])) as found:
        yield found


def delete(site: Site) -> None:
    del site.posts[5]


def unpublish(site: Site) -> None:
    site.posts[5].status = "private"


def asked(site: Site, number: int) -> int:
    return sum(request.path.endswith(f"/posts/{number}") for request in site.log)


def trace(run: Run) -> list[str]:
    (file,) = (name for name, text in run.texts.items() if " Tariff 5\n" in text)
    traced = scrapy(run.archives, "trace", file, "--history")
    assert traced.exit_code == 0, traced.stdout
    return [line for line in traced.stdout.splitlines() if line.startswith(("life: ", "gone: "))]


@pytest.mark.parametrize("vanish", [delete, unpublish])
def test_a_tombstone_after_two_runs(
    crawl: Scrapy, site: Site, vanish: Callable[[Site], None]
) -> None:
    before = crawled(crawl, site).texts
    vanish(site)
    first = crawled(crawl, site)
    assert first.report["changed"] == {"missing": 1}
    second = crawled(crawl, site)
    assert second.report["changed"] == {"gone": 1}
    assert second.report["articles"] == {"duplicate": _POSTS - 1}
    third = crawled(crawl, site)
    assert third.report["changed"] == {}
    assert asked(site, 5) == 2, "a tombstone is not asked for again"
    assert third.texts == before
    assert kinds(third.archives) == ["missing", "gone"]
    assert json.loads(events(third.archives)[1][5])["post"] == "posts/5"
    gone, collected, missing, last = trace(third)
    assert gone.startswith("gone: 20")
    assert " collected of 2024-03-05T10:00:00, sha256:" in collected
    assert " missing, " in missing
    assert " gone, " in last
    check_archive(third.archives)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_tombstone_comes_along_in_a_merge(
    crawl: Scrapy, site: Site, tmp_path: Path, *, is_first: bool
) -> None:
    gone = tmp_path / "gone"
    older = crawled(crawl, site).archives
    shutil.copytree(older, gone)
    delete(site)
    for _ in range(2):
        running.scrapy(gone, "crawl", "wordpress", "-a", f"site={site.home}")
    assert kinds(gone) == ["missing", "gone"]
    into, other = (older, gone) if is_first else (gone, older)
    merged = running.scrapy(into, "crawl", "warc", "-a", f"path={other}/warc")
    assert merged.exit_code == 0, merged.log
    assert kinds(into) == ["missing", "gone"]
    assert len(merged.texts) == _POSTS
    again = crawled(crawl, site) if is_first else merged
    assert again.report["changed"] == {}
    assert kinds(into) == ["missing", "gone"], "it is known to be gone"


def test_a_post_that_comes_back(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    site.posts[5].status = "private"
    crawled(crawl, site)
    crawled(crawl, site)
    site.posts[5].status = "publish"
    change(site, 5, title="Tariff 5")
    run = crawled(crawl, site)
    assert run.report["changed"] == {"back": 1}
    assert kinds(run.archives) == ["missing", "gone", "back"]
    check_archive(run.archives)


@pytest.mark.parametrize("left", [_POSTS - 2, 0])
def test_many_at_once_are_a_problem(crawl: Scrapy, site: Site, left: int) -> None:
    crawled(crawl, site)
    for number in range(left + 1, _POSTS + 1):
        del site.posts[number]
    for _ in range(3):
        run = crawl(site=site.home)
        assert run.exit_code == 3, run.log
        (problem,) = run.report["problems"]
        assert problem["kind"] == "many_gone"
        assert f"posts: {_POSTS - left} of {_POSTS} held ones are not listed" in run.stdout
    assert kinds(run.archives) == []
    assert not asked(site, _POSTS)
    assert len(run.texts) == _POSTS
    allowed = crawl("-s", "WORDPRESS_MOST_GONE=1", site=site.home)
    assert allowed.report["changed"] == {"missing": _POSTS - left}


def test_what_is_there_or_not_told_is_not_gone(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    site.posts[5].status = "draft"
    failing: set[int] = set()

    def fail(site: Site, request: int) -> None:
        # The third request of a run, behind index and list, is for the post alone.
        if site.log[-1].path.endswith("/posts/5"):
            failing.add(request)
            site.modes = type(site.modes)(challenge=503)

    site.on_request = fail
    run = crawl("-s", "RETRY_TIMES=0", site=site.home)
    assert run.report["changed"] == {}, run.log
    assert failing
    assert run.report["stats"]["wordpress/absence_unclear"] == 1


def test_a_part_of_the_list_says_nothing(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    delete(site)
    run = crawled(crawl, site, after="2024-03-10")
    assert run.report["changed"] == {}
    assert not asked(site, 5)


@pytest.mark.parametrize("number", [10**30, True])
def test_an_id_that_no_ledger_has_room_for_is_no_post(
    crawl: Scrapy, site: Site, number: int
) -> None:
    crawled(crawl, site)
    site.posts[5].id = number
    second = crawl(site=site.home)
    assert second.exit_code == 3, second.log
    assert len(second.texts) == _POSTS
