"""Feeds and sitemaps on other hosts than their stories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.wire.crawling import Wire
from tests.wire.small import Item, edition

FERRY = Item(path="/2026/ferry-is-late", title="The ferry is late once again")
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Small Wire</title>{link}
<item><title>{title}</title><link>{where}{path}</link>
<pubDate>Sat, 07 Mar 2026 08:00:00 GMT</pubDate></item></channel></rss>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{where}{path}</loc>
<lastmod>2026-03-07</lastmod></url></urlset>"""
SOURCES = """
[small]
name = "The Small Wire"
site = "{home}/"
domains = ["127.0.0.1"]
feeds = ["{elsewhere}/small/feed.rss"]
{more}
"""


def rss(where: str = "{home}", link: str = "") -> str:
    link = f"<link>{link}</link>" if link else ""
    return RSS.format(link=link, title=FERRY.title, where=where, path=FERRY.path)


def published(wire: Wire, folder: Path, files: Mapping[str, str]) -> None:
    """Publish a story and *files*, which both hosts have."""
    edition(folder, [], unlinked=[FERRY])
    (folder / "feed.atom").unlink()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    wire.service.publish(str(folder))


def sources(wire: Wire, folder: Path, more: str = "") -> tuple[str, str]:
    file = folder / "sources.toml"
    home, elsewhere = wire.service.home, wire.service.elsewhere
    file.write_text(SOURCES.format(home=home, elsewhere=elsewhere, more=more), encoding="utf-8")
    return "-s", f"SOURCES_FILE={file}"


def stories_requested(wire: Wire) -> set[str]:
    return {url for url in wire.service.requested if url.endswith(FERRY.path)}


def test_the_own_link_of_a_feed_says_where_its_stories_are(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", {"feed.rss": rss(link="{home}/")})
    run, articles = wire.articles(url=f"{wire.service.elsewhere}/feed.rss")
    assert (set(articles), run.exit_code) == ({FERRY.path}, 0), run.stdout


def test_a_feed_that_names_no_site_is_named_with_the_fix(wire: Wire, tmp_path: Path) -> None:
    sitemap = SITEMAP.format(where="{home}", path=FERRY.path)
    for name, content in (("feed.rss", rss()), ("sitemap.xml", sitemap)):
        published(wire, tmp_path / name, {name: content})
        url = f"{wire.service.elsewhere}/{name}"
        run, articles = wire.articles(url=url)
        assert (set(articles), run.exit_code) == (set(), 3), run.stdout
        home = wire.service.home.removeprefix("http://")
        assert f"allow_hosts={home}" in run.stdout
        run, articles = wire.articles(url=url, allow_hosts=home)
        assert (set(articles), run.exit_code) == ({FERRY.path}, 0), run.stdout
        wire = Wire(wire.service, tmp_path / "next")


def test_the_sources_file_knows_whose_a_feed_is(wire: Wire, tmp_path: Path) -> None:
    feed = rss(link="{home}/")  # its port is not in the sources file
    published(wire, tmp_path / "site", {"small/feed.rss": feed, "small/world.rss": feed})
    options = sources(wire, tmp_path)
    for name in ("feed", "world"):
        url = f"{wire.service.elsewhere}/small/{name}.rss"
        run = wire.crawl(*options, url=url)
        assert (len(run.texts), run.exit_code) == (1, 0), run.stdout
        assert run.report["source"] == "small"


def test_a_home_page_with_a_feed_and_a_sitemap_elsewhere(wire: Wire, tmp_path: Path) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="{elsewhere}/feed.rss">'
    tide = Item(path="/2026/tide-is-high", title="The tide is high in the harbour", about="tide")
    site = tmp_path / "site"
    published(
        wire,
        site,
        {
            "index.html": f"<!DOCTYPE html><title>Small</title>{head}<p>Nothing here</p>",
            "feed.rss": rss(),
            "robots.txt": "Sitemap: {elsewhere}/map.xml",
            "map.xml": SITEMAP.format(where="{home}", path=tide.path),
            f"{tide.path[1:]}.html": tide.page,
        },
    )
    run, articles = wire.articles()
    assert (set(articles), run.exit_code) == ({FERRY.path, tide.path}, 0), run.stdout


def test_what_is_forbidden_is_so_through_any_feed(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", {"feed.rss": rss(link="{home}/")})
    options = sources(wire, tmp_path, 'forbidden = "Its terms forbid crawling."')
    url = f"{wire.service.elsewhere}/feed.rss"
    home = wire.service.home.removeprefix("http://")
    for arguments in ({}, {"allow_hosts": home}):
        run = wire.crawl(*options, url=url, **arguments)
        assert (run.texts, run.exit_code) == ({}, 3), run.stdout
        assert "permission" in run.stdout
    assert stories_requested(wire) == set()
    run = wire.crawl(*options, url=f"{wire.service.elsewhere}/small/feed.rss")
    assert run.exit_code == 2, "the feed is the service's own"
    run = wire.crawl(*options, url=url, permission="Letter of Ada, 2026-03-02")
    assert (len(run.texts), run.exit_code) == (1, 0), run.stdout


def test_a_redirect_does_not_lead_to_what_is_forbidden(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", {"feed.rss": rss("{elsewhere}/go", link="{home}/")})
    (tmp_path / "site" / "go" / "2026").mkdir(parents=True)
    redirect = tmp_path / "site" / f"go{FERRY.path}.status"
    redirect.write_text(f"302 {{home}}{FERRY.path}", encoding="utf-8")
    options = sources(wire, tmp_path, 'forbidden = "Its terms forbid crawling."')
    url = f"{wire.service.elsewhere}/feed.rss"
    run = wire.crawl(*options, url=url)
    assert (run.texts, run.exit_code) == ({}, 3), run.stdout
    assert FERRY.path not in wire.service.requested
    run, _ = Wire(wire.service, tmp_path / "own").articles(url=url)
    assert (len(run.texts), run.exit_code) == (1, 0), run.stdout
