"""Records that are damaged, or lie about themselves or others, in an archive of real crawls."""

from __future__ import annotations

import json

import pytest

from crawler.warc.digests import sha1_digest
from tests.checks.crawled import Copy

FIX = "; the next crawl, or scrapy rebuild, looks its records up"
NOWHERE = "<urn:uuid:00000000-0000-4000-8000-000000000000>"


def test_a_damaged_member(copy: Copy) -> None:
    place = copy.record("request", 3)
    length = place[1].length
    assert copy.faults() == []
    at = copy.flip(place)
    assert copy.faults() == [
        f"{at}: found {length} bytes that are no whole record: the gzip member is damaged: "
        "Error -6 Incorrect checksum found"
    ]


def test_a_damaged_conversion_and_what_it_costs(copy: Copy) -> None:
    path, record = copy.record("conversion", -1)
    at = copy.flip((path, record))
    record_id = record.header("WARC-Record-ID")
    fault, metadata, held = copy.faults()
    assert fault.startswith(f"{at}: found {record.length} bytes that are no whole record")
    assert metadata.endswith(f": WARC-Concurrent-To: {record_id} is in no file present")
    text = copy.texts[4].name
    assert held == f"{at}: in the ledger, {text}: found no whole record {record_id}"


def test_a_file_that_was_cut(copy: Copy) -> None:
    path, record = copy.record("metadata", -1)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    assert copy.faults() == [
        f"warc/{path.name}: found {size - 1} bytes, the ledger has {size}{FIX}",
        f"warc/{path.name}:{record.offset}: found {record.length - 1} bytes that are no whole "
        f"record: the gzip member is cut short at byte {size - 1}",
        f"warc/{path.name}:{record.offset}: in the ledger, run "
        f"{json.loads(record.block[:])['run']}: found no whole record {record.id}",
    ]


def test_bytes_behind_the_last_record(copy: Copy) -> None:
    path = copy.warcs[0]
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\0\0\0")
    assert copy.faults() == [
        f"warc/{path.name}: found {size + 3} bytes, the ledger has {size}{FIX}",
        f"warc/{path.name}:{size}: found 3 bytes that are no whole record: "
        "no gzip member begins here",
    ]


def test_a_block_that_is_not_that_of_its_digest(copy: Copy) -> None:
    path, record = copy.record("metadata")
    at = copy.edit((path, record), b'"verdict": "new"', b'"verdict": "odd"')
    changed = record.block[:].replace(b'"verdict": "new"', b'"verdict": "odd"')
    expected = record.header("WARC-Block-Digest")
    assert copy.faults() == [
        f"{at}: WARC-Block-Digest: found {sha1_digest(changed)}, expected {expected}"
    ]


def test_a_payload_that_is_not_that_of_its_digest(copy: Copy) -> None:
    place = copy.record("request")
    right = place[1].header("WARC-Payload-Digest")
    wrong = f"sha1:{'A' * 32}"
    at = copy.edit(place, rb"(Payload-Digest: )[^\r]*", rb"\g<1>" + wrong.encode())
    assert copy.faults() == [f"{at}: WARC-Payload-Digest: found {right}, expected {wrong}"]


def test_a_digest_that_cannot_be_checked(copy: Copy) -> None:
    at = copy.edit(copy.record("metadata"), b"Digest: sha1:", b"Digest: sha0:")
    assert copy.faults() == [
        f"{at}: WARC-Block-Digest: 'sha0' is no digest algorithm that can be checked"
    ]


@pytest.mark.parametrize("date", ["yesterday", "0000-00-00T99:99:99Z", "2024-02-30"])
def test_a_date_that_is_none(copy: Copy, date: str) -> None:
    at = copy.edit(copy.record("request"), rb"(WARC-Date: )[^\r]*", rb"\g<1>" + date.encode())
    assert copy.faults() == [f"{at}: WARC-Date: found {date!r}, expected a UTC time of WARC/1.1"]


def test_a_wrong_length(copy: Copy) -> None:
    place = copy.record("request")
    at = copy.edit(place, rb"Content-Length: \d+", b"Content-Length: 7")
    assert copy.faults() == [
        f"{at}: found {place[1].length} bytes that are no whole record: "
        "no CRLF CRLF behind the 7 bytes of Content-Length"
    ]


def test_an_id_that_is_not_unique(copy: Copy) -> None:
    first = copy.record("request", 0)
    taken = first[1].header("WARC-Record-ID") or ""
    at = copy.edit(copy.record("request", 1), rb"(Record-ID: )[^\r]*", rb"\g<1>" + taken.encode())
    assert copy.faults() == [
        f"{at}: WARC-Record-ID: found {taken} again, "
        f"it is that of warc/{first[0].name}:{first[1].offset}"
    ]


def test_a_request_of_no_response(copy: Copy) -> None:
    at = copy.edit(
        copy.record("request"), rb"(Concurrent-To: )[^\r]*", rb"\g<1>" + NOWHERE.encode()
    )
    assert copy.faults() == [f"{at}: WARC-Concurrent-To: {NOWHERE} is in no file present"]


def test_a_revisit_of_nothing(copy: Copy) -> None:
    at = copy.edit(copy.record("revisit"), rb"(Refers-To: )[^\r]*", rb"\g<1>" + NOWHERE.encode())
    assert copy.faults() == [f"{at}: WARC-Refers-To: {NOWHERE} is in no file present"]


@pytest.mark.parametrize(
    ("name", "wrong"), [("Target-URI", "http://a.example/"), ("Date", "2001-01-01T00:00:00Z")]
)
def test_a_revisit_that_gives_its_original_another_url(copy: Copy, name: str, wrong: str) -> None:
    place = copy.record("revisit")
    original = copy.by_id(place[1].header("WARC-Refers-To"))
    field = f"WARC-Refers-To-{name}"
    at = copy.edit(place, rf"({field}: )[^\r]*".encode(), rb"\g<1>" + wrong.encode())
    right = original.header(f"WARC-{name}")
    record_id = original.header("WARC-Record-ID")
    assert copy.faults() == [f"{at}: {field}: found {wrong}, that of {record_id} is {right}"]


def test_a_revisit_of_another_payload(copy: Copy) -> None:
    place = copy.record("revisit")
    original = copy.by_id(place[1].header("WARC-Refers-To"))
    wrong = f"sha1:{'A' * 32}"
    at = copy.edit(place, rb"(Payload-Digest: )[^\r]*", rb"\g<1>" + wrong.encode())
    found, *index = copy.faults()
    assert found == (
        f"{at}: WARC-Payload-Digest: found {wrong.upper()}, expected "
        f"{(original.header('WARC-Payload-Digest') or '').upper()} of "
        f"{original.header('WARC-Record-ID')}"
    )
    assert len(index) == 2
    assert all(line.startswith("index/") for line in index)


def test_a_revisit_of_a_request(copy: Copy) -> None:
    _, request = copy.record("request")
    wrong = request.header("WARC-Record-ID") or ""
    place = copy.record("revisit")
    at = copy.edit(
        place,
        rb"Refers-To: [^\r]*(.*)Refers-To-Target-URI: [^\r]*(.*)Refers-To-Date: [^\r]*",
        rb"Refers-To: "
        + wrong.encode()
        + rb"\1Refers-To-Target-URI: "
        + (request.header("WARC-Target-URI") or "").encode()
        + rb"\2Refers-To-Date: "
        + (request.header("WARC-Date") or "").encode(),
    )
    assert copy.faults() == [f"{at}: WARC-Refers-To: {wrong} is a request, expected a response"]


def test_many_processes_find_the_same_in_the_same_order(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.warc.archive_lines._WORTH_PROCESSES", 0)
    copy.edit(copy.record("request"), rb"(WARC-Date: )[^\r]*", rb"\1yesterday")
    for place in [copy.record(*one) for one in (("request", 3), ("response", 1), ("metadata", -1))]:
        copy.flip(place)
    path = copy.warcs[1]
    path.write_bytes(path.read_bytes()[:-1])
    whole = copy.faults()
    assert len(whole) > 5
    for size in (500, 5_000):
        assert copy.faults(3, span_size=size) == whole
