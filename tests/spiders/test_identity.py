"""A story at several addresses is fetched once and kept once; what differs in its text is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.small_site import SmallSite, page, serving
from tests.spiders.test_nothing_kept import check_rebuild

_HOME = "<!DOCTYPE html><html><head><title>Small</title>{feeds}</head><body></body></html>"
_DOOR = "<link rel='alternate' type='application/rss+xml' href='/{name}'>"
_FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>The Small Wire</title>"
    "<link>{home}/</link>{items}</channel></rss>"
)
_ITEM = "<item>{title}<link>{home}{path}</link></item>"
_STORY = (
    "<!DOCTYPE html><html lang='en'><head><title>{title}</title>{canonical}"
    "<meta property='article:published_time' content='2026-03-07T10:00:00Z'></head><body><article>"
    "<h1>{title}</h1><p>The ferry was seen again near {title}, by more people than ever.</p>"
    "<p>Nobody who was asked at {title} could say where a ferry like that came from.</p>"
    "</article></body></html>"
)


def story(title: str, canonical: str = "") -> bytes:
    link = f"<link rel='canonical' href='{canonical}'>" if canonical else ""
    return page(_STORY.format(title=title, canonical=link).encode())


def moved(path: str) -> bytes:
    return page(b"", "301 Moved Permanently", more=f"Location: {path}\r\n")


@dataclass
class Site(SmallSite):
    """``feeds`` have the paths that they link; ``pages`` answer by path, or by ``chosen``."""

    feeds: dict[str, list[str]]
    pages: dict[str, bytes] = field(default_factory=dict)
    chosen: str = ""
    has_canonical: bool = True
    titled: bool = False

    def _answer(self, path: str) -> bytes:
        if path in self.pages:
            return self.pages[path]
        if path == "/":
            doors = "".join(_DOOR.format(name=name) for name in self.feeds)
            return page(_HOME.format(feeds=doors).encode())
        if path.strip("/") in self.feeds:
            items = "".join(self._item(link) for link in self.feeds[path.strip("/")])
            body = _FEED.format(home=self.home, items=items).encode()
            return page(body, kind="application/rss+xml")
        parts = urlsplit(path)
        if not parts.path.startswith(("/story", "/world", "/index.php")):
            return page(b"", "404 Not Found")
        if self.chosen:
            return story(f"Pier {parse_qs(parts.query)[self.chosen][0]}")
        plain = parts.path.partition(";")[0]
        return story(f"Pier {plain[-7:]}", f"{self.home}{plain}" if self.has_canonical else "")

    def _item(self, path: str) -> str:
        title = f"<title>About {path}</title>" if self.titled else ""
        return _ITEM.format(title=title, home=self.home, path=path)

    @property
    def stories(self) -> list[str]:
        """The stories that were asked for since last time."""
        asked, self.requested = self.requested, []
        return sorted(path for path in asked if path.startswith(("/story", "/world", "/index.php")))


def crawl(archives: Path, site: Site) -> Run:
    slow = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0")
    return scrapy(archives, "crawl", "wire", "-a", f"url={site.home}/", *slow)


NAMES = ("cmp", "ref", "r", "ico", "dicbo", "ocid", "ito", "smid", "__source", "PHPSESSID")


def test_doors_with_other_tracking_parameters(archives: Path) -> None:
    """One of two doors has no parameter, or another value; then comes a third one."""
    paths = {name: f"/story/the-grey-ferry-of-{name}" for name in NAMES}
    with_values = {f"{name}.xml": [f"{path}?{name}={name}"] for name, path in paths.items()}
    plain = [path if n % 2 else f"{path}?{name}=x" for n, (name, path) in enumerate(paths.items())]
    with serving(Site({**with_values, "plain.xml": plain})) as site:
        run = crawl(archives, site)
        assert run.exit_code == 0, run.log
        assert len(site.stories) == len(texts(archives)) == len(NAMES)
        site.feeds = {"c.xml": [f"{path}?{name}=three" for name, path in paths.items()]}
        run = crawl(archives, site)
        assert run.exit_code == 0, run.log
        assert site.stories == [], "what the first run learned is in the ledger"
        assert len(texts(archives)) == len(NAMES)
        check_rebuild(archives)


def test_session_ids_in_the_path(archives: Path) -> None:
    path = "/world/{};jsessionid={}"
    doors = {f"{n}.xml": [path.format("ferry", n), path.format("whale", n)] for n in (1, 2)}
    with serving(Site(doors)) as site:
        assert crawl(archives, site).exit_code == 0
        assert len(site.stories) == 2
        assert len(texts(archives)) == 2


@pytest.mark.parametrize(("name", "page"), [("r", "/index.php"), ("ref", "/story/the-grey-ferry")])
def test_parameters_that_choose_pages_here(name: str, page: str, archives: Path) -> None:
    links = [f"{page}?{name}=news/{n}" for n in range(6)]
    with serving(Site({"a.xml": links[:3], "b.xml": links[3:]}, chosen=name)) as site:
        run = crawl(archives, site)
        assert run.exit_code == 0, run.log
        assert site.stories == links
        assert len(texts(archives)) == 6


def test_a_counting_parameter_that_chooses_pages_after_all(archives: Path) -> None:
    entry = "<item><title>T{n}</title><link>{home}/index.php?cmp={n}</link>{day}</item>"
    day = "<pubDate>Sat, 0{n} Mar 2026 10:00:00 GMT</pubDate>"
    with serving(Site({}, chosen="cmp")) as site:
        items = "".join(
            entry.format(n=n, home=site.home, day=day.format(n=n)) for n in (1, 2, 3, 4)
        )
        feed = _FEED.format(home=site.home, items=items).encode()
        home = _HOME.format(feeds=_DOOR.format(name="a.xml")).encode()
        site.pages = {"/": page(home), "/a.xml": page(feed, kind="application/rss+xml")}
        run = crawl(archives, site)
        assert run.exit_code == 0, run.log
        assert len(texts(archives)) == 4


def test_without_a_canonical_url_the_texts_decide(archives: Path) -> None:
    links = [f"/story/the-grey-ferry-{n}" for n in range(4)]
    doors = {"a.xml": [f"{x}?ref=a" for x in links], "b.xml": [f"{x}?ref=b" for x in links]}
    with serving(Site(doors, has_canonical=False)) as site:
        run = crawl(archives, site)
        assert run.exit_code == 0, run.log
        assert len(site.stories) == 5, "one is compared, and then the parameter is known"
        assert len(texts(archives)) == 4
        site.feeds = {"c.xml": [f"{x}?ref=c" for x in links]}
        assert crawl(archives, site).exit_code == 0
        assert site.stories == []


def test_what_was_held_back_for_a_story_that_does_not_come(archives: Path) -> None:
    path = "/story/the-grey-ferry-again"
    site = Site({"a.xml": [f"{path}?ref=a", f"{path}?ref=b"]})
    site.pages[f"{path}?ref=a"] = page(b"", "500 No")
    with serving(site):
        run = crawl(archives, site)
        assert site.stories == [f"{path}?ref=a", f"{path}?ref=b"]
        assert len(texts(archives)) == 1
        assert run.exit_code == 3, "the first one is named"


OLD, NEW = "/story/the-grey-ferry-again", "/world/2026/ferry-grey"
STAYS = "/story/the-white-whale-again"


@pytest.mark.parametrize("gone", [page(b"", "404 Not Found"), moved(NEW)])
def test_a_story_that_moved(gone: bytes, archives: Path) -> None:
    site = Site({"a.xml": [OLD, STAYS]}, {OLD: story("the old pier")})
    with serving(site):
        assert crawl(archives, site).exit_code == 0
        kept = texts(archives)
        assert len(kept) == 2
        site.pages = {OLD: gone, NEW: story("the old pier")}
        site.feeds = {"a.xml": [NEW, STAYS]}
        assert site.stories == [OLD, STAYS]
        for asked in [NEW], []:
            run = crawl(archives, site)
            assert run.exit_code == 0, run.log
            assert site.stories == asked
            assert texts(archives) == kept
        check_rebuild(archives)


def test_a_story_and_the_address_that_leads_to_it(archives: Path) -> None:
    site = Site({"a.xml": [NEW, OLD]}, {OLD: moved(NEW), NEW: story("the old pier")})
    with serving(site):
        for asked in [OLD, NEW], []:
            run = crawl(archives, site)
            assert run.exit_code == 0, run.log
            assert site.stories == asked
            assert len(texts(archives)) == 1


def test_the_same_words_on_another_day_are_another_story(archives: Path) -> None:
    body = story("the old pier")
    site = Site({"a.xml": [OLD, STAYS]}, {OLD: body})
    with serving(site):
        assert crawl(archives, site).exit_code == 0
        site.pages[NEW] = body.replace(b"2026-03-07", b"2026-03-08")
        site.feeds = {"a.xml": [NEW, STAYS]}
        assert crawl(archives, site).exit_code == 0
        assert len(texts(archives)) == 3
