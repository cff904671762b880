"""Stories on several pages: joined, or named with what is missing; and replayed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.archive.article_records import read_metadata
from crawler.warc.reader import Record, read_records
from tests.archive.handled import HANDLED
from tests.replaying import kept, replay
from tests.running import Run, scrapy
from tests.wire.crawling import Wire, skipped

TITLE = "The lighthouse that sailed to the other side of the bay"
DECK = "How an island moved its oldest building, stone by stone, in a single winter."
BIO = "The Small Wire has followed the tower since it was put up for sale years ago."
_HOME = """<!DOCTYPE html><html lang="en"><head><title>The Small Wire</title>
<link rel="alternate" type="application/atom+xml" href="/feed.atom"></head>
<body><h1>The Small Wire</h1></body></html>"""
_FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>The Small Wire</title><id>tag:small.example,2026:feed</id>
<updated>2026-03-08T00:00:00Z</updated><entry><title>{title}</title><id>{{home}}{path}</id>
<link href="{path}"/><published>2026-03-07T00:00:00Z</published></entry></feed>"""
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="article:published_time" content="2026-03-07">{head}</head>
<body><main><article><h1>{title}</h1><div class="story-body">{body}</div>{pager}</article></main>
</body></html>"""


def lines(number: int) -> list[str]:
    """Return the paragraphs that page *number* alone has."""
    return [
        f"In week {number} the masons carried {number}00 stones down to the quay, one by one.",
        f"By the end of that week {number} more rows were standing on the far shore of the bay.",
        f"Nobody had asked for more than that, said the keeper, who counted {number} of them.",
    ]


def whole(count: int) -> str:
    """Return the text of a story of *count* pages."""
    own = [line for number in range(1, count + 1) for line in lines(number)]
    return "\n".join([DECK, *own, BIO])


def page(
    number: int, count: int, *, kind: str = "pager", title: str = TITLE, text: str = ""
) -> str:
    """Return page *number* of *count*, linked as the *kind* of site does it."""
    body = "".join(f"<p>{line}</p>" for line in (DECK, *lines(number), BIO))
    others = [n for n in range(1, count + 1) if n != number]
    address = {n: "/tower" if n == 1 else f"/tower/{n}" for n in others}
    head = pager = ""
    if kind == "rel":
        named = {"next": address.get(number + 1), "prev": address.get(number - 1)}
        head = "".join(f'<link rel="{rel}" href="{url}">' for rel, url in named.items() if url)
    elif kind == "unlinked":
        counted = json.dumps({"@type": "NewsArticle", "wordCount": 90 * count, "headline": title})
        head = f'<script type="application/ld+json">{counted}</script>'
        head += '<meta name="generator" content="WordPress 6.8">'
    else:
        links = "".join(f'<a href="{url}">{n}</a> ' for n, url in address.items())
        pager = f'<p class="page-links">Pages: {links}</p>'
    return _PAGE.format(title=title, head=head, body=text or body, pager=pager)


def publish(folder: Path, wire: Wire, pages: Sequence[str], *, linked: str = "/tower") -> None:
    """Publish a site whose feed links the story on *pages* at *linked*."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"index.html": _HOME, "feed.atom": _FEED.format(title=TITLE, path=linked)}
    files |= {"tower.html" if n == 1 else f"tower/{n}.html": p for n, p in enumerate(pages, 1)}
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    wire.service.publish(str(folder))


def problems(run: Run) -> list[str]:
    return [problem["message"] for problem in run.report["problems"]]


def metadata(archives: Path) -> dict[str, object]:
    """Return the metadata record of the one article in *archives*."""
    records = (r for path in (archives / "warc").iterdir() for r in read_records(path))
    found = (read_metadata(r) for r in records if isinstance(r, Record) and r.type == "metadata")
    return next(dict(content) for content in found if content and "text_digest" in content)


def uris(archives: Path) -> list[str]:
    """Return the addresses of the later pages that its record names."""
    found = metadata(archives)["pages"]
    assert isinstance(found, list)
    return [ref["uri"] for ref in found]


@pytest.mark.parametrize("kind", ["pager", "rel"])
def test_a_story_is_joined_of_its_pages(wire: Wire, tmp_path: Path, kind: str) -> None:
    publish(tmp_path / "site", wire, [page(n, 3, kind=kind) for n in (1, 2, 3)])
    run, articles = wire.articles()
    assert run.exit_code == 0, run.stdout
    assert articles["/tower"]["text"] == whole(3)
    assert uris(wire.archives) == [f"{wire.service.home}/tower/{n}" for n in (2, 3)]
    assert wire.service.requested["/tower/3"] == 1
    again = wire.crawl()
    assert again.report["articles"].get("new", 0) == 0


@pytest.mark.parametrize("count", [3, 1])
def test_pages_that_nothing_links_are_looked_for_where_the_story_has_more_words(
    wire: Wire, tmp_path: Path, count: int
) -> None:
    pages = [page(n, 3, kind="unlinked") for n in (1, 2, 3)]
    publish(tmp_path / "site", wire, pages[:count])
    run = wire.crawl("-s", "INCOMPLETE=keep")
    assert run.report["stats"]["wire/story_pages/guessed"] == count
    assert wire.service.requested[f"/tower/{count + 1}"] == 1
    (text,) = run.texts.values()
    if count == 3:
        assert run.exit_code == 0, run.stdout
        assert text.partition("\n")[2].strip() == whole(3)
    else:
        assert run.exit_code == 3, run.stdout
        assert "wordCount is 270" in run.stdout


def test_nothing_is_guessed_where_the_story_is_whole(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(1, 1, kind="unlinked")])
    run = wire.crawl()
    assert run.exit_code == 0, run.stdout
    assert "wire/story_pages/guessed" not in run.report["stats"]
    assert not any(path.startswith("/tower/") for path in wire.service.requested)


def test_the_records_name_its_pages_and_trace_checks_them(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 2) for n in (1, 2)])
    wire.crawl()
    origin, pages = metadata(wire.archives)["origin"], metadata(wire.archives)["pages"]
    assert isinstance(origin, dict)
    assert isinstance(pages, list)
    assert origin["uri"] == f"{wire.service.home}/tower"
    assert [found["uri"] for found in pages] == [f"{wire.service.home}/tower/2"]
    assert all(found["record_id"] and found["file"] and found["length"] for found in pages)
    (file,) = (wire.archives / "text").rglob("*.txt")
    traced = scrapy(wire.archives, "trace", file.name)
    assert traced.exit_code == 0, traced.stdout
    assert f"page-2-record: {pages[0]['record_id']}" in traced.stdout
    assert "verified: yes" in traced.stdout
    assert scrapy(wire.archives, "verify").exit_code == 0


@pytest.mark.parametrize("way", ["recompress", "gunzip", "gunzip_and_gzip", "rename"])
def test_its_pages_are_found_in_files_that_were_handled(
    wire: Wire, tmp_path: Path, way: str
) -> None:
    publish(tmp_path / "site", wire, [page(n, 2) for n in (1, 2)])
    wire.crawl()
    HANDLED[way](wire.archives / "warc")
    assert scrapy(wire.archives, "rebuild").exit_code == 0
    (file,) = (wire.archives / "text").rglob("*.txt")
    traced = scrapy(wire.archives, "trace", file.name)
    assert traced.exit_code == 0, traced.stdout
    assert "page-2-moved-to: " in traced.stdout
    assert "origin-moved-to: " not in traced.stdout
    assert scrapy(wire.archives, "replay", "--check").exit_code == 0


def test_it_is_replayed_byte_for_byte_and_rebuilt(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 3) for n in (1, 2, 3)])
    wire.crawl()
    before = kept(wire.archives)
    wire.service.publish("silent")
    checked = scrapy(wire.archives, "replay", "--check")
    assert checked.exit_code == 0, checked.stdout
    warcs = sorted((wire.archives / "warc").iterdir())
    run = replay(tmp_path / "again", warcs, {"url": wire.service.home}, spider="wire")
    assert run.exit_code == 0, run.stdout
    assert kept(tmp_path / "again") == before
    (wire.archives / "ledger.sqlite").unlink()
    assert scrapy(wire.archives, "rebuild").exit_code == 0
    assert kept(wire.archives) == before


def test_a_replay_that_changes_the_text_names_its_pages_again(wire: Wire, tmp_path: Path) -> None:
    caption = (
        "<figure><img src='x.jpg'><figcaption>The tower at the quay in May.</figcaption></figure>"
    )
    pages = [page(n, 2).replace("</div>", f"{caption}</div>", 1) for n in (1, 2)]
    publish(tmp_path / "site", wire, pages)
    wire.crawl()
    before = uris(wire.archives)
    applied = scrapy(wire.archives, "replay", "--apply", "-s", "CLEAN_CAPTIONS=True")
    assert applied.exit_code in (0, 1), applied.stdout
    (file,) = (wire.archives / "text").rglob("*.txt")
    assert "The tower at the quay in May." in file.read_text(encoding="utf-8")
    traced = scrapy(wire.archives, "trace", file.name)
    assert traced.exit_code == 0, traced.stdout
    assert f"page-2-url: {before[0]}" in traced.stdout
    assert f"page-2-warc: {wire.archives}" in traced.stdout


def test_a_later_page_that_is_linked_leads_to_the_first(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 2) for n in (1, 2)], linked="/tower/2")
    run, articles = wire.articles()
    assert run.exit_code == 0, run.stdout
    assert articles["/tower"]["text"] == whole(2)
    assert len(articles) == 1
    assert skipped(run.report)["later_page"] == 1
    wire.crawl()
    assert wire.service.requested["/tower/2"] == 2, "by the link, then by the first page"


def test_a_page_that_does_not_come_is_named(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 4) for n in (1, 2)])
    run, articles = wire.articles()
    assert articles == {}
    assert run.exit_code == 3
    assert any(
        f"pages: 2 of 4 were read, {wire.service.home}/tower/3 answers with status 404" in message
        for message in problems(run)
    ), problems(run)


def test_what_came_is_kept_if_it_is_wanted(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 4) for n in (1, 2)])
    run, articles = wire.articles("-s", "INCOMPLETE=keep")
    assert run.exit_code == 3
    assert articles["/tower"]["text"] == whole(2)
    assert uris(wire.archives) == [f"{wire.service.home}/tower/2"]


def test_more_pages_than_wanted_are_named(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 3) for n in (1, 2, 3)])
    run = wire.crawl("-s", "WIRE_MAX_STORY_PAGES=2")
    assert run.exit_code == 3
    assert "pages: 2 of 3 were read, WIRE_MAX_STORY_PAGES is 2" in " ".join(problems(run))
    assert "/tower/3" not in wire.service.requested


def test_a_page_that_robots_txt_forbids_is_named(wire: Wire, tmp_path: Path) -> None:
    publish(tmp_path / "site", wire, [page(n, 2) for n in (1, 2)])
    rules = "User-agent: *\nDisallow: /tower/\n"
    (tmp_path / "site" / "robots.txt").write_text(rules, encoding="utf-8")
    run = wire.crawl()
    assert run.exit_code == 3
    assert "pages: 1 of 2 were read, robots.txt forbids" in " ".join(problems(run))


def test_another_story_is_not_joined(wire: Wire, tmp_path: Path) -> None:
    other = page(2, 2, title="A bridge is painted green by nine volunteers")
    publish(tmp_path / "site", wire, [page(1, 2), other])
    run, articles = wire.articles()
    assert articles == {}
    assert "has another headline, “A bridge" in " ".join(problems(run))


def test_more_comments_are_no_page_of_the_story(wire: Wire, tmp_path: Path) -> None:
    text = "".join(f"<p>{line}</p>" for line in (DECK, *lines(1), BIO))
    publish(tmp_path / "site", wire, [page(n, 9, text=text) for n in range(1, 10)])
    run, articles = wire.articles()
    assert run.exit_code == 0, run.stdout
    assert articles["/tower"]["text"] == whole(1)
    assert uris(wire.archives) == []
    assert "/tower/3" not in wire.service.requested


def test_an_archive_without_the_later_pages_is_replayed(wire: Wire, tmp_path: Path) -> None:
    """As those of older versions are, which named such a story at once."""
    publish(tmp_path / "site", wire, [page(n, 2) for n in (1, 2)])
    wire.crawl("-s", "WIRE_MAX_STORY_PAGES=1")
    wire.service.publish("silent")
    warcs = sorted((wire.archives / "warc").iterdir())
    run = replay(tmp_path / "again", warcs, {"url": wire.service.home}, spider="wire")
    assert run.exit_code == 3, run.stdout
    assert "pages: 1 of 2 were read" in json.dumps(run.report["problems"])
    assert "not_in_archive" not in json.dumps(run.report["problems"])
