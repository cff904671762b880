"""A site that means no good: the run ends, says what happened, and the corpus is clean."""

from __future__ import annotations

from pathlib import Path

from tests.wire.crawling import Wire
from tests.wire.small import Item, edition

STORIES = [
    Item(path=f"/2026/story-{n}", title=f"The story of ferry number {n}", about=f"ferry {n}")
    for n in range(6)
]
_ELSEWHERE = [
    *("http://169.254.169.254/latest/", "{elsewhere}/x", "file:///etc/passwd", "//[::1]/x"),
]
_CHALLENGE = """<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><h1>Just a moment...</h1><p>Checking that you are human. This may take a while.</p></body>
</html>"""


def published(wire: Wire, folder: Path, changes: dict[str, str]) -> None:
    """Publish a small site, *changes* over its files."""
    named = edition(folder, STORIES)
    for name, content in changes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    wire.service.publish(named)


def test_challenges_in_place_of_stories_are_reported(wire: Wire, tmp_path: Path) -> None:
    pages = {f"{story.path[1:]}.html": _CHALLENGE for story in STORIES}
    published(wire, tmp_path / "site", pages)
    run = wire.crawl()
    assert run.texts == {}
    assert run.exit_code in (3, 4), run.stdout
    published(wire, tmp_path / "site", {})
    assert len(wire.crawl().texts) == len(STORIES), "they are tried again at once"


def test_a_page_that_all_stories_lead_to_is_no_story(wire: Wire, tmp_path: Path) -> None:
    moved = {f"{story.path[1:]}.status": "302 {home}/consent" for story in STORIES[:5]}
    consent = Path(__file__).parent / "site" / "first" / "consent.html"
    published(
        wire, tmp_path / "site", {**moved, "consent.html": consent.read_text(encoding="utf-8")}
    )
    run = wire.crawl()
    assert run.headlines == [STORIES[5].title], run.stdout
    assert run.exit_code == 3, run.stdout


def test_redirects_to_elsewhere_lead_nowhere(wire: Wire, tmp_path: Path) -> None:
    moved = {
        f"{story.path[1:]}.status": f"302 {where}"
        for story, where in zip(STORIES, _ELSEWHERE, strict=False)
    }
    published(wire, tmp_path / "site", moved)
    run = wire.crawl()
    assert len(run.texts) == len(STORIES) - len(_ELSEWHERE), run.stdout
    published(wire, tmp_path / "feed", {"feed.atom.status": "302 {elsewhere}/feed.atom"})
    run = wire.crawl()
    assert run.exit_code in (3, 4), run.stdout
    assert [url for url in wire.service.requested if not url.startswith("/")] == []


def test_entities_are_not_expanded(wire: Wire, tmp_path: Path) -> None:
    feed = edition(tmp_path / "site", STORIES)
    file = Path(feed) / "feed.atom"
    bomb = '<!DOCTYPE feed [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&#x2d;">'
    lots = "".join(f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 20}">' for n in range(8))
    text = file.read_text(encoding="utf-8").replace("<feed", f"{bomb}{lots}]><feed", 1)
    text = text.replace("<title>The story", "<title>&a;&j;The story")
    file.write_text(text, encoding="utf-8")
    wire.service.publish(feed)
    run = wire.crawl()
    assert sorted(run.headlines) == sorted(story.title for story in STORIES), run.stdout
    assert "root:" not in run.log + "".join(run.texts.values())


def test_sitemaps_without_end_are_given_up(wire: Wire, tmp_path: Path) -> None:
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(f"<sitemap><loc>{{home}}/s.xml?{{random}}{n}</loc></sitemap>" for n in range(3))
        + "</sitemapindex>"
    )
    robots = "User-agent: *\nSitemap: {home}/s.xml\n"
    published(wire, tmp_path / "site", {"s.xml": index, "robots.txt": robots})
    limits = ("-s", "WIRE_MAX_PAGES=20", "-s", "CLOSESPIDER_PAGECOUNT=300")
    run = wire.crawl(*limits, after="2020-01-01")
    assert wire.service.requested_paths["/s.xml"] < 100
    assert len(run.texts) == len(STORIES), run.stdout
    assert run.exit_code == 3, run.stdout
