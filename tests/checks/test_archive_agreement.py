"""Ledger and text files that do not agree with the WARC files, in an archive of real crawls."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from crawler.state.backends import open_store
from crawler.state.store import LifeEvent, Outcome
from crawler.warc.index_levels import remove_index_file
from crawler.warc.reader import records
from tests.checks.crawled import Copy


def test_an_undamaged_archive_has_no_fault(crawled: Copy) -> None:
    assert len(crawled.warcs) == 3
    assert crawled.record("revisit", -1)
    assert crawled.faults() == []


def test_a_file_that_is_missing(copy: Copy) -> None:
    path = copy.warcs[1]
    size = path.stat().st_size
    held = list(records(path))
    path.unlink()
    faults = copy.faults()
    missing = f"warc/{path.name}: is missing; the ledger has {size} bytes of it; if its records"
    assert faults[0].startswith(missing)
    lost = [r for r in held if r.type == "conversion"]
    texts = [line for line in faults if re.search(r"ledger, \S+\.txt: found no whole record", line)]
    assert len(texts) == len(lost)
    gone = f"is the index of {path.name}, which is no sealed WARC file"
    assert any(line.startswith(f"index/{path.name}.cdxj: {gone}") for line in faults)


def test_a_file_that_is_not_in_the_ledger(copy: Copy) -> None:
    path = copy.folder / "warc" / "foreign.warc.gz"
    data = copy.warcs[0].read_bytes()
    path.write_bytes(data[: next(records(copy.warcs[0])).length])
    unnoted, twice, unindexed = copy.faults()
    assert unnoted == f"warc/{path.name}: is not in the ledger; the next crawl reads it in"
    assert "WARC-Record-ID" in twice
    assert unindexed.startswith(f"index: has no index of warc/{path.name}; the next crawl")


def test_what_was_not_committed_is_not_checked(copy: Copy) -> None:
    path = copy.warcs[2]
    path.with_name(path.name + ".open").write_bytes(path.read_bytes() + b"torn")
    path.unlink()
    copy.sql("UPDATE warc SET sealed = 0 WHERE name = ?", path.name)
    remove_index_file(copy.index / f"{path.name}.cdxj")
    (copy.folder / "warc" / f"{path.name}.torn-0").write_bytes(b"torn")
    assert copy.faults() == []


def test_an_open_file_that_lacks_what_was_committed(copy: Copy) -> None:
    path = copy.warcs[2]
    data = path.read_bytes()
    _, last = copy.record("metadata", -1)
    path.with_name(path.name + ".open").write_bytes(data[: last.offset])
    path.unlink()
    remove_index_file(copy.index / f"{path.name}.cdxj")
    fault, run = copy.faults()
    assert "in the ledger, run urn:uuid:" in run
    assert run.endswith(f"found no whole record {last.id}")
    said = f"warc/{path.name}.open: found {last.offset} bytes, the ledger has {len(data)}; "
    assert fault.startswith(said)


def test_a_capture_elsewhere(copy: Copy) -> None:
    path, record = copy.record("response", 0)
    copy.sql("UPDATE capture SET length = length + 1 WHERE offset = ? AND warc = 1", record.offset)
    assert copy.faults() == [
        f"warc/{path.name}:{record.offset}: in the ledger, capture: expected "
        f"{record.length + 1} bytes here, found at {path.name}:{record.offset} "
        f"({record.length} bytes)"
    ]


def test_a_capture_of_another_payload(copy: Copy) -> None:
    path, record = copy.record("response", 0)
    copy.sql(
        "UPDATE capture SET payload_digest = ? WHERE offset = ? AND warc = 1",
        bytes(20),
        record.offset,
    )
    assert copy.faults() == [
        f"warc/{path.name}:{record.offset}: in the ledger, WARC-Payload-Digest: found "
        f"{(record.header('WARC-Payload-Digest') or '').upper()}, the ledger has "
        f"sha1:{'A' * 32}"
    ]


def test_a_capture_that_is_a_request(copy: Copy) -> None:
    path, record = copy.record("request", 0)
    response = copy.record("response", 0)[1]
    payload = record.header("WARC-Payload-Digest") or ""
    copy.sql(
        "UPDATE capture SET record_id = ?, offset = ?, length = ?, payload_digest = ? "
        "WHERE offset = ? AND warc = 1",
        record.header("WARC-Record-ID"),
        record.offset,
        record.length,
        base64.b32decode(payload.removeprefix("sha1:")),
        response.offset,
    )
    assert copy.faults() == [
        f"warc/{path.name}:{record.offset}: in the ledger, capture: found a request, "
        "expected a response"
    ]


@pytest.mark.parametrize(
    ("column", "whose"), [("conversion", "{file}"), ("origin", "origin of {file}")]
)
def test_an_article_whose_record_is_elsewhere(copy: Copy, column: str, whose: str) -> None:
    path, record = copy.record("conversion" if column == "conversion" else "revisit", -1)
    file = copy.texts[4].name
    copy.sql(
        f"UPDATE article SET {column} = json_set({column}, '$.offset', 0) WHERE file = ?", file
    )
    assert copy.faults() == [
        f"warc/{path.name}:0: in the ledger, {whose.format(file=file)}: expected {record.length} "
        f"bytes here, found at {path.name}:{record.offset} ({record.length} bytes)"
    ]


def test_a_run_whose_record_is_elsewhere(copy: Copy) -> None:
    first = "(SELECT min(id) FROM run)"
    copy.sql(f"UPDATE run SET record = json_set(record, '$.offset', 0) WHERE id = {first}")
    (fault,) = copy.faults()
    assert ":0: in the ledger, run urn:uuid:" in fault
    assert "bytes here, found at" in fault


def test_an_outcome_and_an_event_without_their_records(copy: Copy) -> None:
    with closing(open_store(copy.archive.ledger_uri)) as store:
        held = next(iter(store.all()))
        assert held.conversion
        lost = replace(held.conversion, record_id="<urn:nowhere>")
        at = held.conversion.date
        store.put_outcomes(
            [
                Outcome(
                    source=held.source,
                    url="harbour.test/x",
                    run="r",
                    reason="gone",
                    detail="",
                    at=at,
                    record=lost,
                )
            ]
        )
        store.put_events(
            [LifeEvent(key=held.key, source=held.source, kind="gone", at=at, record=lost)]
        )
    assert [fault.partition("in the ledger, ")[2] for fault in copy.faults()] == [
        "outcome of harbour.test/x: found no whole record <urn:nowhere>",
        f"gone of {held.file}: found no whole record <urn:nowhere>",
    ]


def test_no_ledger(copy: Copy) -> None:
    for path in copy.folder.glob("ledger.sqlite*"):
        path.unlink()
    count = sum(r.type == "conversion" for path in copy.warcs for r in records(path))
    assert copy.faults() == [
        f"sqlite:ledger.sqlite: there is none, for {count} conversion records; "
        "scrapy rebuild makes it"
    ]
    assert not (copy.folder / "ledger.sqlite").exists()


def test_no_ledger_where_there_are_no_texts(copy: Copy) -> None:
    for path in (*copy.folder.glob("ledger.sqlite*"), *copy.warcs, *copy.index.iterdir()):
        path.unlink()
    assert copy.faults() == []


def test_a_damaged_ledger(copy: Copy) -> None:
    (copy.folder / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 9000)
    (line,) = copy.faults()
    assert line.startswith("sqlite:ledger.sqlite: ")
    assert line.endswith("scrapy rebuild makes it again")


def test_a_text_that_is_missing(copy: Copy) -> None:
    path = copy.texts[7]
    path.unlink()
    (url,) = _ledger(copy, "SELECT url FROM article WHERE file = ?", path.name)
    assert copy.faults() == [f"text/{path.name}: is missing; it is the text of {url}"]


def test_a_text_that_was_changed(copy: Copy) -> None:
    path = copy.texts[7]
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"One more paragraph.\n")
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    assert copy.faults() == [
        f"text/{path.name}: found SHA-256 {after}, its conversion record has {before}"
    ]


def test_a_text_that_is_none(copy: Copy) -> None:
    path = copy.texts[7]
    path.write_bytes(b"a page of HTML\n")
    assert copy.faults() == [
        f"text/{path.name}: seed format, line 1: found 'a page of HTML', expected "
        "' date YYYY-MM-DD' with a real day, then ' ' and headline"
    ]


def test_a_text_that_is_not_that_of_the_ledger(copy: Copy) -> None:
    path = copy.texts[7]
    copy.sql("UPDATE article SET text_digest = zeroblob(32) WHERE file = ?", path.name)
    assert copy.faults() == [f"text/{path.name}: found another text than the ledger's digest says"]


def test_a_text_of_no_article(copy: Copy) -> None:
    (copy.folder / "text" / "900_0123456789abcdef.txt").write_bytes(b" date 2024-01-01 A\n")
    assert copy.faults() == [
        "text/900_0123456789abcdef.txt: found a text file that the ledger has no article for"
    ]


def _ledger(copy: Copy, query: str, *values: object) -> list[str]:
    ledger = sqlite3.connect(copy.folder / "ledger.sqlite")
    try:
        return [value for (value,) in ledger.execute(query, values)]
    finally:
        ledger.close()
