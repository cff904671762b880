"""Addresses of feeds that answer otherwise: pages that list feeds, and pages that are none now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wire.crawling import Wire
from tests.wire.small import Item, edition

FERRY = Item(path="/2026/ferry-is-late", title="The ferry is late once again")
HORSE = Item(path="/2026/horse-is-loose", title="A horse is loose in the town", about="horse")
HUB = """<!DOCTYPE html><html lang="en"><title>Our feeds</title><body><h1>Our feeds</h1><table>
<tr><td>Ferries<td><a href="/feeds/ferries.atom">XML</a>
<tr><td>Horses<td><a href="/feeds/horses.atom">XML</a>
<tr><td>How it works<td><a href="/feeds/help">Help</a></table></body></html>"""
NOTHING = "<!DOCTYPE html><html><title>Gone</title><body><p>This service has ended.</body></html>"


def published(wire: Wire, folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Publish two stories that are linked by nothing, a feed of each, and *files*."""
    feeds = {}
    for name, item in (("ferries", FERRY), ("horses", HORSE)):
        edition(folder, [item])
        feeds[f"feeds/{name}.atom"] = (folder / "feed.atom").read_text(encoding="utf-8")
    (folder / "feed.atom").unlink()
    for name, content in {"index.html": NOTHING, **feeds, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    wire.service.publish(str(folder))


def test_the_feeds_of_a_hub_are_read(wire: Wire, tmp_path: Path) -> None:
    published(wire, tmp_path / "site", {"rss.html": HUB, "feeds/help.html": NOTHING})
    run, articles = wire.articles(url=f"{wire.service.home}/rss")
    assert set(articles) == {FERRY.path, HORSE.path}, run.stdout
    assert run.exit_code == 0, "a page of help is no feed that was lost"
    again, _ = wire.articles(url=f"{wire.service.home}/rss")
    assert again.exit_code == 0, again.stdout


def test_a_hub_that_a_home_page_or_a_sources_file_names(wire: Wire, tmp_path: Path) -> None:
    home = NOTHING.replace("<p>", '<a href="/rss">RSS</a><p>')
    published(
        wire, tmp_path / "site", {"rss.html": HUB, "feeds/help.html": NOTHING, "index.html": home}
    )
    run, articles = wire.articles()
    assert set(articles) == {FERRY.path, HORSE.path}, run.stdout
    assert run.exit_code == 0, run.stdout
    sources = tmp_path / "sources.toml"
    sources.write_text(
        f'[small]\nname = "Small"\nsite = "{wire.service.home}/"\ndomains = ["127.0.0.1"]\n'
        f'feeds = ["{wire.service.home}/rss"]\n',
        encoding="utf-8",
    )
    own = replace(wire, archives=tmp_path / "own")
    run, articles = own.articles("-s", f"SOURCES_FILE={sources}", service="small")
    assert set(articles) == {FERRY.path, HORSE.path}, run.stdout


def test_a_hub_under_any_address(wire: Wire, tmp_path: Path) -> None:
    more = "".join(f'<p><a href="/feeds/ferries.atom?{n}">x</a>' for n in range(3))
    published(wire, tmp_path / "site", {"news/10628494.html": HUB.replace("</body>", more)})
    run, articles = wire.articles(url=f"{wire.service.home}/news/10628494")
    assert set(articles) == {FERRY.path, HORSE.path}, run.stdout
    assert wire.service.requested["/"] == 0, "it is no home page"


@pytest.mark.parametrize("name", ["feed.atom", "podium"])
def test_an_address_that_was_a_feed_is_named(wire: Wire, tmp_path: Path, name: str) -> None:
    published(wire, tmp_path / "first", {})
    feed = (tmp_path / "first" / "feeds" / "ferries.atom").read_bytes()
    published(wire, tmp_path / "first", {f"{name}.html": feed})
    url = f"{wire.service.home}/{name}"
    run, articles = wire.articles(url=url)
    assert (set(articles), run.exit_code) == ({FERRY.path}, 0), run.stdout
    front = f'<h2><a href="{HORSE.path}">{HORSE.title}</a></h2>'
    for page in (f"{front}{NOTHING}", HUB):
        published(wire, tmp_path / "next", {f"{name}.html": page})
        run, articles = wire.articles(url=url)
        assert (set(articles), run.exit_code) == (set(), 4), run.stdout
        assert f"{url} is no feed" in run.stdout
        assert "it was a feed when it was read last" in run.stdout
        assert set(wire.service.requested) == {"/robots.txt", f"/{name}"}


@pytest.mark.parametrize("answer", [NOTHING, "410"])
@pytest.mark.parametrize("place", ["feed/index", "news.rss", "sitemap.xml"])
def test_what_is_called_a_feed_is_no_home_page(
    wire: Wire, tmp_path: Path, place: str, answer: str
) -> None:
    is_status = answer.isdecimal()
    files = {f"{place}.status": answer} if is_status else {f"{place}.html": answer}
    published(wire, tmp_path / "site", files)
    url = f"{wire.service.home}/{place.removesuffix('index')}"
    run = wire.crawl(url=url)
    assert run.exit_code == 4, run.stdout
    assert (f"{url} answers with status 410" if is_status else f"{url} is no ") in run.stdout
    assert set(wire.service.requested) <= {"/robots.txt", url.removeprefix(wire.service.home)}


@pytest.mark.parametrize(
    "changed",
    [
        lambda feed: feed.encode("utf-16"),
        lambda feed: ("\n" + feed).encode("utf-16-le"),
        lambda feed: feed.replace(
            "<feed", f"<!-- <html> {'made here ' * 3_000}--><feed", 1
        ).encode(),
    ],
    ids=["utf-16", "utf-16-without-mark", "long-comment"],
)
def test_feeds_in_odd_clothes(wire: Wire, tmp_path: Path, changed: Callable[[str], bytes]) -> None:
    published(wire, tmp_path / "site", {})
    file = tmp_path / "site" / "feeds" / "ferries.atom"
    home = wire.service.home
    file.with_name("odd.html").write_bytes(
        changed(file.read_text(encoding="utf-8").replace("{home}", home))
    )
    run, articles = wire.articles(url=f"{home}/feeds/odd")
    assert set(articles) == {FERRY.path}, run.stdout


def test_feeds_declared_as_any_xml(wire: Wire, tmp_path: Path) -> None:
    head = "".join(
        f'<link rel="alternate" type="{kind}" href="{where}">'
        for kind, where in (
            ("text/xml", "/feeds/ferries.atom"),
            ("application/xml", "/feeds/horses.atom"),
            ("application/xml", "/data.xml"),
        )
    )
    files = {"index.html": NOTHING.replace("<title>", f"{head}<title>"), "data.xml": "<data/>"}
    published(wire, tmp_path / "site", files)
    run, articles = wire.articles()
    assert set(articles) == {FERRY.path, HORSE.path}, run.stdout
    assert run.exit_code == 0, "what is no feed was none before"


def test_older_pages_are_followed_to_the_days_asked_for(wire: Wire, tmp_path: Path) -> None:
    """The first page of a feed may link nothing that is old enough."""
    old = replace(HORSE, published="2026-01-10", updated="2026-01-10T00:00:00Z")
    published(wire, tmp_path / "site", {})
    folder = edition(tmp_path / "old", [old])
    second = (tmp_path / "old" / "feed.atom").read_text(encoding="utf-8")
    for name in ("feed.atom", "index.html"):
        (tmp_path / "old" / name).unlink()
    first = (tmp_path / "site" / "feeds" / "ferries.atom").read_text(encoding="utf-8")
    paged = first.replace("<entry>", '<link rel="next" href="/page-2.atom"/><entry>', 1)
    published(wire, tmp_path / "site", {"feed.atom": paged, "page-2.atom": second})
    wire.service.publish(str(tmp_path / "site"), folder)
    url = f"{wire.service.home}/feed.atom"
    run, articles = wire.articles(url=url, after="2026-01-01", before="2026-02-01")
    assert (set(articles), run.exit_code) == ({old.path}, 0), run.stdout


def test_a_linked_page_that_fails_and_may_be_a_section_is_named(wire: Wire, tmp_path: Path) -> None:
    edition(tmp_path, [FERRY])
    home = tmp_path / "index.html"
    links = '<nav><a href="/news/harbour-affairs">Harbour</a></nav><h1>'
    home.write_text(home.read_text(encoding="utf-8").replace("<h1>", links), encoding="utf-8")
    wire.service.publish(str(tmp_path))
    run, articles = wire.articles()
    assert set(articles) == {FERRY.path}, run.stdout
    assert run.report["lost"]["front_failed"]["count"] == 1, run.stdout
    assert run.exit_code == 0, run.stdout
