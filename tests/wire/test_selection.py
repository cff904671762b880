"""A crawl brings what its arguments select: days, sections, words, numbers, services."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire.crawling import ALL, Wire, skipped
from tests.wire.golden import Story, stories
from tests.wire.sources import sources_file

FIRST = stories("first")
OF_SERVICE = ("/feeds/top.rss", "/feeds/business.rdf", "/sitemaps/news.xml.gz", "/world/")


def urls(wanted: Callable[[Story], bool]) -> set[str]:
    return {url for url, story in FIRST.items() if wanted(story)}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"before": "2012-01-01"}, lambda s: s.date < "2012-01-01"),
        (
            {"after": "2026-03-04", "before": "2026-03-06"},
            lambda s: "2026-03-04" <= s.date < "2026-03-06",
        ),
        ({**ALL, "search": "WHISTLES porches"}, lambda s: "the whistles all over" in s.text),
        ({**ALL, "sections": "features"}, lambda s: s.url.startswith("/features/")),
    ],
    ids=["before", "after-and-before", "search", "sections"],
)
def test_filters(wire: Wire, arguments: dict[str, str], wanted: Callable[[Story], bool]) -> None:
    run, articles = wire.articles(**arguments)
    assert set(articles) == urls(wanted), run.stdout
    assert len(run.texts) == len(articles)


def test_what_one_crawl_did_not_want_another_may(wire: Wire) -> None:
    wire.crawl(search="whistles")
    run = wire.crawl()
    recent = {story.text for story in FIRST.values() if story.is_recent}
    assert recent <= set(run.texts.values()), run.stdout
    assert "crawl more often" not in run.stdout, "nothing passed in between"


def test_no_more_than_max_articles(wire: Wire) -> None:
    run = wire.crawl(max_articles="3")
    assert run.exit_code == 0, run.stdout
    assert run.report["articles"]["new"] == 3
    more = wire.crawl(max_articles="3")
    assert more.report["articles"]["new"] == 3
    assert len(more.texts) == 6


def test_a_service_of_ones_own_file(wire: Wire, tmp_path: Path) -> None:
    file = sources_file(tmp_path, wire.service)
    run, articles = wire.articles("-s", f"SOURCES_FILE={file}", service="meridian")
    assert run.exit_code == 3, run.stdout
    assert {
        "/features/frost-fair",
        "/metered/glass-organ",
        "/features/snail-race-photo-finish",
    } <= set(articles)
    assert "/a/fishing-quota-raised/7710231.html" not in articles, "no link page of it is named"
    assert all(wire.service.requested[page] == 1 for page in OF_SERVICE)
    assert {article["source"] for article in articles.values()} == {"meridian"}
    assert skipped(run.report)["kind"] == 2, "what the service says holds no text is not requested"
    assert not [url for url in wire.service.requested if url.startswith("/video/")]


def test_the_page_rules_of_ones_own_file(wire: Wire, tmp_path: Path) -> None:
    file = sources_file(tmp_path, wire.service)
    rules = "[meridian.pages]\nagency = 'Meridian'\nboilerplate = 'The ice .*'\n"
    file.write_text(file.read_text(encoding="utf-8") + rules, encoding="utf-8")
    run, articles = wire.articles("-s", f"SOURCES_FILE={file}", service="meridian")
    assert run.exit_code == 3, run.stdout
    fair = articles["/features/frost-fair"]
    text = FIRST["/features/frost-fair"].text
    assert [*fair["text"].split("\n")] == [s for s in text.split("\n")[1:-1] if s[:7] != "The ice"]
    assert fair["agency"] == "Meridian"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("boilerplate = '('", "[meridian.pages] boilerplate = '(' cannot be used: not a regular"),
        ("dateline = 'x'", "[meridian.pages] dateline = 'x' cannot be used: put the dateline"),
        ('templates = [{ body = "//[" }]', "cannot be used: body: not an XPath expression"),
    ],
)
def test_bad_page_rules_are_named(wire: Wire, tmp_path: Path, rule: str, said: str) -> None:
    file = sources_file(tmp_path, wire.service)
    rules = f"[meridian.pages]\n{rule}\n"
    file.write_text(file.read_text(encoding="utf-8") + rules, encoding="utf-8")
    run = wire.crawl("-s", f"SOURCES_FILE={file}", service="meridian")
    assert run.exit_code == 2, run.stdout
    assert said in run.stdout + run.log
    assert "Traceback" not in run.log
    assert wire.service.requested == {}


def test_a_feed_that_others_host(wire: Wire, tmp_path: Path) -> None:
    file = sources_file(tmp_path, wire.service)
    run, articles = wire.articles("-s", f"SOURCES_FILE={file}", service="hosted")
    away = {url for url in wire.service.requested if url.startswith("http") and "robots" not in url}
    assert away == {f"{wire.service.elsewhere}/feeds/top.rss"}, run.stdout
    assert articles


def test_sections_of_a_service(wire: Wire, tmp_path: Path) -> None:
    file = sources_file(tmp_path, wire.service)
    run, articles = wire.articles(
        *("-s", f"SOURCES_FILE={file}"), service="meridian", sections="Business"
    )
    assert run.exit_code == 0, run.stdout
    assert set(articles) == {"/2026/03/06/business/cannery-reopens", "/economy/1920044"}
    assert wire.service.requested["/world/"] == 0


def test_a_service_that_forbids_it_is_refused(wire: Wire, tmp_path: Path) -> None:
    file = ("-s", f"SOURCES_FILE={sources_file(tmp_path, wire.service)}")
    run = wire.crawl(*file, service="walled")
    assert run.exit_code == 2, run.stdout
    assert "forbid crawling" in run.stdout + run.log
    assert "permission" in run.stdout + run.log
    assert wire.service.requested == {}
    allowed = wire.crawl(*file, service="walled", permission="Letter of Ada, 2026-03-02")
    assert allowed.exit_code == 0, allowed.log
    assert len(allowed.texts) == 2


def test_the_rules_of_a_service_hold_for_its_address(wire: Wire, tmp_path: Path) -> None:
    file = sources_file(tmp_path, wire.service)
    text = (
        file.read_text(encoding="utf-8")
        .replace("[meridian]", "[zz]")
        .replace('127.0.0.1"]', 'm.example"]')
    )
    file.write_text(text, encoding="utf-8")
    run = wire.crawl("-s", f"SOURCES_FILE={file}")
    assert run.exit_code == 2, run.stdout
    assert "forbid crawling" in run.stdout + run.log
    assert wire.service.requested == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"service": "meridiam"}, "did you mean meridian?"),
        ({"service": "meridian", "url": "https://x.example/"}, "either a service"),
        ({"url": "{home}", "after": "yesterday"}, "after='yesterday' cannot be used"),
        ({"url": "{home}", "colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_bad_arguments(wire: Wire, tmp_path: Path, arguments: dict[str, str], said: str) -> None:
    file = sources_file(tmp_path, wire.service)
    given = {name: value.format(home=wire.service.home) for name, value in arguments.items()}
    run = wire.crawl("-s", f"SOURCES_FILE={file}", **given)
    assert run.exit_code == 2, run.stdout
    assert said in run.stdout + run.log
    assert "Traceback" not in run.log
    assert wire.service.requested == {}
