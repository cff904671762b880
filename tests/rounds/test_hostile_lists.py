"""Lists that nobody would write: coverage reads what can be read, and goes on."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive.folder import Archive
from crawler.rounds.source_coverage import Coverage, SourceCoverage
from crawler.rounds.story_states import State
from crawler.sources.known_services import services
from crawler.state.backends import open_store
from crawler.text.corpus import Corpus
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange

_POSTS = "https://a.test/wp-json/wp/v2/posts?_fields=id,date,date_gmt,guid,modified,link"
_POST = {"id": 1, "date": "2026-01-05T10:00:00", "guid": "https://a.test/?p=1", "link": ""}


def answer(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def measured(
    folder: Path, spider: str, answers: list[tuple[str, bytes]], **arguments: str
) -> SourceCoverage:
    """Return the coverage of a run that got *answers*, and an empty ledger."""
    archive = Archive(folder=folder, corpus=Corpus(folder, "text/{ordinal:03d}_{key}.txt"))
    archive.warcs.mkdir()
    run = new_run(spider, "a", arguments or {"site": "https://a.test/"})
    writer = WarcWriter(archive.warcs, "x", software="x")
    for uri, response in answers:
        writer.write(exchange_records(exchange(uri=uri, response=response)), run)
    writer.close()
    with (
        closing(open_store(archive.ledger_uri)) as store,
        Coverage(archive, store, services(None), timeout=5) as coverage,
    ):
        assert coverage.faults == []
        assert len(list(coverage.stories("a", State.UNEXPLAINED))) == len(
            {story.key for story in coverage.stories("a", "")}
        )
        (found,) = coverage.sources
        return found


ODD_POSTS: dict[str, dict[str, object]] = {
    "half a pair": {"date": "2026-01-\ud800", "guid": "\ud83d", "link": "https://a.test/\udc00"},
    "no date": {"date": None, "guid": None},
    "no address": {"link": "https://[a.test/"},
    "a long date": {"date": "2026-01-" + "9" * 100_000},
}


@pytest.mark.parametrize("name", ODD_POSTS)
def test_odd_posts(tmp_path: Path, name: str) -> None:
    odd = _POST | ODD_POSTS[name]
    listed = json.dumps([odd, _POST | {"id": 2}]).encode()
    assert measured(tmp_path, "wordpress", [(_POSTS, answer(listed))]).count(State.UNEXPLAINED) == 2


@pytest.mark.parametrize("number", [True, -1, 0, 10**18, 10**30, "1", None])
def test_what_has_no_id_is_no_post_and_is_named(tmp_path: Path, number: object) -> None:
    listed = json.dumps([_POST | {"id": number}, _POST | {"id": 2}]).encode()
    found = measured(tmp_path, "wordpress", [(_POSTS, answer(listed))])
    assert found.count(State.UNEXPLAINED) == 1
    assert [line for line in found.blind if "a list holds what is no post" in line]


ODD_ANSWERS: dict[str, tuple[str, bytes]] = {
    "no list": (_POSTS, answer(b'"yes"')),
    "no json": (_POSTS, answer(b"<html>", "text/html")),
    "what is no post": (_POSTS, answer(b'[1, null, {"id": "x"}]')),
    "cut": (_POSTS, answer(json.dumps([_POST] * 3).encode()[:-5])),
    "deep": (_POSTS, answer(b"[" * 200_000)),
    "many parameters": (_POSTS + "&a=b" * 200, answer(json.dumps([_POST]).encode())),
    "no http": (_POSTS, b"\x00\x01"),
    "a bomb": (
        _POSTS,
        answer(b"x" * 100).replace(b"Content-Type", b"Content-Encoding: gzip\r\nContent-Type"),
    ),
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_odd_answers(tmp_path: Path, name: str) -> None:
    good = (_POSTS + "&page=2", answer(json.dumps([_POST | {"id": 7}]).encode()))
    found = measured(tmp_path, "wordpress", [good, ODD_ANSWERS[name]])
    assert found.count(State.UNEXPLAINED) in (1, 2)
    if name != "many parameters":
        assert any(line.startswith("https://a.test/") for line in found.blind), found.blind


@pytest.mark.parametrize("code", ["rest_invalid_param", "rest_post_invalid_page_number"])
def test_an_error_behind_which_the_list_goes_on(tmp_path: Path, code: str) -> None:
    refused = (_POSTS, answer(json.dumps({"code": code}).encode(), status="400 Bad Request"))
    good = (_POSTS + "&per_page=10", answer(json.dumps([_POST]).encode()))
    is_end = code == "rest_post_invalid_page_number"
    found = measured(tmp_path, "wordpress", [good, refused] if is_end else [refused, good])
    assert found.blind == ["posts: no answer says how many there are in all"]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<item>" * 50_000,
        b"<rss><channel><item><link>https://a.test/\xff</link></item></channel></rss>",
        b"<urlset>" + b"<url><loc>https://a.test/1</loc></url>" * 10 + b"<url><loc>",
        b"\x1f\x8b\x08\x00" + b"\x00" * 50,
        b"",
        b"{",
    ],
)
def test_odd_link_pages(tmp_path: Path, body: bytes) -> None:
    uri = "https://a.test/feed"
    found = measured(tmp_path, "wire", [(uri, answer(body, "text/xml"))], url=uri)
    assert found.count(State.UNEXPLAINED) <= 1
    assert found.blind or found.sees
