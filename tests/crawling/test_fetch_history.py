from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.crawling.wire.fetch_history import ARTICLE, FILTERED, FetchHistory, is_due
from crawler.dates import parse_moment
from crawler.exceptions import DuplicateArticle, EmptyArticle, UnstoredArticle
from crawler.items import Article
from crawler.sources.link import Link
from crawler.state.backends import open_store
from crawler.state.store import Store, Visit

URL = "https://news.example/a"
AT = "2024-05-03T12:00:00.000000Z"


def visit(outcome: str = ARTICLE, *, date: str = "2024-05-03T10:00:00") -> Visit:
    return Visit(source="s", url=URL, at=AT, outcome=outcome, date=date)


@pytest.mark.parametrize(
    ("passed", "due"),
    [
        (timedelta(minutes=50), False),
        (timedelta(hours=1, minutes=59), False),  # it was two hours old
        (timedelta(hours=2), True),
        (timedelta(days=30), True),
    ],
)
def test_a_story_is_read_again_when_it_is_twice_as_old(passed: timedelta, due: bool) -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + passed
    assert is_due(Link(url=URL), visit(), now) is due


def test_an_old_story_is_not() -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(days=100)
    assert not is_due(Link(url=URL), visit(date="2024-04-01"), now)


@pytest.mark.parametrize(
    "modified", ["2024-05-03T11:00:00Z", "2024-05-03T13:00:00+02:00", "2024-05-02"]
)
def test_what_its_source_calls_unmodified_is_not(modified: str) -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(days=3)
    assert not is_due(Link(url=URL, modified=parse_moment(modified)), visit(), now)


@pytest.mark.parametrize(("minutes", "due"), [(9, False), (12, True)])
@pytest.mark.parametrize("modified", ["2024-05-03T12:01:00Z", "2024-05-04"])
def test_what_its_source_calls_modified_comes_sooner(
    minutes: int, due: bool, modified: str
) -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    assert is_due(Link(url=URL, modified=parse_moment(modified)), visit(), now) is due


@pytest.mark.parametrize(("hours", "due"), [(1, False), (2, True)])
def test_a_modification_without_a_time_counts_as_unknown(hours: int, due: bool) -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(hours=hours)
    assert is_due(Link(url=URL, modified=parse_moment("2024-05-03")), visit(), now) is due


def test_a_site_that_calls_everything_modified_is_not_read_whole_each_time() -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(days=1)
    link = Link(url=URL, modified=parse_moment(now.isoformat()))
    assert not is_due(link, visit(date="2023-05-03"), now)


@pytest.mark.parametrize(("days", "due"), [(6, False), (7, True)])
def test_what_gave_nothing_is_tried_again_after_a_week(days: int, due: bool) -> None:
    now = datetime(2024, 5, 3, 12, tzinfo=UTC) + timedelta(days=days)
    assert is_due(Link(url=URL), visit("no_text", date=""), now) is due


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


def article() -> Article:
    return Article(source="s", guid="g", date="2024-05-03", url="https://news.example/canonical")


def test_a_visit_counts_when_its_article_is_held(store: Store) -> None:
    history = FetchHistory(store, "s", "all")
    history.note_pending(article(), Link(url=URL), [], AT)
    history.write()
    assert history.last_visit(URL) is None
    history.note_held(article())
    history.write()
    for url in (URL, "https://news.example/canonical"):
        last = history.last_visit(url)
        assert last
        assert (last.guid, last.outcome, last.at) == ("g", ARTICLE, AT)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DuplicateArticle("held"), ARTICLE),
        (EmptyArticle("a video"), "empty"),
        (UnstoredArticle("disk full"), None),
    ],
)
def test_what_was_dropped(store: Store, error: Exception, outcome: str | None) -> None:
    history = FetchHistory(store, "s", "all")
    history.note_pending(article(), Link(url=URL), [], AT)
    history.note_dropped(article(), error)
    history.write()
    last = history.last_visit(URL)
    assert (last and last.outcome) == outcome


def test_what_another_selection_left_out_may_be_in_this_one(store: Store) -> None:
    link = Link(url=URL)
    floods = FetchHistory(store, "s", "floods")
    floods.note_skipped(link, [], AT, FILTERED)
    floods.write()
    assert set(floods.last_visits([link])) == {URL}
    assert FetchHistory(store, "s", "fires").last_visits([link]) == {}


def test_a_link_page_is_known_when_the_run_came_to_its_end(store: Store) -> None:
    history = FetchHistory(store, "s", "all")
    history.note_link_page("https://news.example/feed", "feed", AT)
    history.write()
    assert history.last_read("https://news.example/feed") == ""
    history.note_skipped(Link(url=URL), [], "2024-05-03T12:30:00.000000Z", "no_text")
    history.finish()
    assert history.last_read("https://news.example/feed") == "2024-05-03T12:30:00.000000Z"
    assert FetchHistory(store, "s", "floods").last_read("https://news.example/feed") == ""


def test_two_links_to_one_article_at_once(store: Store) -> None:
    history = FetchHistory(store, "s", "all")
    history.note_pending(article(), Link(url=URL), [], AT)
    history.note_pending(article(), Link(url="https://news.example/amp"), [], AT)
    history.note_held(article())
    history.note_dropped(article(), DuplicateArticle("held"))
    history.write()
    assert history.last_visit(URL)
    assert history.last_visit("https://news.example/amp")
