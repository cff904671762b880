"""Sitemaps as sites write them: a run opens what it needs of them, and never nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wire.crawling import Wire, skipped
from tests.wire.small import Item, edition

MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
OLD = Item(path="/ferry-of-old", title="The ferry of old goes down", published="2024-05-20")
NEW = Item(path="/ferry-of-late", title="The ferry of late is late again", about="late ferry")
FED = Item(path="/ferry-of-feeds", title="The ferry that the feed has", about="fed ferry")


def urlset(items: Iterable[Item], changed: str = "") -> str:
    lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
    urls = (f"<url><loc>{{home}}{item.path}</loc>{lastmod}</url>" for item in items)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(urls)}</urlset>'


def index(places: Iterable[str]) -> str:
    children = (f"<sitemap><loc>{{home}}{place}</loc></sitemap>" for place in places)
    return (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{''.join(children)}</sitemapindex>"
    )


def published(
    wire: Wire, folder: Path, files: Mapping[str, str], *, robots: str = "", fed: Item | None = None
) -> None:
    """Publish a site with *files* and two stories, which only sitemaps link."""
    named = edition(folder, [fed] if fed else [], unlinked=[OLD, NEW])
    if fed is None:
        Path(named, "index.html").write_text("<h1>The Small Wire</h1>", encoding="utf-8")
    if robots:
        files = {**files, "robots.txt": f"Sitemap: {{home}}{robots}\n"}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    wire.service.publish(named)


def asked(wire: Wire) -> set[str]:
    """Return the addresses of sitemaps that were requested."""
    return {url for url in wire.service.requested if "sitemap" in url}


def monthly() -> dict[str, str]:
    """Return a site's sitemaps by month, without any day of change."""
    parts = [f"/sitemap.xml?yyyy={month[:4]}&amp;mm={month[5:]}" for month in MONTHS]
    files = {f"sitemap.xml@yyyy={month[:4]}&mm={month[5:]}": urlset([]) for month in MONTHS}
    files |= {"sitemap.xml@yyyy=2024&mm=05": urlset([OLD])}
    files |= {"sitemap.xml@yyyy=2025&mm=12": urlset([NEW])}
    return {**files, "sitemap.xml": index(parts)}


def test_the_days_asked_for_open_their_months_alone(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", monthly(), robots="/sitemap.xml")
    run, articles = wire.articles(after="2024-05-14", before="2024-06-02")
    assert set(articles) == {OLD.path}, run.stdout
    months = {f"/sitemap.xml?yyyy=2024&mm={month}" for month in ("05", "06")}
    assert asked(wire) == {"/sitemap.xml", *months}
    assert skipped(run.report)["sitemap"] == len(MONTHS) - 2


def test_a_run_without_days_opens_the_newest_month(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", monthly(), robots="/sitemap.xml")
    run, articles = wire.articles()
    assert set(articles) == {NEW.path}, run.stdout
    assert asked(wire) == {"/sitemap.xml", "/sitemap.xml?yyyy=2025&mm=12"}


def test_parts_without_any_days_are_read_at_their_ends(wire: Wire, tmp_path: Path) -> None:
    parts = [f"/wp-sitemap-posts-post-{n}.xml" for n in range(1, 6)]
    files = {part[1:]: urlset([OLD]) for part in parts}
    files |= {"wp-sitemap.xml": index([*parts, "/wp-sitemap-users-1.xml"])}
    files |= {parts[-1][1:]: urlset([NEW])}
    published(wire, tmp_path / "site", files, robots="/wp-sitemap.xml")
    run, articles = wire.articles()
    assert set(articles) == {OLD.path, NEW.path}, run.stdout
    assert asked(wire) == {"/wp-sitemap.xml", parts[0], parts[-1]}
    again, _ = wire.articles()
    assert again.exit_code == 0, again.stdout
    assert wire.service.requested[NEW.path] == 1


def test_a_robots_txt_with_many_sitemaps_is_read_like_an_index(wire: Wire, tmp_path: Path) -> None:
    files = {f"sitemap-{month}.xml": urlset([]) for month in MONTHS}
    files |= {"sitemap-2024-05.xml": urlset([OLD]), "sitemap-2025-12.xml": urlset([NEW])}
    lines = "\n".join(f"Sitemap: {{home}}/sitemap-{month}.xml" for month in MONTHS)
    files |= {"robots.txt": lines}
    published(wire, tmp_path / "site", files)
    run, articles = wire.articles()
    assert (set(articles), asked(wire)) == ({NEW.path}, {"/sitemap-2025-12.xml"}), run.stdout


USUAL = ["/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"]


@pytest.mark.parametrize("place", [*USUAL, "/news-sitemap.xml"])
def test_the_usual_places_are_tried(wire: Wire, tmp_path: Path, place: str) -> None:
    published(wire, tmp_path / "site", {place[1:]: urlset([NEW], "2026-03-07")})
    run, articles = wire.articles()
    assert set(articles) == {NEW.path}, run.stdout
    assert run.exit_code == 0, "what is only tried need not exist"
    tried = USUAL[: USUAL.index(place) + 1] if place in USUAL else USUAL
    assert asked(wire) == {*tried, "/news-sitemap.xml"}


def test_a_feed_is_enough_but_for_the_past(wire: Wire, tmp_path: Path) -> None:
    files = {"sitemap_index.xml": urlset([OLD], "2024-05-21")}
    published(wire, tmp_path / "site", files, fed=FED)
    run, articles = wire.articles()
    assert (set(articles), asked(wire)) == ({FED.path}, set()), run.stdout
    run, articles = wire.articles(after="2024-05-01")
    assert set(articles) == {OLD.path}, run.stdout
    assert run.exit_code == 0, run.stdout


def test_the_past_of_a_service_that_names_feeds_alone(wire: Wire, tmp_path: Path) -> None:
    files = {"map-sitemap.xml": urlset([OLD], "2024-05-21")}
    published(wire, tmp_path / "site", files, robots="/map-sitemap.xml", fed=FED)
    sources = tmp_path / "sources.toml"
    sources.write_text(
        f'[small]\nname = "Small"\nsite = "{wire.service.home}/"\ndomains = ["127.0.0.1"]\n'
        f'feeds = ["{wire.service.home}/feed.atom"]\n',
        encoding="utf-8",
    )
    options = ("-s", f"SOURCES_FILE={sources}")
    run, articles = wire.articles(*options, service="small")
    assert (set(articles), asked(wire)) == ({FED.path}, set()), run.stdout
    run, articles = wire.articles(*options, service="small", after="2024-05-01")
    assert (set(articles), asked(wire)) == ({OLD.path}, {"/map-sitemap.xml"}), run.stdout


def test_a_pause_is_made_up_for(wire: Wire, tmp_path: Path) -> None:
    def publish(item: Item, changed: str) -> None:
        files = {"sitemap.xml": urlset([item], changed)}
        published(wire, tmp_path / changed, files, robots="/sitemap.xml")

    publish(OLD, "2026-03-07")
    wire.crawl()
    publish(NEW, "2026-03-09")
    run, articles = Wire(wire.service, wire.archives, days=9).articles()
    assert set(articles) == {NEW.path}, run.stdout


def test_sitemaps_have_a_limit_of_their_own(wire: Wire, tmp_path: Path) -> None:
    long = urlset([NEW], "2026-03-07").replace("<url>", f"<!--{' ' * 200_000}--><url>")
    published(wire, tmp_path / "site", {"sitemap.xml": long}, robots="/sitemap.xml")
    small = ("-s", "DOWNLOAD_MAXSIZE=100000")
    run, articles = wire.articles(*small, "-s", "WIRE_LINK_PAGE_MAXSIZE=150000", after="2024-01-01")
    assert (set(articles), run.exit_code) == (set(), 4), run.stdout
    assert "/sitemap.xml" in run.report["problems"][0]["message"]
    for url in ("", "/sitemap.xml"):
        one = replace(wire, archives=tmp_path / f"archives{url}")
        run, articles = one.articles(*small, url=wire.service.home + url)
        assert set(articles) == {NEW.path}, run.stdout


def test_a_sitemap_that_takes_too_long_costs_itself_alone(wire: Wire, tmp_path: Path) -> None:
    many = urlset([NEW] * 20_000, "2026-03-07")
    published(wire, tmp_path / "site", {"sitemap.xml": many}, robots="/sitemap.xml", fed=FED)
    run, articles = wire.articles("-s", "WIRE_LINK_PAGE_TIMEOUT=0.2")
    assert (set(articles), run.exit_code) == ({FED.path}, 3), run.stdout
    assert "0.2 CPU seconds" in run.report["problems"][0]["message"]
