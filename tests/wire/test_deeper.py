"""A feed that links nothing known: the sitemaps and fronts of its site are read in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.running import Run, scrapy
from tests.wire.crawling import Wire
from tests.wire.small import Item, edition

_SOURCE = """
[ferries]
name = "The Small Wire"
site = "{home}/"
domains = ["127.0.0.1"]
feeds = ["{home}/feed.atom"]
"""
_SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
_URL = "<url><loc>{{home}}{path}</loc><lastmod>{day}</lastmod></url>"
_FED = 10


def story(number: int) -> Item:
    """Return a story of March 2026, ten of them a day from the 7th on."""
    day = f"2026-03-{7 + number // _FED:02d}"
    name = f"ferry-{number * 7919}-seen-again-off-the-northern-pier"
    return Item(
        path=f"/{day.replace('-', '/')}/{name}",
        title=f"Ferry {number * 7919} seen again off the northern pier",
        published=day,
        updated=f"{day}T00:00:00Z",
        about=f"ferry {number * 7919}",
    )


_STORIES = [story(number) for number in range(40)]


class Site:
    """A site whose feed links ten stories, which is read twice."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.wire, self.folder = wire, folder
        self.file = folder / "sources.toml"
        self.file.write_text(_SOURCE.format(home=wire.service.home), encoding="utf-8")

    def publish(
        self,
        count: int,
        *,
        fronted: Sequence[Item] = (),
        mapped: Sequence[Item] = (),
        robots: str = "",
        wordpress: str = "",
    ) -> None:
        """Publish the first *count* stories; the feed links the last ten of them.

        *wordpress* says what the older pages are of which WordPress does not tell.
        """
        out = self.folder / f"{count}"
        named = edition(
            out, _STORIES[count - _FED : count], fronted=fronted, unlinked=_STORIES[:count]
        )
        if mapped:
            urls = "".join(_URL.format(path=i.path, day=i.published) for i in mapped)
            (out / "sitemap.xml").write_text(_SITEMAP.format(urls=urls), encoding="utf-8")
        if robots:
            (out / "robots.txt").write_text(robots, encoding="utf-8")
        if wordpress:
            feed = out / "feed.atom"
            generator = '<generator uri="https://wordpress.org/">WordPress</generator>'
            text = feed.read_text(encoding="utf-8").replace("<id>tag", f"{generator}<id>tag")
            feed.write_text(text, encoding="utf-8")
        if wordpress == "without older pages":
            (out / "feed.atom@paged=2.status").write_text("404", encoding="utf-8")
        self.wire.service.publish(named)

    def crawl(self, days: float, **arguments: str) -> Run:
        arguments = arguments or {"service": "ferries"}
        wire = replace(self.wire, days=days)
        return wire.crawl("-s", f"SOURCES_FILE={self.file}", **arguments)


@pytest.fixture
def site(wire: Wire, tmp_path: Path) -> Site:
    return Site(wire, tmp_path)


def deeper(run: Run) -> int:
    return int(run.report["stats"].get("wire/read_deeper", 0))


def problems(run: Run) -> list[str]:
    return [problem["kind"] for problem in run.report["problems"]]


@pytest.mark.parametrize("robots", ["", "User-agent: *\nSitemap: {home}/sitemap.xml\n"])
@pytest.mark.parametrize("wordpress", ["", "without older pages", "with the same page again"])
def test_a_sitemap_has_what_the_feed_lost(site: Site, robots: str, wordpress: str) -> None:
    site.publish(_FED, wordpress=wordpress)
    first = site.crawl(0)
    assert (first.exit_code, len(first.texts), deeper(first)) == (0, _FED, 0), first.stdout
    assert "/sitemap.xml" not in site.wire.service.requested
    site.publish(40, mapped=_STORIES, robots=robots, wordpress=wordpress)
    second = site.crawl(2)
    assert (second.exit_code, len(second.texts), deeper(second)) == (0, 40, 1), second.stdout
    third = site.crawl(2.1)
    assert (third.exit_code, deeper(third)) == (0, 0), third.stdout
    replayed = scrapy(site.wire.archives, "replay", "--check", "-s", f"SOURCES_FILE={site.file}")
    assert replayed.exit_code == 0, replayed.stdout + replayed.log


def test_an_address_without_an_entry(site: Site) -> None:
    url = f"{site.wire.service.home}/feed.atom"
    site.publish(_FED)
    site.crawl(0, url=url)
    site.publish(40, mapped=_STORIES)
    run = site.crawl(2, url=url)
    assert (run.exit_code, len(run.texts), deeper(run)) == (0, 40, 1), run.stdout


def test_fronts_have_more_and_prove_nothing(site: Site) -> None:
    """A front may show an old story beside the new ones, and leave out what lies between."""
    site.publish(_FED)
    site.crawl(0)
    site.publish(40, fronted=[_STORIES[3], *_STORIES[20:35]])
    run = site.crawl(2)
    assert len(run.texts) == 2 * _FED + 10, run.stdout
    assert (run.exit_code, problems(run)) == (3, ["feed_gap"])
    assert "crawl more often" in run.stdout


def test_a_sitemap_that_does_not_reach_back(site: Site) -> None:
    site.publish(_FED)
    site.crawl(0)
    site.publish(40, mapped=_STORIES[20:])
    run = site.crawl(2)
    assert (len(run.texts), problems(run)) == (30, ["feed_gap"]), run.stdout


def test_a_sitemap_of_something_else(site: Site) -> None:
    """One that links old stories alone does not say that nothing lies between."""
    site.publish(_FED)
    site.crawl(0)
    site.publish(40, mapped=_STORIES[:_FED])
    run = site.crawl(2)
    assert problems(run) == ["feed_gap"], run.stdout


def test_nothing_is_read_deeper_where_something_is_known(site: Site) -> None:
    site.publish(_FED)
    site.crawl(0)
    site.publish(2 * _FED - 1, mapped=_STORIES[: 2 * _FED - 1])
    run = site.crawl(1)
    assert (run.exit_code, len(run.texts), deeper(run)) == (0, 2 * _FED - 1, 0), run.stdout
    assert "/sitemap.xml" not in site.wire.service.requested
    site.publish(2 * _FED - 1)
    site.crawl(1.05)
    assert site.wire.service.requested == {"/robots.txt": 1, "/feed.atom": 1}
