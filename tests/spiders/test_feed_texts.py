"""The whole text in a feed is the last rung, where the page is not to be had."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.warc.reader import records
from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.plain import answering
from tests.servers.small_site import SmallSite, page
from tests.spiders.test_nothing_kept import check_rebuild, story

_FEED = (
    "<?xml version='1.0'?><rss version='2.0' "
    "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Wire</title>"
    "<link>{home}/</link>{items}</channel></rss>"
)
_ITEM = (
    "<item><title>{title}</title><item/><link>{home}{path}</link>"
    "<pubDate>Sat, 07 Mar 2026 10:00:00 GMT</pubDate>"
    "<content:encoded><![CDATA[{content}]]></content:encoded></item>"
)
_ATOM = (
    "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Wire</title>"
    "<id>tag:wire</id>{items}</feed>"
)
_ENTRY = (
    "<entry><title>{title}</title><id>{home}{path}</id>"
    "<published>2026-03-07T10:00:00Z</published>"
    "<content type='html'>&lt;p>{content}&lt;/p></content></entry>"
)
WHOLE = (
    "<p>The whale of {n} was seen again on Saturday, by more people than had ever seen it.</p>"
    "<p>Nobody who was asked for {n} could say where a whale like that might have come from.</p>"
    "<p>It is not the first one of its kind in this bay, as the older ones remember.</p>"
)
TEASER = (
    "<p>The whale of {n} was seen again on Saturday, by more people than had ever seen it.</p>"
    "<p>Nobody who was asked for {n} could say where a whale like that might have come from.</p>"
    "<p>It is not the first one of its kind in this bay, as the older […]</p>"
)
STATUSES = {
    "401": "401 Unauthorized",
    "403": "403 Forbidden",
    "404": "404 Not Found",
    "410": "410 Gone",
    "451": "451 Unavailable For Legal Reasons",
    "500": "500 Broken",
}
_HUMAN = page(b"<html><title>Just a moment...</title><body><p>Wait.</p></body></html>")


@dataclass
class Site(SmallSite):
    """Its feed has a whole text for each of ``paths``; a page answers as it is called."""

    paths: tuple[str, ...]
    content: str = WHOLE
    atom: bool = False

    def _answer(self, path: str) -> bytes:
        name = path.rpartition("/")[2]
        if path == "/robots.txt":
            return page(b"User-agent: *\nDisallow: /story/private\n", kind="text/plain")
        if path == "/feed":
            return page(self._feed(), kind="application/xml")
        if name in ("moved", "front"):
            return page(b"", "302 Found", more=f"Location: /now/whale-{name}\r\n")
        if name in STATUSES:
            return page(b"<html><body><p>Go away.</p></body></html>", STATUSES[name])
        return PAGES[name]() if name in PAGES else page(story(1))

    def _feed(self) -> bytes:
        item, feed = (_ENTRY, _ATOM) if self.atom else (_ITEM, _FEED)
        items = ""
        for path in self.paths:
            content = self.content.format(n=path.rpartition("/")[2])
            content = content.replace("<", "&lt;") if self.atom else content
            title = f"Whale of {path.rpartition('/')[2]}"
            items += item.format(title=title, home=self.home, path=path, content=content)
        return feed.format(home=self.home, items=items).encode()


def crawl(archives: Path, site: Site, *arguments: str) -> Run:
    fast = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0")
    named = arguments or ("-a", f"url={site.home}/feed")
    return scrapy(archives, "crawl", "wire", *named, *fast)


PAGES = {
    "human": lambda: _HUMAN,
    "whale-moved": lambda: page(_undated("Whale of moved")),
    "whale-front": lambda: page(_undated("About the people who make this paper")),
}


def _undated(title: str) -> bytes:
    words = f"{title}: nobody who was asked could say where a thing like that might come from."
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{words}</p>"
        f"<p>Again and again people come to the quay, and look at the sea for an hour.</p>"
        "</article></body></html>"
    ).encode()


def test_the_day_of_the_feed_counts_after_a_redirect(archives: Path) -> None:
    """But not for a page that tells of something else than the entry."""
    site = Site(("/story/moved", "/story/front"), content="")
    with answering(site) as site.home:
        run = crawl(archives, site)
    (text,) = texts(archives).values()
    assert text.startswith(b" date 2026-03-07 Whale of moved\n")
    assert run.report["lost"]["no_date"]["first"][0]["address"] == f"{site.home}/story/front"


PATHS = tuple(f"/story/{name}" for name in (*STATUSES, "human", "private", "open"))
OF_FEED = ("401", "403", "404", "410", "451", "human")


@pytest.mark.parametrize("atom", [False, True])
def test_the_text_of_the_feed(archives: Path, atom: bool) -> None:
    with answering(site := Site(PATHS, atom=atom)) as site.home:
        run = crawl(archives, site)
        assert run.exit_code == 3, run.log
        lost = {
            name: [first["address"].removeprefix(site.home) for first in loss["first"]]
            for name, loss in run.report["lost"].items()
        }
        assert lost == {"status": ["/story/500"], "robots": ["/story/private"]}
        assert run.report["flagged"]["feed_text"] == len(OF_FEED)
        kept = texts(archives)
        assert len(kept) == len(OF_FEED) + 1
        assert sum(b"older ones remember" in text for text in kept.values()) == len(OF_FEED)
        assert len(list(_flagged(archives, f"{site.home}/feed"))) == len(OF_FEED)
        check_rebuild(archives)
        checked = scrapy(archives, "replay", "--check")
        assert checked.exit_code == 0, checked.stdout + checked.log


def _flagged(archives: Path, feed: str) -> list[dict[str, object]]:
    found = []
    for path in (archives / "warc").iterdir():
        for record in records(path):
            if record.type == "metadata" and b'"feed_text"' in record.block[:]:
                metadata = json.loads(record.block[:])
                assert metadata["origin"]["uri"] == feed
                found.append(metadata)
    return found


def test_what_a_feed_has_only_in_part_is_none(archives: Path) -> None:
    with answering(site := Site(("/story/403", "/story/open"), content=TEASER)) as site.home:
        run = crawl(archives, site)
    assert run.exit_code == 3
    assert run.report["lost"]["status"]["count"] == 1
    assert len(texts(archives)) == 1


def test_a_text_of_the_page_is_kept(archives: Path) -> None:
    site = Site(("/story/open", "/story/other"))
    with answering(site) as site.home:
        assert crawl(archives, site).exit_code == 0
        kept = texts(archives)
        site._answer = lambda path: (  # type: ignore[method-assign]
            page(site._feed()) if path == "/feed" else page(b"", "404 Not Found")
        )
        crawl(archives, site)
        assert texts(archives) == kept


def test_never_of_a_service_that_forbids(archives: Path, tmp_path: Path) -> None:
    with answering(site := Site(("/story/403", "/story/open"))) as site.home:
        file = tmp_path / "sources.toml"
        file.write_text(
            f"""[small]
name = "Small"
site = "{site.home}/"
feeds = ["{site.home}/feed"]
forbidden = "their terms say so"
""",
            encoding="utf-8",
        )
        arguments = ("-a", "service=small", "-a", "permission=theirs", "-s", f"SOURCES_FILE={file}")
        run = crawl(archives, site, *arguments)
    assert run.report["lost"]["status"]["count"] == 1, run.log
    assert len(texts(archives)) == 1
