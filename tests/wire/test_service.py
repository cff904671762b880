"""The service itself: what it serves is what the tests say it does."""

from __future__ import annotations

import gzip
import json
import urllib.request
from urllib.error import HTTPError
from xml.etree import ElementTree

import pytest

from tests.wire.editions import SITE, answer
from tests.wire.golden import stories
from tests.wire.service import Service

NAMES = {"home": "http://127.0.0.1:1", "elsewhere": "http://127.0.0.2:1"}


def test_every_story_is_served_and_has_the_headline() -> None:
    for editions in (["first"], ["first", "next_day"]):
        for story in stories(*editions).values():
            found = answer(editions, story.url, NAMES)
            assert found.status in (200, 410), story.url
            assert found.status == 410 or story.headline in found.body.decode(), story.url


def test_feeds_and_sitemaps_are_whole_but_where_they_are_meant_to_be_broken() -> None:
    for path in sorted([*SITE.glob("first/**/*"), *SITE.glob("next_day/**/*")]):
        if path.suffix in (".rss", ".atom", ".rdf", ".xml"):
            ElementTree.fromstring(path.read_text(encoding="utf-8"))
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
    for name in ("top.rss", "world.atom"):
        with pytest.raises(ElementTree.ParseError):
            ElementTree.parse(SITE / "malformed" / "feeds" / name)


def test_editions_lie_over_each_other() -> None:
    story = "/article/reservoir-level-90cc17"
    assert b"since 2011" in answer(["first"], story, NAMES).body
    assert b"since 2014" in answer(["first", "next_day"], story, NAMES).body
    assert answer(["next_day"], "/world/", NAMES).status == 404
    assert answer(["first"], "/../first/robots.txt", NAMES).status == 404


def test_queries_redirects_and_compression() -> None:
    assert b"?page=3" in answer(["first"], "/world/?page=2", NAMES).body
    assert answer(["first"], "/world/?page=9", NAMES).status == 200
    moved = answer(["first"], "/article/seed-bank-old-slug", NAMES)
    assert moved.status == 301
    assert moved.headers["Location"].startswith(NAMES["home"])
    packed = answer(["first"], "/sitemaps/news.xml.gz", NAMES)
    assert gzip.decompress(packed.body) == answer(["first"], "/sitemaps/news.xml", NAMES).body


def test_the_log_has_every_request(service: Service) -> None:
    for url in (f"{service.home}/robots.txt", f"{service.elsewhere}/partner/story"):
        with urllib.request.urlopen(url) as response:
            assert service.home in response.read().decode()
    with pytest.raises(HTTPError):
        urllib.request.urlopen(f"{service.home}/article/withdrawn-5e5e?x=1")
    assert service.requested == {
        "/robots.txt": 1,
        f"{service.elsewhere}/partner/story": 1,
        "/article/withdrawn-5e5e?x=1": 1,
    }
    assert service.requested_paths["/article/withdrawn-5e5e"] == 1
