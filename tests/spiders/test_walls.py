"""One text in the place of many stories becomes no article, the first ones neither."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.plain import answering
from tests.servers.small_site import SmallSite, page
from tests.spiders.test_nothing_kept import check_rebuild, outcomes

_FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>The Small Wire</title>"
    "<link>{home}/</link>{items}</channel></rss>"
)
_ITEM = (
    "<item><title>{title}</title><link>{home}{path}</link>"
    "<pubDate>Sat, 07 Mar 2026 10:00:00 GMT</pubDate></item>"
)
_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>{title}</title>{day}</head><body><main><article>"
    "<h1>{title}</h1>{paragraphs}</article></main></body></html>"
)
_DAY = "<meta property='article:published_time' content='2026-03-05T10:00:00Z'>"
_CHOICES = (
    "We and our partners store information on your device and read it again later on.",
    "Select below what we may do with it, and come back to that whenever you like to.",
    "Some of these partners need no leave from you, but you may object to what they do.",
)
_ARCHIVED = (
    "What you are looking for was put into our archive, which opens in the autumn.",
    "Until then our librarians answer letters that are sent to the usual address.",
)


@dataclass
class Site(SmallSite):
    """``stories`` are headlines by path; what a page has instead depends on its folder."""

    stories: dict[str, str]

    def _answer(self, path: str) -> bytes:
        folder = path.split("/")[1]
        if path == "/feed":
            return page(self._feed, kind="application/rss+xml")
        if folder == "led":
            to = path.replace("led", "moved")
            return page(b"", "302 Found", more=f"Location: {to}\r\n")
        texts = {"choices": _CHOICES, "moved": _ARCHIVED}
        titles = {"choices": "Your privacy choices", "moved": "The archive of our paper"}
        if folder in texts:
            day = _DAY if folder == "moved" else ""
            return _story(titles[folder], texts[folder], day)
        if path not in self.stories:
            return page(b"", "404 Not Found")
        title = self.stories[path]
        agency = ("The grey ferry sailed again, said the harbour.", "Whoever saw it was amazed.")
        own = (
            f"{title}: that is what people at the harbour say to everybody who asks them.",
            f"Nobody knows more of “{title}” so far, and nobody wants to say who began it.",
        )
        return _story(title, agency if folder == "agency" else own)

    @property
    def _feed(self) -> bytes:
        items = "".join(
            _ITEM.format(title=title, home=self.home, path=path)
            for path, title in self.stories.items()
        )
        return _FEED.format(home=self.home, items=items).encode()


def _story(title: str, paragraphs: tuple[str, ...], day: str = "") -> bytes:
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return page(_PAGE.format(title=title, paragraphs=shown, day=day).encode())


def crawl(archives: Path, site: Site, *options: str) -> Run:
    fast = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0")
    return scrapy(archives, "crawl", "wire", "-a", f"url={site.home}/feed", *fast, *options)


WALLED = {
    **{f"/choices/{n}": f"Whale number {n} comes ashore" for n in range(5)},
    **{f"/led/{n}": f"Bridge number {n} falls down" for n in range(4)},
}
KEPT = {
    "/own/1": "Storm damages several houses",
    "/own/2": "Kurz",
    "/agency/1": "Grey ferry sails again",
    "/agency/2": "Harbour: the grey ferry sailed",
    "/agency/3": "Ferry sails, harbour amazed",
}


def test_nothing_of_a_wall_becomes_an_article(archives: Path) -> None:
    with answering(site := Site(WALLED | KEPT)) as site.home:
        run = crawl(archives, site)
        assert run.exit_code == 3, run.log
        lost = run.report["lost"]["wall"]
        named = {first["address"].removeprefix(site.home) for first in lost["first"]}
        assert named == set(WALLED)
        assert any("“Your privacy choices”" in first["detail"] for first in lost["first"])
        assert len(texts(archives)) == len(KEPT), "copies of one agency's text are kept"
        assert len([row for row in outcomes(archives) if row[3] == "wall"]) == len(WALLED)
        check_rebuild(archives)
        again = scrapy(archives, "replay", "--check")
        assert again.exit_code == 0, again.stdout + again.log


def test_with_a_limit_of_articles(archives: Path) -> None:
    with answering(site := Site(WALLED | KEPT)) as site.home:
        run = crawl(archives, site, "-a", "max_articles=2")
    assert len(texts(archives)) == 2
    assert not any(
        b"partners" in text or b"librarians" in text for text in texts(archives).values()
    )
    assert run.exit_code == 3
