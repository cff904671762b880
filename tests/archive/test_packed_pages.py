"""Articles as pages: which URL and date are shown, which text counts, what is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive.made_pages import made_url
from crawler.archive.packed_pages import PackedArticles
from crawler.warc.reader import Record, read_records
from crawler.warc.wacz_writer import WaczPage
from tests.archive.articles import HOST, LIST, article, seed, warc


def line(url: str, timestamp: str, status: str = "200") -> str:
    """Return a CDXJ line."""
    return f'key {timestamp} {{"url": "{url}", "mime": "text/html", "status": "{status}"}}\n'


def pages(path: Path, index: Iterable[str], *records: bytes) -> tuple[list[WaczPage], list[str]]:
    """Return the pages of *records*, and the addresses of those that are made."""
    with closing(PackedArticles(path.parent, MADE)) as articles:
        for item in read_records(warc(path, *records)):
            assert isinstance(item, Record)
            articles.add(item, path)
        index = list(index)
        assert list(articles.note_captures(index)) == index
        made = [made_url(article) for article, _ in articles.without_page()]
        return list(articles.pages()), made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.warc.gz"


MADE = "2024-04-12T00:00:00Z"
LISTED = line(LIST, "20240411080000")


def test_an_article_is_shown_as_what_it_was_read_from(path: Path) -> None:
    text = seed("Ferry", "It sailed.", "At noon.")
    (page,), made = pages(path, [LISTED], *article("ferry", text, second=7))
    assert (page.url, page.ts) == (LIST, "2024-04-11T08:00:07Z")
    assert (page.title, page.text) == ("Ferry", "It sailed.\nAt noon.")
    assert made == []


def test_its_own_page_is_shown_if_it_was_captured(path: Path) -> None:
    index = [
        LISTED,
        line(f"{HOST}/ferry", "20240411090000"),
        line(f"{HOST}/ferry", "20240411100001"),
        line(f"{HOST}/ferry", "20240411110000", status="404"),
        line(f"{HOST}/ferry/", "20240411120000"),
    ]
    (page,), _ = pages(path, index, *article("ferry", seed("Ferry")))
    assert (page.url, page.ts) == (f"{HOST}/ferry", "2024-04-11T10:00:01Z")


def test_its_page_may_have_been_captured_over_tls_alone(path: Path) -> None:
    index = [line(f"{HOST}/ferry".replace("https", "http"), "20240411090000"), LISTED]
    (page,), made = pages(path, index, *article("ferry", seed("Ferry")))
    assert (page.url, made) == (f"{HOST}/ferry".replace("https", "http"), [])
    (path.parent / "articles.sqlite").unlink()
    index.append(line(f"{HOST}/ferry", "20240411080000"))
    (page,), _ = pages(path, index, *article("ferry", seed("Ferry")))
    assert page.url == f"{HOST}/ferry".replace("https", "http")


def test_a_page_is_made_of_what_cannot_be_shown(path: Path) -> None:
    records = [
        *article("imported", seed("Imported"), origin=None),
        *article("elsewhere", seed("Elsewhere"), origin=f"{HOST}/gone"),
        *article("here", seed("Here")),
    ]
    shown, made = pages(path, [LISTED, line(f"{HOST}/gone", "2024", "500")], *records)
    assert [(page.title, page.ts) for page in shown] == [
        ("Imported", MADE),
        ("Elsewhere", MADE),
        ("Here", "2024-04-11T08:00:00Z"),
    ]
    assert [page.url for page in shown if page.ts == MADE] == made


@pytest.mark.parametrize(
    "mime", ["application/json", "application/rss+xml", "text/xml", "application/feed+json"]
)
def test_an_answer_for_machines_is_no_page(path: Path, mime: str) -> None:
    (page,), made = pages(path, [LISTED.replace("text/html", mime)], *article("a", seed("A")))
    assert [page.url] == made


def test_a_post_of_a_rest_api_is_no_page_whatever_its_type(path: Path) -> None:
    text, metadata = article("a", seed("A"))
    post = metadata.replace(b'"guid"', b'"post": "posts/1", "guid"')
    length = len(post.split(b"\r\n\r\n", 1)[1]) - 4
    post = re.sub(rb"Content-Length: [0-9]+", b"Content-Length: %d" % length, post)
    (page,), made = pages(path, [LISTED], text, post)
    assert [page.url] == made


def test_a_revisit_does_not_hide_that_its_original_was_a_page(path: Path) -> None:
    again = LISTED.replace("text/html", "warc/revisit").replace("20240411", "20240412")
    for index in ([LISTED, again], [again, LISTED]):
        (page,), _ = pages(path, index, *article("a", seed("A")))
        assert page.url == LIST
        (path.parent / "articles.sqlite").unlink()


def test_the_latest_text_counts_wherever_it_stands(path: Path) -> None:
    records = [
        *article("a", seed("A, first"), second=1),
        *article("b", seed("B, third"), second=3),
        *article("a", seed("A, second"), second=2),
        *article("b", seed("B, first"), second=1),
        *article("a", seed("A of another source"), second=1, source="other"),
    ]
    shown, _ = pages(path, [LISTED], *records)
    assert [page.title for page in shown] == ["B, third", "A, second", "A of another source"]
    assert len({page.id for page in shown}) == 3


def test_without_a_headline_the_url_is_the_title(path: Path) -> None:
    (page,), _ = pages(path, [LISTED], *article("a", " date 2024-04-11\nText.\n"))
    assert (page.title, page.text) == (LIST, "Text.")


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b'["source", "key"]',
        b'{"source": 1, "key": null}',
        b'{"source": "\\ud800", "key": "\\ud800"}',
        json.dumps({"source": "news", "key": "x" * (1 << 20)}).encode(),
    ],
    ids=lambda metadata: repr(metadata[:12]),
)
def test_hostile_metadata_costs_no_page(path: Path, metadata: bytes) -> None:
    (page,), _ = pages(path, [LISTED], *article("a", seed("A"), metadata=metadata))
    assert page.title == "A"


def test_foreign_conversions_have_a_page_too(path: Path) -> None:
    text, _ = article("a", "no seed \udcff".encode(errors="surrogateescape").decode("latin-1"))
    (page,), _ = pages(path, [LISTED], text)
    assert page.title == LIST
    assert page.text.startswith("no seed")


def test_a_date_that_is_none_gives_way_to_the_index(path: Path) -> None:
    text, metadata = article("a", seed("A"))
    text = text.replace(b"WARC-Refers-To-Date: 2024-04-11T", b"WARC-Refers-To-Date: 2024-99-11T")
    (page,), _ = pages(path, [LISTED], text, metadata)
    assert page.ts == "2024-04-11T08:00:00Z"
