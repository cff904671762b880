"""From a text back to its bytes."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from crawler.checks.provenance import Trace, UntraceableError, find_text_file, trace
from crawler.warc.message import payload
from tests.checks.crawled import Copy

NAMES = [
    "file", "key", "source", "guid", "date", "headline", "url", "text_digest",
    "collected", "conversion_record", "conversion_warc", "conversion_offset", "conversion_length",
    "run", "run_spider", "run_started", "run_arguments", "run_ended", "run_exit_code",
    "extractor",
    "origin_record", "origin_warc", "origin_offset", "origin_length", "origin_type", "origin_url",
    "origin_captured", "origin_payload_digest", "origin_ip_address", "origin_http_status",
]  # fmt: skip


def traced(copy: Copy, path: Path) -> Trace:
    store = copy.archive.open_store()
    assert store is not None
    with closing(store):
        return trace(copy.archive, store, path)


def test_every_text_is_traced_to_the_response_that_holds_it(crawled: Copy) -> None:
    for path in crawled.texts:
        found = traced(crawled, path)
        assert found.differences == []
        lines = dict(found.lines)
        assert lines["headline"] in path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert lines["key"] in path.name
        guid = lines["guid"].removeprefix("//").replace("/", "\\/")
        assert guid.encode() in b"".join(found.payload())


def test_lines_of_a_text_from_a_response(crawled: Copy) -> None:
    found = traced(crawled, crawled.texts[9])
    lines = dict(found.lines)
    assert list(lines) == NAMES
    warc, record = crawled.record("response", 12)
    assert lines["origin_type"] == "response"
    assert lines["origin_record"] == record.header("WARC-Record-ID")
    assert lines["origin_url"] == record.header("WARC-Target-URI")
    assert lines["origin_captured"] == record.header("WARC-Date")
    assert lines["origin_payload_digest"] == record.header("WARC-Payload-Digest")
    assert (lines["origin_warc"], lines["origin_offset"]) == (str(warc), str(record.offset))
    assert lines["origin_ip_address"] == "127.0.0.1"
    assert lines["origin_http_status"] == "200"
    assert lines["extractor"].startswith("newsreel-text/")
    assert b"".join(found.payload()) == payload(record.block)


def test_a_revisit_leads_to_its_original(crawled: Copy) -> None:
    found = traced(crawled, crawled.texts[0])
    lines = dict(found.lines)
    assert lines["origin_type"] == "revisit"
    _, revisit = crawled.record("revisit", -1)
    assert lines["origin_record"] == revisit.header("WARC-Record-ID")
    assert lines["original_record"] == revisit.header("WARC-Refers-To")
    assert lines["original_warc"] == str(crawled.warcs[0])
    assert lines["original_type"] == "response"
    assert lines["original_payload_digest"] == lines["origin_payload_digest"]
    assert found.source is not None
    assert found.source.header("WARC-Record-ID") == lines["original_record"]


def test_a_text_that_was_changed(copy: Copy) -> None:
    path = copy.texts[9]
    path.write_bytes(path.read_bytes() + b"One more paragraph.\n")
    assert traced(copy, path).differences == [
        f"{path} has another text than the ledger's digest says",
        f"{path.name} is not the block of its conversion record",
    ]


def test_a_response_that_is_damaged(copy: Copy) -> None:
    copy.flip(copy.record("response", 12))
    found = traced(copy, copy.texts[9])
    (difference,) = found.differences
    assert difference.startswith("origin: ")
    assert "damaged" in difference
    with pytest.raises(UntraceableError, match="damaged"):
        found.payload()


def test_a_digest_that_is_wrong(copy: Copy) -> None:
    wrong = f"sha1:{'A' * 32}"
    place = copy.record("response", 12)
    copy.edit(place, rb"(Block-Digest: )[^\r]*", rb"\g<1>" + wrong.encode())
    right = place[1].header("WARC-Block-Digest")
    assert traced(copy, copy.texts[9]).differences == [
        f"origin: WARC-Block-Digest: found {right}, expected {wrong}"
    ]


def test_a_conversion_elsewhere(copy: Copy) -> None:
    path = copy.texts[9]
    copy.sql(
        "UPDATE article SET conversion = json_set(conversion, '$.offset', 0) WHERE file = ?",
        path.name,
    )
    (difference,) = traced(copy, path).differences
    assert difference.startswith("conversion: ")
    assert difference.endswith("at byte 0")


def test_an_original_that_the_ledger_lost(copy: Copy) -> None:
    _, revisit = copy.record("revisit", -1)
    wanted = revisit.header("WARC-Refers-To")
    copy.sql("DELETE FROM capture WHERE record_id = ?", wanted)
    assert traced(copy, copy.texts[0]).differences == [
        f"the ledger knows no capture {wanted}, which the revisit refers to"
    ]


def test_an_article_without_an_archive(copy: Copy) -> None:
    path = copy.texts[9]
    copy.sql("UPDATE article SET conversion = NULL, origin = NULL WHERE file = ?", path.name)
    found = traced(copy, path)
    assert found.differences == [
        "the article was collected without an archive",
        "the ledger has no record that the article was read from",
    ]
    with pytest.raises(UntraceableError):
        found.payload()


def test_files_that_the_ledger_does_not_know(copy: Copy, tmp_path: Path) -> None:
    unknown = copy.folder / "text" / "900_0123456789abcdef.txt"
    unknown.write_bytes(b" date 2024-01-01 A\n")
    with pytest.raises(UntraceableError, match="knows no article of the file 900_0123456789abcdef"):
        traced(copy, unknown)
    elsewhere = tmp_path / copy.texts[0].name
    elsewhere.write_bytes(copy.texts[0].read_bytes())
    with pytest.raises(UntraceableError, match="is not in the corpus"):
        traced(copy, elsewhere)


def test_a_file_by_its_name(copy: Copy) -> None:
    path = copy.texts[0]
    assert find_text_file(copy.archive, path.name) == path
    assert find_text_file(copy.archive, str(path)) == path
    for missing in ("900_0123456789abcdef.txt", f"nowhere/{path.name}", ""):
        with pytest.raises(FileNotFoundError):
            find_text_file(copy.archive, missing)
    (path.parent / "2024").mkdir()
    (path.parent / "2024" / path.name).write_bytes(b"")
    with pytest.raises(UntraceableError, match="name of 2 files"):
        find_text_file(copy.archive, path.name)


def test_the_text_digest_is_that_of_the_ledger(crawled: Copy) -> None:
    path = crawled.texts[9]
    text = path.read_bytes()[len(" date 2024-01-01 ") :].removesuffix(b"\n")
    expected = f"sha256:{hashlib.sha256(text).hexdigest()}"
    assert dict(traced(crawled, path).lines)["text_digest"] == expected
