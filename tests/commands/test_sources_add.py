"""``scrapy sources add``: it looks at a site and writes its entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.sources.round_sources import round_sources
from crawler.sources.sources_file import load
from tests.conftest import Scrapy
from tests.running import Run
from tests.servers.small_site import SmallSite, page, serving
from tests.servers.small_wordpress import SmallWordPress, rest_post
from tests.servers.small_wordpress import serving as serving_wordpress

HOME = """<!DOCTYPE html><html lang="de-AT"><head><meta property="og:site_name" content="Küstenblatt">
<link rel="alternate" type="application/rss+xml" href="/feed">
<link rel="alternate" type="application/rss+xml" href="/gone">
</head><body><p>Our texts are <a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">free</a>
<a href="/nutzungsbedingungen">Nutzungsbedingungen</a></p></body></html>"""  # noqa: E501
FEED = """<rss version="2.0"><channel><title>x</title>
<item><title>Hafen im Winter still</title><link>{home}/hafen</link></item></channel></rss>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>{home}/hafen</loc></url></urlset>"""
ROBOTS = "User-agent: *\nDisallow: /private\nSitemap: {home}/news-sitemap.xml\n"


@dataclass
class Coast(SmallSite):
    """A site with a feed, a sitemap and a licence."""

    robots: str = ROBOTS
    pages: dict[str, str] = field(default_factory=lambda: {"/": HOME, "/feed": FEED})

    def _answer(self, path: str) -> bytes:
        if path == "/robots.txt" and self.robots == "500":
            return page(b"", status="500 Oh no")
        pages = {"/robots.txt": self.robots, "/news-sitemap.xml": SITEMAP, **self.pages}
        if path not in pages:
            return page(b"<html>gone</html>", status="404 Not Found")
        return page(pages[path].replace("{home}", self.home).encode())


@pytest.fixture
def coast() -> Iterator[Coast]:
    with serving(Coast()) as site:
        yield site


@dataclass
class Adding:
    """Runs ``scrapy sources add``."""

    scrapy: Scrapy
    file: Path

    def __call__(self, url: str, *options: str) -> Run:
        return self.scrapy("sources", "add", url, *options, "-s", f"SOURCES_FILE={self.file}")


@pytest.fixture
def add(scrapy: Scrapy, tmp_path: Path) -> Adding:
    return Adding(scrapy, tmp_path / "own.toml")


def test_a_site_with_feeds(add: Adding, coast: Coast, archives: Path) -> None:
    run = add(coast.home, "--key", "kueste", "--tag", "coast", "--tag", "de")
    assert run.exit_code == 0, run.log
    entry = load(add.file)["kueste"]
    assert (entry.name, entry.language, entry.spider) == ("Küstenblatt", "de-AT", "wire")
    assert entry.site == f"{coast.home}/"
    assert [it.url for it in entry.feeds] == [f"{coast.home}/feed"]
    assert [it.url for it in entry.sitemaps] == [f"{coast.home}/news-sitemap.xml"]
    assert (entry.license, entry.source_name) == ("CC BY-NC 4.0", "127.0.0.1")
    assert entry.tags == ("coast", "de")
    assert any("/gone is no feed" in doubt for doubt in entry.unverified)
    assert any("/nutzungsbedingungen" in doubt for doubt in entry.unverified)
    assert any(fact.what.endswith("/feed links 1 stories") for fact in entry.facts)
    assert 'license = "CC BY-NC 4.0"' in run.stdout
    assert [it.key for it in round_sources(add.file, tag="coast")] == ["kueste"]
    assert coast.requested.count("/robots.txt") == 1
    assert len(coast.requested) == 5
    assert not archives.exists()


def test_a_wordpress_site(add: Adding) -> None:
    head = "<title>Gull Point Post</title><link rel='https://api.w.org/' href='{home}/wp-json/'>"
    posts = [rest_post(number, "{home}", "A text.") for number in (1, 2)]
    with serving_wordpress(SmallWordPress(posts, head=head)) as site:
        run = add(f"{site.home}/")
    assert run.exit_code == 0, run.log
    entry = load(add.file)["127-0-0-1"]
    assert (entry.spider, entry.name, entry.feeds) == ("wordpress", "Gull Point Post", ())
    assert any("2 posts" in fact.what for fact in entry.facts)
    (source,) = round_sources(add.file)
    assert source.arguments == {"site": f"{site.home}/", "source": "127.0.0.1"}


def test_two_sites_of_one_host_have_two_names(add: Adding, coast: Coast) -> None:
    with serving(Coast()) as other:
        assert add(coast.home).exit_code == add(other.home).exit_code == 0
    sources = {it.key: it.source for it in round_sources(add.file)}
    assert sources == {"127-0-0-1": "127.0.0.1", "127-0-0-1-2": "127-0-0-1-2"}


def test_what_robots_txt_forbids_is_disabled(add: Adding, coast: Coast) -> None:
    coast.robots = "User-agent: *\nDisallow: /\n"
    run = add(coast.home, "--key", "kueste")
    assert run.exit_code == 0, run.log
    assert not load(add.file)["kueste"].enabled
    assert "# Disabled: robots.txt forbids its home page to us." in add.file.read_text()
    assert coast.requested == ["/robots.txt"]
    assert round_sources(add.file) == []


def test_a_feed_leads_to_its_site(add: Adding, coast: Coast) -> None:
    run = add(f"{coast.home}/feed", "--key", "kueste")
    assert run.exit_code == 0, run.log
    entry = load(add.file)["kueste"]
    assert entry.site == f"{coast.home}/"
    assert [it.url for it in entry.feeds] == [f"{coast.home}/feed"]


def test_a_site_that_is_there_and_one_that_is_not(add: Adding, coast: Coast) -> None:
    add.file.write_text(f'# mine\n[mine]\nsite = "{coast.home}"\n')
    before = add.file.read_bytes()
    run = add(f"{coast.home}/")
    assert (run.exit_code, coast.requested) == (2, [])
    assert "it is there already: [mine]" in run.log
    run = add("https://www.bbc.com/news")
    assert run.exit_code == 2
    assert "Newsreel knows it as [bbc]" in run.log
    run = add(f"{coast.home}/nowhere")
    assert run.exit_code == 4
    assert "/nowhere answers with status 404" in run.log
    run = add(f"{coast.home}/feed", "--key", "a,b")
    assert run.exit_code == 2
    assert add.file.read_bytes() == before


def test_a_hostile_site(add: Adding, coast: Coast) -> None:
    name = 'x\\"]\n[evil]\u001b[31m'
    deep = "<a href='/terms\x1b[2J'><table>" * 4000
    bomb = "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" + FEED.replace("still", "&b;")
    coast.pages = {"/": HOME.replace("Küstenblatt", name) + deep, "/feed": bomb, "/gone": bomb[:70]}
    run = add(coast.home, "--key", "kueste")
    assert run.exit_code == 0, run.log
    known = load(add.file)
    assert known.own == {"kueste"}
    assert "\x1b" not in run.stdout + run.log
    assert "\x1b" not in add.file.read_text()


@pytest.mark.parametrize(("robots", "code", "said"), [("", 0, ""), ("500", 4, "status 500")])
def test_an_empty_and_a_broken_robots_txt(
    add: Adding, coast: Coast, robots: str, code: int, said: str
) -> None:
    coast.robots = robots
    run = add(coast.home)
    assert run.exit_code == code, run.log
    assert said in run.log
    assert add.file.exists() == (code == 0)


def test_a_held_site_keeps_its_name(add: Adding, scrapy: Scrapy) -> None:
    head = "<link rel='https://api.w.org/' href='{home}/wp-json/'>"
    posts = [rest_post(n, "{home}", f"The harbour was closed for {n} days.") for n in range(1, 9)]
    with serving_wordpress(SmallWordPress(posts, head=head)) as site:
        arguments = ("-a", f"site={site.home}/", "-a", "source=old name")
        assert scrapy("crawl", "wordpress", *arguments).exit_code == 0
        run = add(f"{site.home}/", "--key", "gull")
    assert run.exit_code == 0, run.log
    assert load(add.file)["gull"].source == "old name"
