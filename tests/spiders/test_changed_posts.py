"""Posts that are the same under another date, slug, guid or author: one article, as before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from demo.content import Post, Term, User, local_to_gmt
from demo.server import serve
from demo.site import Site, build_site
from tests.conftest import Scrapy
from tests.exporting import same_both_ways
from tests.replaying import Row, ledger, texts
from tests.running import Run, scrapy

_WORDS = (
    "The harbour board met {n} times before the pilots agreed to a new tariff for small boats.",
    "Captains of the {n} older vessels said they would pay it only if the channel was dredged.",
    "The dredger comes in spring, and with it {n} men from the yards further up the river.",
    "Until then the buoys stay where they are, and so do the lamps on pier number {n}.",
)


def text_of(n: int) -> str:
    return "".join(f"<p>{line.format(n=f'{n * 37}')}</p>" for line in _WORDS)


def post(n: int, **fields: object) -> Post:
    values = {"date": f"2024-03-{n:02d}T10:00:00", "title": f"Tariff {n}", "slug": f"tariff-{n}"}
    values["content"] = text_of(n)
    return Post(id=n, **{**values, **fields})  # type: ignore[arg-type]


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve three posts of two authors, in two categories."""
    users = [User(id=1, name="Nora Quill", slug="nora"), User(id=2, name="Tom Reed", slug="tom")]
    terms = [Term(id=3, name="Harbour", slug="harbour"), Term(id=4, name="Town", slug="town")]
    with serve(build_site([post(n, categories=[3]) for n in (1, 2, 3)], users, terms)) as found:
        yield found


def change(site: Site, number: int, *, day: Any = 1, **fields: object) -> None:
    with site.lock:
        found = site.posts[number]
        for name, value in fields.items():
            setattr(found, name, value)
        found.date_gmt = local_to_gmt(found.date)
        found.modified = f"2025-01-{day:02d}T00:00:00"
        found.modified_gmt = local_to_gmt(found.modified)


def events(archives: Path) -> list[Row]:
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database:
        columns = "key, source, kind, at, alias, detail, record"
        return database.execute(f"SELECT {columns} FROM event ORDER BY id").fetchall()


def kinds(archives: Path) -> list[str]:
    return [row[2] for row in events(archives)]


def check_archive(archives: Path, *options: str) -> None:
    """Verify, export, rebuild and replay an archive; nothing may differ."""
    same_both_ways(archives)
    verified = scrapy(archives, "verify")
    assert verified.exit_code == 0, verified.stdout
    before = ledger(archives), texts(archives), events(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    assert (ledger(archives), texts(archives), events(archives)) == before
    replayed = scrapy(archives, "replay", "--check", *options)
    assert replayed.exit_code == 0, replayed.stdout + replayed.log


def crawled(crawl: Scrapy, site: Site, **arguments: str) -> Run:
    run = crawl(site=site.home, **arguments)
    assert run.exit_code == 0, run.log
    return run


_LATER = {"date": "2024-06-01T08:00:00"}


def test_a_redated_post_keeps_its_key_file_and_first_day(crawl: Scrapy, site: Site) -> None:
    before = crawled(crawl, site).texts
    change(site, 2, **_LATER)
    run = crawled(crawl, site)
    assert run.report["articles"] == {"duplicate": 3}
    assert run.report["changed"] == {"redated": 1}
    assert "\n  changed   1 redated\n" in run.stdout
    assert site.permalink(site.posts[2]) in [row[5] for row in ledger(run.archives)[0]]
    assert run.texts == before
    again = crawled(crawl, site)
    assert again.report["articles"] == {"duplicate": 3}
    assert again.report["changed"] == {}
    assert kinds(run.archives) == ["redated"]
    check_archive(run.archives)
    assert crawled(crawl, site).report["articles"] == {"duplicate": 3}


def test_a_redated_post_with_a_line_more_is_a_revision(crawl: Scrapy, site: Site) -> None:
    before = crawled(crawl, site).texts
    change(site, 2, content=text_of(2) + "<p>A correction was made.</p>", **_LATER)
    run = crawled(crawl, site)
    assert run.report["articles"] == {"duplicate": 2, "revised": 1}
    assert run.texts.keys() == before.keys()
    (revised,) = (text for name, text in run.texts.items() if text != before[name])
    assert revised.startswith(" date 2024-03-02 Tariff 2\n")
    assert revised.endswith("\nA correction was made.\n")
    check_archive(run.archives)


def test_a_post_that_is_used_for_another_story_is_another_article(
    crawl: Scrapy, site: Site
) -> None:
    crawled(crawl, site)
    change(site, 2, content="<p>Fair today, with light winds from the west.</p>", **_LATER)
    run = crawled(crawl, site)
    assert run.report["articles"] == {"duplicate": 2, "new": 1}
    assert len(run.texts) == 4


def test_another_post_with_the_same_text_is_another_article(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    with site.lock:
        site.posts[9] = post(9, content=text_of(2), title="Tariff 2")
    run = crawled(crawl, site)
    assert run.report["articles"] == {"duplicate": 3, "new": 1}
    assert run.report["syndicated"] == 1
    assert run.report["changed"] == {}


def test_a_redated_post_of_a_ledger_that_knew_no_posts(crawl: Scrapy, site: Site) -> None:
    archives = crawled(crawl, site).archives
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database:
        database.execute("DELETE FROM post")
        database.commit()
    change(site, 2, **_LATER)
    assert crawled(crawl, site).report["changed"]["redated"] == 1


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"slug": "dearer-boats"}, "url"),
        ({"author": 2}, "authors"),
        ({"categories": [4, 3]}, "categories"),
    ],
)
def test_a_changed_fact_is_updated_with_a_record(
    crawl: Scrapy, site: Site, fields: dict[str, object], what: str
) -> None:
    before = crawled(crawl, site).texts
    change(site, 3, **fields)
    run = crawled(crawl, site)
    assert run.report["changed"] == {"updated": 1}
    assert run.report["articles"] == {"duplicate": 3}
    assert run.texts == before
    ((_, _, kind, _, alias, detail, record),) = events(run.archives)
    assert (kind, alias) == ("updated", "")
    assert f'"changed": {{"{what}": ' in detail
    assert record
    change(site, 3, day=2)
    assert crawled(crawl, site).report["changed"] == {}, "what is known is no change"
    check_archive(run.archives)


def test_a_changed_headline_is_a_revision(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    change(site, 3, title="Boats are dearer")
    assert crawled(crawl, site).report["articles"] == {"duplicate": 2, "revised": 1}


def test_authors_that_are_hidden_now_are_no_change(crawl: Scrapy, site: Site) -> None:
    crawled(crawl, site)
    site.users.clear()
    change(site, 3, slug="other")
    run = crawled(crawl, site)
    assert '"authors": ["Nora Quill"]' in events(run.archives)[0][5]
    assert '"changed": {"url": ' in events(run.archives)[0][5]


Guid = Callable[[int], str]
_GUIDS: list[tuple[Guid, Guid]] = [
    (lambda n: f"http://old.example/?p={n}", lambda n: f"https://www.old.example/?p={n}"),
    (lambda n: f"http://old.example/?p={n}", lambda n: f"https://new.example/tariff-{n}/"),
]


@pytest.mark.parametrize(("old", "new"), _GUIDS, ids=("www", "permalink"))
def test_guids_that_were_rewritten_make_no_second_articles(
    crawl: Scrapy, site: Site, old: Guid, new: Guid
) -> None:
    for number, found in site.posts.items():
        found.guid = old(number)
    before = crawled(crawl, site).texts
    for number, found in site.posts.items():
        found.guid = new(number)
    run = crawled(crawl, site)
    assert run.report["articles"] == {"duplicate": 3}
    assert run.report["changed"] == {"renamed": 3}
    assert run.texts == before
    check_archive(run.archives)
