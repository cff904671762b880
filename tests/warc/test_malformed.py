"""Damaged foreign archives: undamaged records are read, the rest are faults with their place."""

from __future__ import annotations

import gzip
import itertools
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.container import find_parts, is_zip
from crawler.warc.reader import Fault, Record, read_records
from tests.running import ROOT
from tests.warc.files import NAMES, lenient, record, write
from tests.warc.test_container import zipped

BODIES = [b"one", b"two" * 700, Random(2).randbytes(3000), b"", b"<p>five</p>\r\n\r\n"]
RECORDS = [record(body, WARC_Record_ID=f"<urn:{n}>") for n, body in enumerate(BODIES)]
FIRST, *REST = RECORDS


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.fixture(scope="module", params=NAMES)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place for a file that is damaged again and again."""
    return tmp_path_factory.mktemp("damaged") / str(request.param)


def ids(found: list[Record]) -> list[str]:
    return [item.header("WARC-Record-ID") or "" for item in found]


def all_ids(*without: int) -> list[str]:
    return [f"<urn:{n}>" for n in range(len(RECORDS)) if n not in without]


def structure(parts: list[bytes]) -> list[int]:
    """Return where something begins or ends in records, one byte before it and one behind."""
    begins = itertools.accumulate(map(len, parts), initial=0)
    heads = [re.search(rb"\r\n\r\n", part) for part in parts]
    places = {
        begin + place + more
        for begin, part, head in zip(begins, parts, heads, strict=False)
        for place in (0, 3, 10, head.start() if head else 18, len(part) - 8, len(part) - 4)
        for more in (-1, 0, 1, 4)
    }
    return sorted(place for place in places if 0 <= place < sum(map(len, parts)))


def check_cut(path: Path, parts: list[bytes], cut: int) -> None:
    ends = list(itertools.accumulate(map(len, parts)))
    path.write_bytes(b"".join(parts)[:cut])
    found, faults = lenient(path)
    closing = 4 if path.suffix == ".warc" else 0
    whole = [end for end in ends if end - closing <= cut]
    assert ids(found) == all_ids()[: len(whole)]
    kept = min(cut, whole[-1]) if whole else 0
    assert [(fault.offset, fault.length) for fault in faults] == [(kept, cut - kept)] * (cut > kept)


def test_a_file_cut_at_every_structural_point(file: Path) -> None:
    parts = write(file, *RECORDS)
    for cut in structure(parts):
        check_cut(file, parts, cut)


@given(place=st.floats(0, 1))
def test_a_file_cut_anywhere(file: Path, place: float) -> None:
    parts = write(file, *RECORDS)
    check_cut(file, parts, int(place * sum(map(len, parts))))


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_one_record_at_most(file: Path, place: float, bit: int) -> None:
    parts = write(file, *RECORDS)
    before, _ = lenient(file)
    content = bytearray(b"".join(parts))
    at = int(place * len(content))
    content[at] ^= 1 << bit
    file.write_bytes(content)
    after, faults = lenient(file)
    hit = next(item for item in before if item.offset + item.length > at)
    untouched = [item for item in before if item is not hit]
    assert [item for item in after if item in untouched] == untouched
    for fault in faults:
        assert hit.offset <= fault.offset
        assert fault.offset + fault.length <= hit.offset + hit.length


@given(garbage=st.binary(min_size=1), between=st.integers(0, len(RECORDS)))
def test_garbage_between_records_is_one_fault(file: Path, garbage: bytes, between: int) -> None:
    parts = write(file, *RECORDS)
    file.write_bytes(b"".join([*parts[:between], b"?", garbage, *parts[between:]]))
    found, (fault,) = lenient(file)
    assert ids(found) == all_ids()
    start = sum(map(len, parts[:between]))
    assert (fault.offset, fault.length) == (start, 1 + len(garbage))


@pytest.mark.parametrize("between", range(1, len(RECORDS) + 1))
def test_empty_members_cost_nothing(tmp_path: Path, between: int) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, *RECORDS[:between], b"", b"", *RECORDS[between:])
    found, faults = lenient(path)
    assert ids(found) == all_ids()
    assert faults == []


WRONG = ["0", "1", "2099", "2110", "2500", "6000", "99999999", "9" * 18, "9" * 40]
NO_NUMBER = ["-1", "", "x", "0x10", "1 0", "٣", "1e3"]


@pytest.mark.parametrize("length", WRONG + NO_NUMBER)
def test_a_wrong_length_costs_its_record_alone(path: Path, length: str) -> None:
    wrong = record(BODIES[1], WARC_Record_ID="<urn:1>", Content_Length=length)
    parts = write(path, RECORDS[0], wrong, *RECORDS[2:])
    found, (fault,) = lenient(path)
    assert ids(found) == all_ids(1)
    assert (fault.offset, fault.length) == (len(parts[0]), len(parts[1]))
    assert fault.reason


@pytest.mark.parametrize(
    ("field", "is_needed"),
    [
        ("WARC-Type", True),
        ("Content-Length", True),
        ("WARC-Record-ID", False),
        ("WARC-Date", False),
    ],
)
def test_a_missing_field(path: Path, field: str, is_needed: bool) -> None:
    without = re.sub(rb"%s: [^\r]*\r\n" % field.encode(), b"", RECORDS[1])
    write(path, RECORDS[0], without, *RECORDS[2:])
    found, faults = lenient(path)
    assert len(found) == len(RECORDS) - is_needed
    assert [fault.reason for fault in faults] == [f"has no {field}"] * is_needed


def test_lengths_or_types_that_contradict_each_other(path: Path) -> None:
    for double in (record(Content_length="3"), record(warc_type="response")):
        write(path, RECORDS[0], double, *RECORDS[2:])
        found, (fault,) = lenient(path)
        assert ids(found) == all_ids(1)
        assert "more than one" in fault.reason


@pytest.mark.parametrize("level", [0, 6])
def test_an_archive_in_a_record_is_not_taken_for_records(path: Path, level: int) -> None:
    inner = b"".join(gzip.compress(part, 0) for part in RECORDS) + b"\r\n" + b"".join(RECORDS)
    outer = record(inner, WARC_Record_ID="<urn:outer>")
    path.write_bytes(gzip.compress(outer, level) * 2 if path.suffix == ".gz" else outer * 2)
    found, faults = lenient(path)
    assert ids(found) == ["<urn:outer>"] * 2
    assert faults == []


_PEAK = """
import sys
from pathlib import Path
from crawler.warc.reader import read_records
for item in read_records(Path(sys.argv[1]), strict=False, largest=1 << 20):
    print(type(item).__name__, getattr(item, "reason", ""))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_memory_is_bounded_whatever_a_member_expands_to(tmp_path: Path) -> None:
    zeros = bytes(300_000_000)
    path = tmp_path / "x.warc.gz"
    contents = (
        zeros,
        b"x" + zeros,
        record(zeros),
        record() + zeros + b"x",
        b"WARC/1.1\r\nX: " + zeros,
    )
    path.write_bytes(b"".join(gzip.compress(content, 1) for content in contents))
    with path.open("ab") as stream:
        stream.write(gzip.compress(RECORDS[0]))
    command = [sys.executable, "-c", _PEAK, str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    *items, peak = done.stdout.splitlines()
    # Bytes without the head of a record are one fault with the bytes before them.
    assert [item.rstrip("0123456789 bytes") for item in items] == [
        *["Fault the gzip member expands to over"] * 3, "Record",
    ]  # fmt: skip
    assert int(peak) < 120_000  # KiB


def test_many_small_records_in_one_member_do_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    body = Random(3).randbytes(40_000)
    with gzip.open(path, "wb", 1) as stream:
        for number in range(2_000):
            stream.write(record(body, WARC_Record_ID=f"<urn:{number}>"))
    command = [sys.executable, "-c", _PEAK, str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    *items, peak = done.stdout.splitlines()
    assert items == ["Record "] * 2_000
    assert int(peak) < 120_000  # KiB


HOSTILE = {
    "members in members": b"\x1f\x8b\x08" + bytes(7) + b"\x00\xff\xff\x00\x00WARC/1.1\r\n",
    "heads without an end": b"\nWARC/1.1",
    "heads in heads": b"WARC/1.1\r\nWARC-Type: x\r\nContent-Length: 99999999\r\n\r\n",
    "lines of an ARC": b"\nhttp://a 1.1.1.1 20240101000000 x ",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nested_damage_is_not_read_for_ever(path: Path, kind: str) -> None:
    path.write_bytes((HOSTILE[kind] * 40_000)[: 1 << 19])
    assert lenient(path)[0] == []
    path.write_bytes(gzip.compress((HOSTILE[kind] * 40_000)[: 1 << 19]))
    assert lenient(path)[0] == []


FRAGMENTS = [
    *RECORDS, *map(gzip.compress, RECORDS), gzip.compress(b"".join(RECORDS)), gzip.compress(b""),
    b"\r\n\r\n", b"\0" * 600, b"\x1f\x8b\x08", b"WARC/1.0\r\n", b"PK\x03\x04", b"\n",
    b"http://news.test/ 198.51.100.7 20240411083001 text/html 3\nabc\n", b"Content-Length: 5\r\n",
]  # fmt: skip


@given(
    pieces=st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=40), max_size=8),
    cut=st.integers(0, 60),
    start=st.integers(0, 400),
    resync=st.booleans(),
    largest=st.sampled_from([0, 100, 1 << 30]),
)
def test_any_bytes_are_covered_by_records_and_faults(
    file: Path, pieces: list[bytes], cut: int, start: int, resync: bool, largest: int
) -> None:
    content = b"".join(pieces)[cut:]
    file.write_bytes(content)
    lenient(file, largest=largest)
    if is_zip(file):  # behind its end would be its deflated members, and it has none
        start = min(start, len(content) - 1)
    for strict in (True, False):
        items = list(read_records(file, start=start, strict=strict, resync=resync))
        assert all(start <= item.offset < len(content) for item in items)
        assert not items or items[-1].offset + items[-1].length == len(content)


MEMBERS = {
    "archive/a.warc.gz": b"".join(map(gzip.compress, RECORDS)),
    "archive/../../b.warc": b"".join(RECORDS),
    "indexes/index.cdx.gz": gzip.compress(b"test,news)/ 20240411083000 {}\n"),
}


@pytest.fixture(scope="module")
def wacz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wacz") / "x.wacz"


def read(path: Path) -> tuple[list[Record], list[Fault]]:
    items = [
        item
        for part in find_parts(path)
        for item in read_records(part.path, start=part.start, end=part.end, strict=False)
    ]
    return (
        [item for item in items if isinstance(item, Record)],
        [item for item in items if isinstance(item, Fault)],
    )


@given(place=st.floats(0, 1))
def test_a_wacz_cut_anywhere(wacz: Path, place: float) -> None:
    content = zipped(MEMBERS)
    wacz.write_bytes(content)
    whole, faults = read(wacz)
    assert ids(whole) == all_ids() * 2
    assert faults == []
    cut = int(place * len(content))
    wacz.write_bytes(content[:cut])
    found, _ = read(wacz)
    untouched = [item for item in whole if item.offset + item.length <= cut]
    assert [item for item in found if item in untouched] == untouched


def test_zstandard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.zst"
    for magic in (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18"):
        path.write_bytes(magic + Random(4).randbytes(3_000))
        found, (fault,) = lenient(path)
        assert found == []
        assert fault.reason == "compressed with Zstandard: unpack it with zstd -d"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(read_records(tmp_path / "x.warc", strict=False))
    with pytest.raises(IsADirectoryError):
        next(read_records(tmp_path, strict=False))
