"""Records that are read, and bytes that are no record."""

from __future__ import annotations

import gzip
import itertools
import mmap
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from crawler.items import RecordRef
from crawler.warc.reader import ArchiveReadError, record_at, records
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter
from tests.running import ROOT
from tests.warc.examples import REQUEST, RESPONSE, exchange
from tests.warc.files import DATE, example, record, split, write

OTHER = record(b"other", WARC_Record_ID="<urn:uuid:87654321-0000-4000-8000-000000000000>")


def test_blocks_come_back_as_they_were_also_from_an_open_file(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    odd = b"http/1.1 200\r\nx-A:b\r\nX-a :\xff\r\n folded\r\n\r\nbody\r\n\r\n"
    for response in (RESPONSE, odd, b"\x00garbage"):
        writer.write(exchange_records(exchange(response=response)))
    (path,) = tmp_path.iterdir()
    assert path.suffix == ".open"
    blocks = [record.block for record in records(path)][1:]
    assert blocks == [RESPONSE, REQUEST, odd, REQUEST, b"\x00garbage", REQUEST]
    writer.close()


def test_headers_are_found_in_any_case_and_all_are_kept(path: Path) -> None:
    example(path)
    response = list(records(path))[1]
    assert response.type == "response"
    assert response.header("warc-ip-address") == "198.51.100.7"
    assert response.header("WARC-Truncated") is None
    protocols = [value for name, value in response.headers if name == "WARC-Protocol"]
    assert protocols == ["http/1.1", "tls/1.3"]


def test_offsets_and_lengths_are_those_of_the_parts(path: Path) -> None:
    parts = example(path)
    found, faults = split(path)
    assert [record.length for record in found] == list(map(len, parts))
    assert faults == []


def test_folded_lines_and_odd_bytes_of_foreign_files(path: Path) -> None:
    write(path, record(WARC_Type="metadata\r\n  folded", X_Name="caf\u00e9 \t", X_Empty=""))
    (found,) = records(path)
    assert found.type == "metadata folded"
    assert found.headers[-2:] == [("X-Name", "caf\u00e9"), ("X-Empty", "")]


# warcio leaves its temporary files open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("gzipped", [True, False])
def test_what_warcio_writes(tmp_path: Path, gzipped: bool) -> None:
    path = tmp_path / "file"  # its bytes decide what it is
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=gzipped)
        for number in range(5):
            content = writer.create_warc_record(
                f"http://news.test/{number}", "resource", payload=BytesIO(b"x" * 40_000 * number)
            )
            writer.write_record(content)
    with path.open("rb") as stream:
        archive = ArchiveIterator(stream)
        theirs = [(r.rec_type, r.raw_stream.read(), archive.get_record_offset()) for r in archive]
    found, faults = split(path)
    assert [(record.type, record.block, record.offset) for record in found] == theirs
    assert faults == []


def test_large_blocks_are_maps(path: Path) -> None:
    body = bytes(range(256)) * 20_000
    example(path, body, RESPONSE)
    found, _ = split(path)
    assert isinstance(found[1].block, mmap.mmap)
    assert found[1].block[:] == body
    assert isinstance(found[3].block, bytes)


def test_a_file_cut_at_every_byte_of_its_last_two_records(path: Path) -> None:
    content = b"".join(parts := example(path))
    ends = [0, *itertools.accumulate(map(len, parts))]
    for cut in range(ends[-3], len(content)):
        path.write_bytes(content[:cut])
        found, faults = split(path)
        whole = [end for end in ends[1:] if end <= cut]
        assert [record.offset + record.length for record in found] == whole
        assert [(f.offset, f.length) for f in faults] == [(whole[-1], cut - whole[-1])] * (
            cut not in ends
        )


def test_only_the_committed_bytes_are_read(path: Path) -> None:
    content = b"".join(parts := example(path))
    path.write_bytes(content + b"garbage")
    assert split(path, end=len(content))[1] == []
    (torn,) = split(path, end=len(content) - 1)[1]
    assert torn.offset == len(content) - len(parts[-1])
    assert "cut short at byte" in torn.reason
    assert split(path, end=0) == ([], [])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """Return a compressed file and its members, to be damaged again and again."""
    path = tmp_path_factory.mktemp("sample") / "x.warc.gz"
    return path, example(path)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_one_record_at_most(
    sample: tuple[Path, list[bytes]], place: float, bit: int
) -> None:
    path, parts = sample
    content = bytearray(b"".join(parts))
    path.write_bytes(content)
    before, _ = split(path)
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    after, faults = split(path)
    if not faults:  # a bit that carries nothing: gzip's time and system, padding
        assert after == before
        return
    (hit,) = [record for record in before if record not in after]
    assert [(fault.offset, fault.length) for fault in faults] == [(hit.offset, hit.length)]
    assert len(after) == len(parts) - 1


@given(garbage=st.binary(min_size=1), between=st.integers(0, 6))
def test_garbage_between_members_is_one_fault(
    sample: tuple[Path, list[bytes]], garbage: bytes, between: int
) -> None:
    path, parts = sample
    path.write_bytes(b"".join([*parts[:between], garbage, *parts[between:]]))
    found, faults = split(path)
    assert [record.length for record in found] == list(map(len, parts))
    start = sum(map(len, parts[:between]))
    assert [(fault.offset, fault.length) for fault in faults] == [(start, len(garbage))]


def test_garbage_between_lines_of_an_uncompressed_file(plain: Path) -> None:
    parts = example(plain)
    garbage = b"WARC/1.1 is what this line is about\r\n"
    plain.write_bytes(b"".join([*parts[:2], garbage, *parts[2:]]))
    found, (fault,) = split(plain)
    assert len(found) == len(parts)
    assert fault.length == len(garbage)


def test_a_member_that_is_appended_to_a_torn_one_is_found(compressed: Path) -> None:
    parts = example(compressed)
    compressed.write_bytes(b"".join([parts[0], parts[1][:-9], *parts[2:]]))
    found, (fault,) = split(compressed)
    assert [record.length for record in found] == [len(part) for part in (parts[0], *parts[2:])]
    assert fault.offset == len(parts[0])
    assert "damaged" in fault.reason


def test_an_archive_in_a_payload_is_not_taken_for_records(compressed: Path) -> None:
    inner = gzip.compress(record(), compresslevel=0)
    outer = gzip.compress(record(inner, Content_Length="1"), compresslevel=0)
    assert inner in outer
    compressed.write_bytes(outer + gzip.compress(OTHER))
    found, (fault,) = split(compressed)
    assert [record.block for record in found] == [b"other"]
    assert fault.length == len(outer)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "no head: b''", id="nothing"),
        pytest.param(record() + OTHER, "holds more than one record", id="two"),
        pytest.param(record() + b"x", "holds more than one record", id="surplus"),
        pytest.param(record(end=b""), "no CRLF CRLF behind the 5 bytes", id="unended"),
        pytest.param(record(end=b"\n\n\n\n"), "no CRLF CRLF behind the 5 bytes", id="LF"),
        pytest.param(record(Content_Length="4"), "no CRLF CRLF behind the 4 bytes", id="short"),
        pytest.param(record(Content_Length="6"), "no CRLF CRLF behind the 6 bytes", id="long"),
        pytest.param(record(Content_Length="10"), "the member has 9 bytes behind", id="longer"),
        pytest.param(b"<html>not found</html>", "no head: b'<html>not found", id="html"),
    ],
)
def test_a_member_holds_exactly_one_record(compressed: Path, content: bytes, reason: str) -> None:
    parts = write(compressed, content, OTHER)
    found, (fault,) = split(compressed)
    assert reason in fault.reason
    assert fault.length == len(parts[0])
    assert [record.block for record in found] == [b"other"]


def _without(name: str) -> bytes:
    return re.sub(rf"{name}: [^\r]*\r\n".encode(), b"", record())


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        pytest.param(_without(name), f"has no {name}", id=f"no {name}")
        for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
    ]
    + [
        pytest.param(record(WARC_Date=""), "has no WARC-Date", id="empty"),
        pytest.param(record(WARC_date=DATE), "has more than one WARC-Date", id="two dates"),
        pytest.param(record(Content_Length="-1"), "Content-Length is '-1'", id="negative"),
        pytest.param(record(Content_Length="٣"), "no number of bytes", id="digits of others"),
        pytest.param(record(X="a\nWARC-Type: b"), "does not end in CRLF", id="smuggled"),
        pytest.param(record(X="a\r\nno field"), "'no field' in the head is no field", id="line"),
        pytest.param(record(X="a\r\nX Y: a"), "'X Y: a' in the head is no field", id="name"),
        pytest.param(record().replace(b"WARC/1.1", b"WARC/2.0"), "begins with", id="version"),
    ],
)
def test_a_head_that_is_none(path: Path, head: bytes, reason: str) -> None:
    example(path)
    parts = write(path, OTHER, head, OTHER)
    found, (fault,) = split(path)
    assert reason in fault.reason
    assert (fault.offset, fault.length) == (len(parts[0]), len(parts[1]))
    assert [record.block for record in found] == [b"other", b"other"]


def test_wrong_lengths_in_an_uncompressed_file(plain: Path) -> None:
    for length, reason in [("4", "no CRLF CRLF"), ("6", "no CRLF CRLF"), ("999999", "cut short")]:
        parts = write(plain, record(Content_Length=length), OTHER)
        found, (fault,) = split(plain)
        assert reason in fault.reason
        assert fault.length == len(parts[0])
        assert [record.block for record in found] == [b"other"]


_PEAK = """
import sys
from pathlib import Path
from crawler.warc.reader import read_records
print([type(item).__name__ for item in read_records(Path(sys.argv[1]))])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_memory_is_bounded_whatever_a_member_expands_to(compressed: Path) -> None:
    zeros = bytes(150_000_000)
    contents = (record(zeros), record() + zeros, zeros, b"WARC/1.1\r\nX: " + zeros, OTHER)
    compressed.write_bytes(b"".join(gzip.compress(content, 1) for content in contents))
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, compressed],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    kinds, peak = done.stdout.splitlines()
    assert kinds == "['Record', 'Fault', 'Fault', 'Fault', 'Record']"
    assert int(peak) < 120_000  # KiB


def test_members_in_members_are_not_read_for_ever(compressed: Path) -> None:
    """Each of them is a stored block with the others in it, and none has an end."""
    head = b"\x1f\x8b\x08" + bytes(7) + b"\x00\xff\xff\x00\x00" + b"WARC/1.1\r\n"
    content = (head * 80_000)[: 1 << 20]
    compressed.write_bytes(content)
    found, faults = split(compressed)
    assert found == []
    assert faults[-1].offset + faults[-1].length == len(content)


def test_the_first_thing_that_is_no_record_is_an_error(path: Path) -> None:
    parts = example(path)
    path.write_bytes(b"".join([*parts[:2], b"<html>\r\n", *parts[2:]]))
    reading = records(path)
    assert [next(reading).type, next(reading).type] == ["warcinfo", "response"]
    offset = len(parts[0] + parts[1])
    with pytest.raises(ArchiveReadError, match=f"at byte {offset}: .*{re.escape(str(path))}"):
        next(reading)


def ref_of(path: Path, number: int) -> RecordRef:
    record = list(records(path))[number]
    return RecordRef(
        record_id=record.header("WARC-Record-ID") or "",
        uri=record.header("WARC-Target-URI") or "",
        date=record.header("WARC-Date") or "",
        file=path.name,
        offset=record.offset,
        length=record.length,
    )


def test_a_record_at_its_place(path: Path) -> None:
    parts = example(path)
    ref = ref_of(path, 3)
    assert record_at(path, ref) == list(records(path))[3]
    path.write_bytes(b"".join(parts[:4]))
    assert record_at(path, ref).offset == ref.offset


def test_another_record_there_or_none(path: Path) -> None:
    parts = example(path)
    ref = ref_of(path, 3)
    other = replace(ref, record_id="<urn:uuid:other>")
    with pytest.raises(LookupError, match=f"no record {other.record_id} at byte {ref.offset}"):
        record_at(path, other)
    path.write_bytes(b"".join(parts[:3]))
    with pytest.raises(LookupError):
        record_at(path, ref)
    path.write_bytes(b"".join(parts)[: ref.offset + 9])
    with pytest.raises(ArchiveReadError, match=f"at byte {ref.offset}"):
        record_at(path, ref)
