"""What other people's tools wrote is read whole, and holds what the site serves."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from http.client import HTTPMessage, parse_headers

from crawler.warc.container import find_parts
from crawler.warc.framing import correct_framing
from crawler.warc.message import payload, split_head, status
from crawler.warc.reader import Fault, Record, read_records
from tests.world.other_tools.conftest import Foreign
from tests.world.other_tools.paper import Paper


def everything(foreign: Foreign) -> Iterator[Record | Fault]:
    for path in foreign.paths:
        for part in find_parts(path):
            yield from read_records(part.path, start=part.start, end=part.end, strict=False)


def of_type(foreign: Foreign, *types: str) -> list[Record]:
    items = everything(foreign)
    return [item for item in items if isinstance(item, Record) and item.type in types]


def target(record: Record) -> str:
    return (record.header("WARC-Target-URI") or "").strip("<>")


def http_head(record: Record) -> HTTPMessage:
    _, _, fields = split_head(record.block)[0].partition(b"\n")
    return parse_headers(io.BytesIO(fields))


def decoded(record: Record) -> bytes:
    entity = payload(correct_framing(record.block))
    return gzip.decompress(entity) if http_head(record)["Content-Encoding"] == "gzip" else entity


def test_every_record_is_whole(foreign: Foreign) -> None:
    assert [item for item in everything(foreign) if isinstance(item, Fault)] == []


def test_a_part_is_read_without_a_gap(foreign: Foreign) -> None:
    for path in foreign.paths:
        for part in find_parts(path):
            end = part.start
            for item in read_records(part.path, start=part.start, end=part.end, strict=False):
                assert item.offset == end
                end = item.offset + item.length
            assert end == part.end


def test_it_holds_what_was_asked_for(foreign: Foreign, paper: Paper) -> None:
    held = {target(record) for record in of_type(foreign, "response", "revisit")}
    assert held >= set(paper.urls)


def test_the_payloads_are_what_the_site_serves(foreign: Foreign, paper: Paper) -> None:
    asked = set(paper.urls)
    responses = [r for r in of_type(foreign, "response") if target(r) in asked]
    assert {target(record) for record in responses} >= {paper.home, *paper.lists}
    for record in responses:
        assert decoded(record) == paper.body(target(record)), target(record)


def test_a_redirect_leads_to_the_article(foreign: Foreign, paper: Paper) -> None:
    [short_link] = [r for r in of_type(foreign, "response") if target(r) == paper.short_link]
    assert status(short_link.block) in {"301", "302"}  # ArchiveWeb.page writes 302
    assert http_head(short_link)["Location"] in paper.articles


def test_a_revisit_refers_to_a_response(foreign: Foreign) -> None:
    revisits = of_type(foreign, "revisit")
    assert revisits or not foreign.maker.twice
    responses = of_type(foreign, "response")
    ids = {record.header("WARC-Record-ID") for record in responses}
    captures = {(target(record), record.header("WARC-Date")) for record in responses}
    for record in revisits:
        original = (
            record.header("WARC-Refers-To-Target-URI"),
            record.header("WARC-Refers-To-Date"),
        )
        assert record.header("WARC-Refers-To") in ids or original in captures
