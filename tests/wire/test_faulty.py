"""Broken link pages, and a broken site: what can be read is read, the rest is named."""

from __future__ import annotations

from tests.wire.crawling import Wire
from tests.wire.golden import stories

RECENT = {url for url, story in stories("first").items() if story.is_recent}
ONLY_IN_WORLD = {"/a/fishing-quota-raised/7710231.html", "/hub/sea/whale-rescue-22b04e"}
ONLY_IN_BUSINESS = {"/economy/1920044", "/2026/03/06/business/cannery-reopens"}


def test_malformed_feeds_give_their_good_items(wire: Wire) -> None:
    wire.service.publish("first", "malformed")
    run, articles = wire.articles()
    # Of the feed that is cut in the middle the last story is lost.
    assert set(articles) == RECENT - {"/hub/sea/whale-rescue-22b04e"}, run.stdout
    assert run.exit_code == 3
    named = " ".join(problem["message"] for problem in run.report["problems"])
    assert f"{wire.service.home}/feeds/world.atom" in named


def test_unreadable_feeds_are_named_and_read_the_next_time(wire: Wire) -> None:
    wire.service.publish("first", "unreadable")
    run, articles = wire.articles("-s", "RETRY_TIMES=0")
    lost = RECENT - set(articles)
    assert lost <= ONLY_IN_WORLD | ONLY_IN_BUSINESS
    assert "/hub/sea/whale-rescue-22b04e" in lost
    assert run.exit_code == 3, run.stdout
    named = {p["message"] for p in run.report["problems"] if p["kind"] == "link_page_unreadable"}
    assert len(named) == 2
    assert any("business.rdf" in message and "503" in message for message in named)
    assert any("world.atom" in message for message in named)
    wire.service.publish("first")
    run = wire.crawl()
    recent = [story.text for story in stories("first").values() if story.is_recent]
    # One text stands at two addresses: whoever reads the second later takes the story for moved.
    assert set(run.texts.values()) == set(recent), run.stdout


def test_a_site_that_cannot_be_read_is_an_error(wire: Wire) -> None:
    wire.service.publish("first", "silent")
    run = wire.crawl("-s", "RETRY_TIMES=0")
    assert run.exit_code == 4, run.stdout
    assert wire.service.home in run.stdout
    assert "503" in run.stdout
    assert run.texts == {}
