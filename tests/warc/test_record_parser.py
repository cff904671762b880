"""Records as other tools write them: files made by hand in the form of each tool."""

from __future__ import annotations

import gzip
from dataclasses import replace
from itertools import pairwise, takewhile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc.reader import ArchiveReadError, Fault, Record, read_records, record_at
from tests.warc.files import DATE, NAMES, example, lenient, record, split, write

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a</p>"
OTHER = record(b"other", WARC_Record_ID="<urn:uuid:87654321-0000-4000-8000-000000000000>")
BLOCKS = [b"block", b"other"]


def blocks(path: Path) -> list[bytes]:
    """Return the blocks of a file without faults."""
    found, faults = lenient(path)
    assert faults == []
    return [record.block[:] for record in found]


def warc(version: str, *lines: str, block: bytes = HTTP, newline: str = "\r\n") -> bytes:
    """Return a record of a tool: its head as it writes it."""
    head = newline.join([version, *lines, f"Content-Length: {len(block)}", "", ""])
    return head.encode() + block + b"\r\n\r\n"


SHAPES = {
    "heritrix": warc(
        "WARC/1.0",
        "WARC-Type: response",
        "WARC-Target-URI: https://news.test/a",
        "WARC-Date: 2024-04-11T08:30:00Z",
        "WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
        "WARC-IP-Address: 198.51.100.7",
        "WARC-Record-ID: <urn:uuid:1b2c5a5e-0000-4000-8000-000000000001>",
        "Content-Type: application/http; msgtype=response",
    ),
    "wget": warc(
        "WARC/1.0",
        "WARC-Type: response",
        "WARC-Record-ID: <urn:uuid:1B2C5A5E-0000-4000-8000-000000000002>",
        "WARC-Warcinfo-ID: <urn:uuid:1B2C5A5E-0000-4000-8000-000000000000>",
        "WARC-Concurrent-To: <urn:uuid:1B2C5A5E-0000-4000-8000-000000000003>",
        "WARC-Target-URI: <https://news.test/a>",
        "WARC-Date: 2024-04-11T08:30:00Z",
        "Content-Type: application/http;msgtype=response",
    ),
    "warcprox": warc(
        "WARC/1.0",
        "WARC-Type: response",
        "WARC-Record-ID: <urn:uuid:1b2c5a5e-0000-4000-8000-000000000004>",
        "WARC-Date: 2024-04-11T08:30:00Z",
        "WARC-Target-URI: https://news.test/a",
        "WARC-IP-Address: 198.51.100.7",
        "Content-Type: application/http;msgtype=response",
    ),
    "browsertrix": warc(
        "WARC/1.1",
        "WARC-Target-URI: https://news.test/a",
        "WARC-Date: 2024-04-11T08:30:00.123Z",
        "WARC-Type: response",
        "WARC-Record-ID: <urn:uuid:1b2c5a5e-0000-4000-8000-000000000005>",
        "WARC-Page-ID: 5e0c2b1a",
        "WARC-Resource-Type: document",
        'WARC-JSON-Metadata: {"ipType":"Public","cert":{"issuer":"x"}}',
        "Content-Type: application/http; msgtype=response",
        "WARC-Payload-Digest: sha256:9f86d081884c7d659a2feaa0c55ad015",
    ),
    "CC-NEWS": warc(
        "WARC/1.0",
        "WARC-Record-ID: <urn:uuid:1b2c5a5e-0000-4000-8000-000000000006>",
        "Content-Type: application/http; msgtype=response",
        "WARC-Date: 2024-04-11T08:30:00Z",
        "WARC-Type: response",
        "WARC-Target-URI: https://news.test/a",
    ),
    "before 1.0, LF": warc(
        "WARC/0.18", "WARC-Type: response", "WARC-Target-URI: https://news.test/a", newline="\n"
    ),
    "0.17 in small letters": warc(
        "warc/0.17", "warc-type:response", "warc-target-uri:https://news.test/a"
    ),
    "no id and no date": warc(
        "WARC/1.1", "WARC-Type: response", "WARC-Target-URI: https://news.test/a"
    ),
    "folded and odd lines": warc(
        "WARC/1.0",
        "WARC-Type:",
        "\tresponse",
        "WARC-Target-URI: https://news.test/a",
        "no field",
        ": nor this",
        "b\xe4d name: x",
    ),
    "CR CR LF": warc(
        "WARC/1.0",
        "WARC-Type: response",
        "WARC-Target-URI: https://news.test/a",
        newline="\r\r\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shapes_of_tools(path: Path, shape: str) -> None:
    write(path, SHAPES[shape], OTHER)
    found, faults = lenient(path)
    assert faults == []
    assert [record.block for record in found] == [HTTP, b"other"]
    assert found[0].type == "response"
    assert (found[0].header("WARC-Target-URI") or "").strip("<>") == "https://news.test/a"


def test_what_is_missing_is_absent(plain: Path) -> None:
    write(plain, SHAPES["no id and no date"])
    (found,), _ = lenient(plain)
    assert found.header("WARC-Record-ID") is None
    assert found.header("WARC-Date") is None


def test_lines_that_are_no_fields_are_left_out(plain: Path) -> None:
    write(plain, SHAPES["folded and odd lines"])
    (found,), _ = lenient(plain)
    assert [name for name, _ in found.headers] == ["WARC-Type", "WARC-Target-URI", "Content-Length"]


def test_our_own_files_are_read_as_strictly_reading_does(path: Path) -> None:
    example(path)
    assert lenient(path) == split(path)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r\n\r\n\r\n", b"\n\n", b"\0" * 900, b"\r"])
def test_any_blank_bytes_close_a_record(path: Path, end: bytes) -> None:
    write(path, record(end=end), OTHER)
    assert blocks(path) == BLOCKS


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n\r\n\n", b"\0" * 5_000_000])
def test_any_blank_bytes_close_a_file(path: Path, end: bytes) -> None:
    write(path, record(), OTHER.removesuffix(b"\r\n\r\n") + end)
    assert blocks(path) == BLOCKS


EMPTY = [
    gzip.compress(b"", mtime=0),
    gzip.compress(b"", 0, mtime=0),
    b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"a\0\3" + b"\0" * 9,
]


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("padding", [b"", b"\0" * 512, b"\r\n"])
def test_padding_and_empty_members_belong_to_the_record_before(
    compressed: Path, empty: bytes, padding: bytes
) -> None:
    first, second = gzip.compress(record()), gzip.compress(OTHER)
    compressed.write_bytes(first + padding + empty + padding + empty + second + empty + padding)
    assert blocks(compressed) == BLOCKS
    found, _ = lenient(compressed)
    assert found[1].offset == len(first) + 2 * len(padding + empty)


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "x.arc", "x", "x.wacz"])
@pytest.mark.parametrize("change", [gzip.compress, bytes])
def test_the_bytes_decide_what_a_file_is(tmp_path: Path, name: str, change: type[bytes]) -> None:
    path = tmp_path / name
    path.write_bytes(change(record()) + change(OTHER))
    assert blocks(path) == BLOCKS


def test_compressed_and_uncompressed_records_in_one_file(plain: Path) -> None:
    plain.write_bytes(record() + gzip.compress(OTHER) + record() + gzip.compress(OTHER))
    assert blocks(plain) == BLOCKS * 2


def test_a_file_that_was_compressed_as_a_whole(compressed: Path) -> None:
    large = record(bytes(range(256)) * 12_000, WARC_Record_ID="<urn:large>")
    member = gzip.compress(record() + OTHER + large + OTHER)
    compressed.write_bytes(gzip.compress(OTHER) + member + gzip.compress(record()))
    found, faults = lenient(compressed)
    assert faults == []
    assert [len(record.block) for record in found] == [5, 5, 5, 3_072_000, 5, 5]
    inside = found[1:5]
    assert {(item.offset, item.length) for item in inside} == {(found[0].length, len(member))}
    for item in inside[:3]:
        ref = ref_of(item, compressed)
        assert record_at(compressed, ref, strict=False).block[:] == item.block[:]


def test_a_wrong_length_in_one_member_of_many_records(compressed: Path) -> None:
    for length in ("4", "10", "99999", "x"):
        write(compressed, record() + record(b"wrong", Content_Length=length) + OTHER)
        found, (fault,) = lenient(compressed)
        assert [item.block for item in found] == BLOCKS
        assert (fault.offset, fault.length) == (0, compressed.stat().st_size)


def test_what_a_cut_member_of_many_records_still_holds(compressed: Path) -> None:
    contents = [record(bytes([65 + n]) * 40_000) for n in range(20)]
    member = gzip.compress(b"".join(contents), compresslevel=0)
    compressed.write_bytes(member[: len(member) // 2])
    found, (fault,) = lenient(compressed)
    assert [item.block[:1] for item in found] == [bytes([65 + n]) for n in range(10)]
    assert "cut short" in fault.reason
    assert (fault.offset, fault.length) == (0, len(member) // 2)


def test_a_member_of_one_record_that_is_damaged_is_no_record(compressed: Path) -> None:
    (member,) = write(compressed, record())
    compressed.write_bytes(member[:-6] + b"\xff" + member[-5:] + gzip.compress(OTHER))
    (found,), (fault,) = lenient(compressed)
    assert found.block == b"other"
    assert "damaged" in fault.reason
    assert fault.length == len(member)


def ref_of(item: Record, path: Path) -> RecordRef:
    return RecordRef(
        record_id=item.header("WARC-Record-ID") or "",
        uri=item.header("WARC-Target-URI") or "",
        date=item.header("WARC-Date") or "",
        file=path.name,
        offset=item.offset,
        length=item.length,
    )


def test_a_record_at_its_place(path: Path) -> None:
    write(path, *SHAPES.values(), record())
    found, _ = lenient(path)
    for item in found:
        assert record_at(path, ref_of(item, path), strict=False).headers[0] == item.headers[0]
    with pytest.raises(LookupError, match="no record <urn:other> at byte 0"):
        record_at(path, replace(ref_of(found[0], path), record_id="<urn:other>"), strict=False)
    unknown = replace(ref_of(found[-1], path), record_id="", uri="urn:other")
    with pytest.raises(LookupError, match="no record urn:other at byte"):
        record_at(path, unknown, strict=False)
    with pytest.raises(ArchiveReadError, match="no whole record at byte 3"):
        record_at(path, replace(ref_of(found[0], path), offset=3), strict=False)


def test_a_length_that_is_right_whatever_the_block_looks_like(plain: Path) -> None:
    inner = b"<pre>\r\n" + record(b"inner") + OTHER
    write(plain, record(inner), OTHER)
    assert blocks(plain) == [inner, b"other"]
    write(plain, record(inner))
    assert blocks(plain) == [inner]


@pytest.mark.parametrize("length", ["0", "4", "10", "400", "99999999999", "-1", "1" * 30, "x"])
def test_a_wrong_length_never_swallows_the_next_record(plain: Path, length: str) -> None:
    parts = write(plain, record(), record(b"wrong", Content_Length=length), OTHER, OTHER)
    found, (fault,) = lenient(plain)
    assert [item.block for item in found] == [b"block", b"other", b"other"]
    assert (fault.offset, fault.length) == (len(parts[0]), len(parts[1]))


def test_a_length_that_ends_in_another_record_swallows_none(plain: Path) -> None:
    length = str(len(OTHER) + 20)
    parts = write(plain, record(b"wrong", Content_Length=length), OTHER, OTHER, OTHER)
    found, (fault,) = lenient(plain)
    assert len(found) == 3
    assert fault.length == len(parts[0])


def test_garbage_behind_a_closed_record_costs_the_garbage_alone(plain: Path) -> None:
    parts = write(plain, record(), b"WARC/1.1 is no record\r\n", OTHER)
    found, (fault,) = lenient(plain)
    assert [item.block for item in found] == BLOCKS
    assert fault.length == len(parts[1])


def test_a_block_that_is_too_large_is_named_and_passed(path: Path) -> None:
    large = record(Random(1).randbytes(3_000_000) + OTHER)
    parts = write(path, record(), large, OTHER)
    found, (fault,) = lenient(path, largest=1 << 20)
    assert [item.block for item in found] == BLOCKS
    assert (fault.offset, fault.length) == (len(parts[0]), len(parts[1]))
    assert "larger than 1048576 bytes" in fault.reason


@pytest.mark.parametrize("strict", [True, False])
def test_resync_begins_at_the_first_record_behind(path: Path, strict: bool) -> None:
    parts = example(path)
    found, _ = split(path)
    for start in range(len(parts[0]) + len(parts[1])):
        first = next(read_records(path, start=start, strict=strict, resync=True))
        assert first == next(item for item in found if item.offset >= start)
    assert list(read_records(path, start=found[-1].offset + 1, strict=strict, resync=True)) == []


def chunk(path: Path, start: int, stop: int) -> list[Record | Fault]:
    """Return what begins in the file from byte *start* up to byte *stop*."""
    items = read_records(path, start=start, strict=False, resync=start > 0)
    return list(takewhile(lambda item: item.offset < stop, items))


def is_chain(items: list[Record | Fault], size: int) -> bool:
    """Return whether each begins where the one before ends, or in the same place, up to the end."""
    ends = [0, *(item.offset + item.length for item in items)]
    begins = [*(item.offset for item in items), size]
    same = [False, *(one.offset == two.offset for one, two in pairwise(items)), False]
    return all(a == b or c for a, b, c in zip(ends, begins, same, strict=True))


@pytest.fixture(scope="module", params=[*NAMES, "whole.warc.gz", "damaged.warc.gz", "damaged.warc"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / str(request.param)
    parts = example(path)
    if path.name.startswith("whole"):
        path.write_bytes(gzip.compress(gzip.decompress(b"".join(parts))) + parts[0])
    if path.name.startswith("damaged"):
        path.write_bytes(b"".join([*parts[:2], parts[3][:90], b"\0garbage\n", *parts[4:], b"x"]))
    return path


@given(places=st.lists(st.floats(0, 1), max_size=6))
def test_chunks_give_what_the_whole_gives(sample: Path, places: list[float]) -> None:
    size = sample.stat().st_size
    splits = sorted([0, *(int(place * size) for place in places), size])
    found = [item for start, stop in pairwise(splits) for item in chunk(sample, start, stop)]
    whole = list(read_records(sample, strict=False))
    assert is_chain(whole, size)
    assert (found == whole) is is_chain(found, size)
    # Else only faults are missing: a chunk began in the record before them.
    assert [item for item in found if isinstance(item, Record)] == [
        item for item in whole if isinstance(item, Record)
    ]


def test_a_chunk_that_begins_in_a_stored_archive_is_known_by_its_chain(plain: Path) -> None:
    inner = record(b"inner") * 3
    parts = write(plain, record(b"\r\n" + inner), OTHER)
    first = next(read_records(plain, start=len(parts[0]) // 2, strict=False, resync=True))
    assert first.offset != len(parts[0])
    assert next(read_records(plain, strict=False)).length == len(parts[0])


def test_an_empty_file_has_nothing(path: Path) -> None:
    path.write_bytes(b"")
    assert lenient(path) == ([], [])
    assert list(read_records(path, strict=False, resync=True)) == []


def test_a_member_without_content_at_the_front_is_named(compressed: Path) -> None:
    write(compressed, b"", record())
    (found,), (fault,) = lenient(compressed)
    assert found.block == b"block"
    assert fault == Fault(offset=0, length=found.offset, reason="no head: b''")


def test_the_date_is_not_made_up(plain: Path) -> None:
    write(plain, record(WARC_Date=""), record())
    found, _ = lenient(plain)
    assert [item.header("WARC-Date") for item in found] == ["", DATE]
