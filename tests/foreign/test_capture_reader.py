"""Captures as articles: what is read, and the reason of what is not."""

from __future__ import annotations

import gzip
import json
import pickle
import zlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.foreign.archive_worker import RecordContent
from crawler.foreign.capture_reader import CaptureFilter, CaptureReader
from crawler.pages.page_rules import PageRulesByHost
from crawler.text.article import clean
from crawler.warc.reader import Record

HOST = "https://news.test"
PAGE_URL = f"{HOST}/2024/04/ferry"
LIST_URL = f"{HOST}/wp-json/wp/v2/posts?per_page=10"
NO_RULES = PageRulesByHost({})
FILE = Path("/data/foreign.warc.gz")
STORY = "".join(
    f"<p>The ferry left the harbour at {hour} o'clock on Thursday, and the crew of the pilot boat "
    f"watched it go past the breakwater, as they have done every morning for years.</p>"
    for hour in range(1, 7)
)
PAGE = (
    '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Ferry sails</title>'
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2024-04-11T08:30:00+01:00">'
    f'<link rel="canonical" href="{PAGE_URL}"></head>'
    f"<body><article><h1>Ferry sails</h1>{STORY}</article></body></html>"
)


def post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "date": "2024-04-11T08:30:00",
        "guid": {"rendered": f"{HOST}/?p=7"},
        "link": PAGE_URL,
        "title": {"rendered": "Ferry &#8216;sails&#8217;"},
        "content": {"rendered": "<p>It sailed.</p>"},
    } | changes


def record(
    body: bytes | str = b"",
    url: str = PAGE_URL,
    *,
    status: str = "200 OK",
    kind: str | None = "text/html; charset=utf-8",
    headers: str = "",
    type: str = "response",  # noqa: A002 - the name of the field
    **fields: str,
) -> Record:
    """Return a record with *body* as its answer; *fields* (``WARC_Date``) are its own."""
    body = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\n" + (f"Content-Type: {kind}\r\n" if kind else "") + headers
    own = {
        "WARC_Type": type,
        "WARC_Record_ID": "<urn:uuid:12345678-0000-4000-8000-000000000000>",
        "WARC_Date": "2024-04-11T09:00:00Z",
        "WARC_Target_URI": url,
        "Content_Type": "application/http; msgtype=response",
    }
    return Record(
        type=type,
        headers=[(name.replace("_", "-"), value) for name, value in (own | fields).items()],
        block=head.encode() + b"\r\n" + body,
        offset=100,
        length=50,
    )


def rest(value: object, url: str = LIST_URL, **changes: Any) -> Record:
    return record(json.dumps(value), url, **({"kind": "application/json"} | changes))


def found(captured: Record, **wanted: Any) -> RecordContent:
    return CaptureReader(wanted=CaptureFilter(**wanted), own=Path("/own/warc"), rules=NO_RULES)(
        captured, FILE
    )


def skipped(captured: Record, **wanted: Any) -> list[str]:
    result = found(captured, **wanted)
    assert not result.articles
    return result.skipped


class TestRest:
    def test_a_post_is_clean_and_has_its_origin(self) -> None:
        [article] = found(rest(post())).articles
        assert (article.source, article.guid) == ("news.test", f"{HOST}/?p=7")
        assert (article.title, article.text) == ("Ferry ‘sails’", "It sailed.")
        assert not article.content_html
        assert article.record
        assert article.record.uri == LIST_URL
        assert article.record.date == "2024-04-11T09:00:00Z"
        assert article.record.record_id == "<urn:uuid:12345678-0000-4000-8000-000000000000>"
        assert (article.record.file, article.record.offset, article.record.length) == (
            str(FILE),
            100,
            50,
        )

    @pytest.mark.parametrize(
        "value", [[post(), post(id=8)], {"0": post(), "2": post(id=8)}], ids=["list", "object"]
    )
    def test_lists_of_posts(self, value: object) -> None:
        assert len(found(rest(value)).articles) == 2

    def test_noise_around_json_under_the_wrong_type(self) -> None:
        body = "\ufeff<br />\n<b>Notice</b>: Undefined index [0] in x.php\n" + json.dumps([post()])
        assert len(found(record(body, LIST_URL)).articles) == 1

    def test_a_cut_list_gives_its_whole_posts(self) -> None:
        result = found(record(json.dumps([post(), post()])[:-20], LIST_URL))
        assert len(result.articles) == 1
        assert result.skipped == ["cut"]

    @pytest.mark.parametrize(
        ("value", "reasons"),
        [
            ([post(link="https://other.test/1")], ["off_site"]),
            ([post(link="https://news.test.evil.test/1")], ["off_site"]),
            ([post(link="http://[")], ["malformed"]),
            ([post(date=None)], ["malformed"]),
            ([post(content={"raw": 1})], ["malformed"]),
            ([{"link": PAGE_URL, "date": "2024-04-11"}] * 2, ["listing"] * 2),
            ([post(type="attachment")], ["no_story"]),
            ([post(type="wp_block")], ["no_story"]),
            ([{"id": 1, "name": "Editor"}], ["json"]),
            ([], ["json"]),
            ({}, ["json"]),
            ({"code": "rest_no_route", "message": "No route", "data": {}}, ["json"]),
            ({"version": "https://jsonfeed.org/version/1.1", "items": [{}]}, ["feed"]),
        ],
    )
    def test_what_is_no_article(self, value: object, reasons: list[str]) -> None:
        assert skipped(rest(value)) == reasons

    def test_a_bad_post_costs_nothing_else(self) -> None:
        result = found(rest([post(date=None), post(), 7]))
        assert len(result.articles) == 1
        assert result.skipped == ["malformed"]

    def test_a_host_below_the_domain_speaks_for_the_site(self) -> None:
        ours = post(link="https://www.example.org/ferry")
        assert found(rest(ours, "https://api.example.org/wp-json/wp/v2/posts/7")).articles

    def test_what_gives_no_text_is_left_to_the_pipelines(self) -> None:
        [article] = found(rest(post(content={"rendered": ""}))).articles
        assert article.text is None

    def test_what_is_not_the_whole_text_says_so(self) -> None:
        deep = "<p>Seen.</p>" + "<div>" * 3000 + "<p>Lost.</p>" + "</b>" * 200_000
        [article] = found(rest(post(content={"rendered": deep}))).articles
        assert article.text_incomplete
        assert article.text_incomplete.startswith("depth: ")

    def test_captions_as_wanted(self) -> None:
        html = "<p>Story.</p><figure><img><figcaption>Seen from the pier.</figcaption></figure>"
        texts = [
            found(rest(post(content={"rendered": html})), captions=captions).articles[0].text
            for captions in (True, False)
        ]
        expected = ["\n".join(clean("", html, captions=c).paragraphs) for c in (True, False)]
        assert texts == expected
        assert texts[0] != texts[1]


class TestPage:
    def test_an_article(self) -> None:
        [article] = found(record(PAGE)).articles
        assert (article.source, article.url) == ("news.test", PAGE_URL)
        assert (article.title, article.date[:10]) == ("Ferry sails", "2024-04-11")
        assert article.text
        assert len(article.text.split("\n")) == 6
        assert article.record

    def test_a_resource(self) -> None:
        capture = record(type="resource", Content_Type="text/html")
        page = Record(
            type="resource", headers=capture.headers, block=PAGE.encode(), offset=0, length=1
        )
        assert len(found(page).articles) == 1

    def test_a_page_that_says_it_is_another_site(self) -> None:
        page = PAGE.replace(PAGE_URL, "https://other.test/1")
        assert [a.url for a in found(record(page)).articles] in ([], [PAGE_URL])

    def test_the_reason_of_the_page_is_kept(self) -> None:
        assert skipped(record("<html><body><p>Nothing.</p></body></html>", f"{HOST}/"))

    @pytest.mark.parametrize(
        ("body", "kind", "reason"),
        [
            ("<?xml version='1.0'?><rss version='2.0'>", "text/xml", "feed"),
            ("<feed xmlns='http://www.w3.org/2005/Atom'>", "application/atom+xml", "feed"),
            ("<rdf:RDF xmlns:rdf='x'>", "application/rdf+xml", "feed"),
            ("<?xml version='1.0'?><rss>", "text/html", "feed"),
            ("<urlset xmlns='x'>", "application/xml", "sitemap"),
            ("<sitemapindex>", "text/xml", "sitemap"),
            ("body{}", "text/css", "media_type"),
            ("x", "image/png", "media_type"),
            ("var x", "application/javascript", "media_type"),
            ("words", "text/plain", "media_type"),
            ("words", None, "media_type"),
        ],
    )
    def test_what_is_no_page(self, body: str, kind: str | None, reason: str) -> None:
        assert skipped(record(body, kind=kind)) == [reason]

    def test_robots(self) -> None:
        assert skipped(record("User-agent: *", f"{HOST}/robots.txt", kind="text/plain")) == [
            "robots"
        ]


class TestVersions:
    @pytest.mark.parametrize(
        "line", ["HTTP/2 200", "HTTP/2 200 ", "HTTP/3 200", "http/2.0 200 OK", ":status: 200"]
    )
    def test_a_page_that_came_over_a_later_version(self, line: str) -> None:
        head = f"{line}\r\ncontent-type: text/html; charset=utf-8\r\n\r\n"
        captured = replace(record(PAGE), block=head.encode() + PAGE.encode())
        assert [article.title for article in found(captured).articles] == ["Ferry sails"]

    @pytest.mark.parametrize("line", ["HTTP/2 404", ":status: 404"])
    def test_an_error_is_one(self, line: str) -> None:
        captured = replace(record(PAGE), block=f"{line}\r\n\r\n{PAGE}".encode())
        assert skipped(captured) == ["status"]


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "encode"),
        [
            ("gzip", gzip.compress),
            ("x-gzip", gzip.compress),
            ("deflate", zlib.compress),
            ("br", brotli.compress),
            ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
            ("gzip", bytes),  # kept decoded under the old head
            ("br", bytes),
            ("deflate", bytes),
            ("zstd", bytes),
        ],
    )
    def test_undone_or_undone_already(self, encoding: str, encode: Any) -> None:
        head = f"Content-Encoding: {encoding}\r\n"
        assert len(found(record(encode(PAGE.encode()), headers=head)).articles) == 1

    @pytest.mark.parametrize("encoding", ["compress", "gzip, gzip, gzip", "gzip"])
    def test_what_cannot_be_undone(self, encoding: str) -> None:
        head = f"Content-Encoding: {encoding}\r\n"
        assert skipped(record(b"\x00\x01\x02", headers=head)) == ["encoding"]

    def test_a_bomb(self) -> None:
        body = gzip.compress(b"<html>" + bytes(50_000_000))
        capture = record(body, headers="Content-Encoding: gzip\r\n")
        assert skipped(capture, max_size=1 << 20) == ["too_large"]

    def test_a_large_body(self) -> None:
        assert skipped(record(b"x" * 1001), max_size=1000) == ["too_large"]

    def test_chunks(self) -> None:
        body = b"%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(PAGE.encode()), PAGE.encode())
        assert found(record(body, headers="Transfer-Encoding: chunked\r\n")).articles

    def test_chunks_in_the_head_alone(self) -> None:
        assert found(record(PAGE, headers="Transfer-Encoding: chunked\r\n")).articles


class TestCut:
    def test_by_the_archive_s_own_word(self) -> None:
        assert skipped(record(PAGE, WARC_Truncated="length")) == ["truncated"]

    @pytest.mark.parametrize("cut", [1, 5, 100])
    def test_by_length(self, cut: int) -> None:
        body = PAGE.encode()
        head = f"Content-Length: {len(body)}\r\n"
        assert skipped(record(body[:-cut], headers=head)) == ["truncated"]

    @pytest.mark.parametrize("cut", [1, 2, 3, 5, 100])
    def test_in_chunks(self, cut: int) -> None:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE.encode()), PAGE.encode())
        head = "Transfer-Encoding: chunked\r\n"
        assert skipped(record(body[:-cut], headers=head)) == ["truncated"]


class TestWanted:
    @pytest.mark.parametrize(
        ("domains", "is_wanted"),
        [
            (("news.test",), True),
            (("test",), True),
            (("other.test", "news.test"), True),
            (("ews.test",), False),
            (("a.news.test",), False),
        ],
    )
    def test_domains(self, domains: tuple[str, ...], is_wanted: bool) -> None:
        result = found(rest(post()), domains=domains)
        assert bool(result.articles) is is_wanted
        assert result.skipped == ([] if is_wanted else ["domain"])

    @pytest.mark.parametrize(
        ("after", "before", "is_wanted"),
        [
            ("2024-04-11", None, True),
            ("2024-04-12", None, False),
            (None, "2024-04-12", True),
            (None, "2024-04-11", False),
            ("2024-04-11T08:30", "2024-04-11T08:31", True),
        ],
    )
    def test_dates(self, after: str | None, before: str | None, is_wanted: bool) -> None:
        bounds = {
            name: datetime.fromisoformat(text)
            for name, text in (("after", after), ("before", before))
            if text
        }
        result = found(rest(post()), **bounds)
        assert bool(result.articles) is is_wanted
        assert result.skipped == ([] if is_wanted else ["date"])

    def test_a_date_that_is_none_is_left_to_the_pipelines(self) -> None:
        wanted = {"after": datetime(2024, 1, 1)}
        assert found(rest(post(date="0000-00-00T00:00:00")), **wanted).articles

    def test_language(self) -> None:
        assert found(record(PAGE), languages=("en", "de")).articles
        assert skipped(record(PAGE), languages=("de",)) == ["language"]
        assert skipped(rest(post()), languages=("en",)) == ["language"], "its text is too short"
        told = "The harbour board met again before the pilots agreed to a new tariff for boats. "
        long = post(content={"rendered": f"<p>{told * 4}</p>"})
        assert found(rest(long), languages=("en",)).articles
        assert skipped(rest(long), languages=("de",)) == ["language"]
        assert found(rest(post())).articles

    def test_source(self) -> None:
        assert found(rest(post()), source="mine").articles[0].source == "mine"


class TestRecord:
    @pytest.mark.parametrize("kind", ["request", "metadata", "warcinfo", "conversion"])
    def test_what_is_no_capture_is_not_even_skipped(self, kind: str) -> None:
        assert skipped(record(PAGE, type=kind)) == []

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"type": "revisit"}, "revisit"),
            ({"status": "404 Not Found"}, "status"),
            ({"status": "206 Partial"}, "status"),
            ({"status": "2000"}, "no_http"),
            ({"url": "dns:news.test"}, "no_web_address"),
            ({"url": "urn:view:https://news.test/"}, "no_web_address"),
            ({"url": "https://[/"}, "no_web_address"),
            ({"url": "https:///path"}, "no_web_address"),
            ({"url": f"{HOST}/{'x' * 9000}"}, "no_web_address"),
            ({"url": f"{PAGE_URL}?__wb_method=POST&a=b"}, "method"),
            ({"WARC_Date": "yesterday"}, "undated"),
            ({"WARC_Date": "2024-04-11T09:00:00Z\x1b[2J"}, "undated"),
        ],
    )
    def test_what_is_skipped(self, change: dict[str, str], reason: str) -> None:
        fields: dict[str, Any] = {"body": PAGE, **change}
        assert skipped(record(**fields)) == [reason]

    @pytest.mark.parametrize(("method", "reasons"), [("POST", ["method"]), ("GET", [])])
    def test_what_was_not_requested_by_get(self, method: str, reasons: list[str]) -> None:
        message = f"{method} / HTTP/1.1\r\n\r\n".encode()
        request = Record(type="request", headers=[], block=message, offset=0, length=1)
        result = CaptureReader(wanted=CaptureFilter(), own=Path("/own"), rules=NO_RULES)(
            rest(post()), FILE, request
        )
        assert result.skipped == reasons
        assert len(result.articles) == (not reasons)

    def test_angle_brackets_around_the_url(self) -> None:
        [article] = found(rest(post(), f"<{LIST_URL}>")).articles
        assert article.record
        assert article.record.uri == LIST_URL

    @pytest.mark.parametrize("read", [record(PAGE), rest(post())], ids=["page", "post"])
    @pytest.mark.parametrize("date", ["2008-10-294T09:00:00Z", "0000-00-00T99:99:99Z"])
    def test_a_borrowed_date_is_marked(self, read: Record, date: str) -> None:
        headers = [(name, date if name == "WARC-Date" else value) for name, value in read.headers]
        lent = "2020-01-01T00:00:00Z"
        [article] = found(replace(read, headers=headers, borrowed_date=lent)).articles
        assert (article.warc_date, article.flags) == (date, ["borrowed_date"])
        assert article.record
        assert article.record.date == lent

    @pytest.mark.parametrize(
        "date", ["2024", "2024-04", "2024-04-11", "2024-04-10 23:59 UTC", "9999"]
    )
    def test_a_date_that_tells_no_second_is_no_obstacle(self, date: str) -> None:
        [article] = found(record(PAGE, WARC_Date=date)).articles
        assert article.date == "2024-04-11T08:30:00"
        assert article.warc_date is None

    def test_a_day_that_is_declared_counts_where_the_capture_is_older(self) -> None:
        [article] = found(record(PAGE, WARC_Date="2004-04-11T09:00:00Z")).articles
        assert (article.date, article.flags) == ("2024-04-11T08:30:00", ["after_capture"])

    def test_a_day_that_is_only_shown_does_not(self) -> None:
        shown = PAGE.replace('property="article:published_time"', 'name="x"')
        shown = shown.replace("</h1>", "</h1><p>11 April 2024</p>")
        assert found(record(shown)).articles[0].flags == []
        assert skipped(record(shown, WARC_Date="2004-04-11T09:00:00Z")) == ["no_date"]

    @pytest.mark.parametrize("record_id", ["", "urn:x", "<urn:\x00>", "<a b>", f"<{'x' * 300}>"])
    def test_an_id_that_is_none_is_made_up_the_same_each_time(self, record_id: str) -> None:
        ids = {
            article.record.record_id
            for _ in range(2)
            for article in found(rest(post(), WARC_Record_ID=record_id)).articles
            if article.record
        }
        assert len(ids) == 1
        assert ids.pop().startswith("<urn:uuid:")

    def test_files_of_our_own_have_bare_names(self) -> None:
        reader = CaptureReader(wanted=CaptureFilter(), own=Path("/own/warc"), rules=NO_RULES)
        [article] = reader(rest(post()), Path("/own/warc/x.warc.gz")).articles
        assert article.record
        assert article.record.file == "x.warc.gz"


def test_it_can_be_sent_to_another_process() -> None:
    reader = CaptureReader(
        wanted=CaptureFilter(after=datetime(2024, 1, 1)), own=Path("/own"), rules=NO_RULES
    )
    assert pickle.loads(pickle.dumps(reader)) == reader


@given(st.binary(max_size=300), st.sampled_from(["text/html", "application/json", None]))
def test_no_body_raises(body: bytes, kind: str | None) -> None:
    result = found(record(body, kind=kind))
    assert result.articles or result.skipped


@given(st.binary(max_size=200))
def test_no_block_raises(block: bytes) -> None:
    capture = record()
    odd = Record(type="response", headers=capture.headers, block=block, offset=0, length=1)
    assert found(odd).skipped


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_field_raises(url: str, date: str) -> None:
    assert found(record(PAGE, url, WARC_Date=date)).skipped
