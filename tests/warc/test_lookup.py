"""Binary search, compared with reading every line."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.lookup import BadLineError, IndexLine, IndexLookup, parse_line

KEYS = st.sampled_from(
    ["-", "a", "a)/", "a)/b", "a)/b?c", "aa)/", "b:8080)/", "z)/%c3%bc", "x" * 60, "x" * 64 + "y"]
) | st.text("ab)/", min_size=1, max_size=4)
MOMENTS = st.text("0129", min_size=14, max_size=20)
ENTRIES = st.lists(st.tuples(KEYS, MOMENTS, st.text(max_size=9)), max_size=60)


def line(key: str, timestamp: str, url: str = "u") -> bytes:
    return f"{key} {timestamp} {json.dumps({'url': url})}\n".encode()


def lookup(folder: Path, *lines: bytes, last: bytes = b"\n") -> IndexLookup:
    path = folder / "x.cdxj"
    path.write_bytes(b"".join(lines).removesuffix(b"\n") + (last if lines else b""))
    return IndexLookup(path)


def scanned(lines: list[bytes]) -> list[IndexLine]:
    """Return all *lines*, each with its place."""
    position, found = 0, []
    for one in lines:
        found.append(parse_line(one.rstrip(b"\n"), position))
        position += len(one)
    return found


@given(ENTRIES, KEYS, MOMENTS | st.just(""), st.sampled_from([b"\n", b""]))
def test_the_same_as_a_scan(
    rows: list[tuple[str, str, str]], key: str, since: str, last: bytes
) -> None:
    lines = sorted({line(*row) for row in rows})
    expected = [one for one in scanned(lines) if one.key == key and one.timestamp >= since]
    with TemporaryDirectory() as folder, lookup(Path(folder), *lines, last=last) as index:
        assert list(index.lines(key, since)) == expected


@given(ENTRIES, KEYS, st.integers(0, 4))
def test_around_the_same_as_a_scan(rows: list[tuple[str, str, str]], key: str, most: int) -> None:
    lines = sorted({line(*row) for row in rows})
    found = scanned(lines)
    before = [one for one in found if one.key < key]
    expected = before[len(before) - min(most, len(before)) :]
    expected += [one for one in found if one.key >= key][:most]
    with TemporaryDirectory() as folder, lookup(Path(folder), *lines) as index:
        assert index.lines_around(key, most) == expected


@given(ENTRIES)
def test_every_position_gives_its_line_again(rows: list[tuple[str, str, str]]) -> None:
    lines = sorted({line(*row) for row in rows})
    with TemporaryDirectory() as folder, lookup(Path(folder), *lines) as index:
        for one in scanned(lines):
            assert index.line_at(one.position) == one


@pytest.mark.parametrize("last", [b"\n", b""])
def test_lines_far_apart_are_found_behind_samples(tmp_path: Path, last: bytes) -> None:
    lines = sorted(
        line(f"k{number:05d})/", f"2024{number:010d}", "u" * (number % 300))
        for number in range(5_000)
    )
    assert sum(map(len, lines)) > 1 << 18
    with lookup(tmp_path, *lines, last=last) as index:
        for number in range(0, 5_000, 7):
            (found,) = index.lines(f"k{number:05d})/")
            assert found.fields["url"] == "u" * (number % 300)
        assert not list(index.lines("k05000)/"))
        assert not list(index.lines("k"))


def test_a_file_that_was_written_anew_is_sampled_anew(tmp_path: Path) -> None:
    """Other keys, in as many bytes: what is remembered of the file is of no use any more."""
    path = tmp_path / "x.cdxj"
    for first in "abc":
        rows = [line(f"{first}{number:05d}", "20240101000000") for number in range(4000)]
        new = tmp_path / "new"
        new.write_bytes(b"".join(rows))
        new.replace(path)
        for _ in range(2):
            with IndexLookup(path) as index:
                for number in (0, 1999, 3999):
                    assert [one.key for one in index.lines(f"{first}{number:05d}")] == [
                        f"{first}{number:05d}"
                    ]


def test_many_lines_of_one_key_across_samples(tmp_path: Path) -> None:
    lines = sorted(line("x" * 70, f"{number:020d}", "y" * 99) for number in range(2_000))
    with lookup(tmp_path, line("a", "0" * 14), *lines, line("z", "0" * 14)) as index:
        assert len(list(index.lines("x" * 70))) == 2_000
        assert next(index.lines("x" * 70, f"{1_500:020d}")).timestamp == f"{1_500:020d}"
        assert not list(index.lines("x" * 69))
        assert not list(index.lines("x" * 71))


@pytest.mark.parametrize("size", [1 << 14, 1 << 17, 5 << 20])
def test_huge_lines(tmp_path: Path, size: int) -> None:
    lines = [line("a", "1" * 14), line("b", "1" * 14, "h" * size), line("c", "1" * 14)]
    with lookup(tmp_path, *lines) as index:
        assert [len(next(index.lines(key)).fields["url"]) for key in "abc"] == [1, size, 1]
        assert [one.key for one in index.lines_around("b", 1)] == ["a", "b"]


def test_a_huge_line_costs_no_more_than_its_length(tmp_path: Path) -> None:
    """To look for its start from each of its 16 KB took a minute."""
    lines = [line("a", "1" * 14), line("b", "1" * 14, "h" * (64 << 20))]
    began = time.process_time()
    with lookup(tmp_path, *lines) as index:
        assert len(list(index.lines("a"))) == 1
    assert time.process_time() - began < 10


def test_a_long_key_is_not_taken_for_one_that_begins_alike(tmp_path: Path) -> None:
    keys = sorted("p" * 70 + end for end in ("", "0", "a", "z"))
    with lookup(tmp_path, *(line(key, "1" * 14) for key in keys)) as index:
        for key in keys:
            assert [one.key for one in index.lines(key)] == [key]


def test_an_empty_file(tmp_path: Path) -> None:
    with lookup(tmp_path) as index:
        assert list(index.lines("a")) == []
        assert index.lines_around("a", 3) == []


@pytest.mark.parametrize("last", [b"\n", b""])
def test_one_line(tmp_path: Path, last: bytes) -> None:
    with lookup(tmp_path, line("b", "1" * 14), last=last) as index:
        assert [one.key for one in index.lines("b")] == ["b"]
        assert not list(index.lines("a"))
        assert not list(index.lines("c"))
        assert not list(index.lines("b", "2"))
        for key in "abc":
            assert [one.key for one in index.lines_around(key, 2)] == ["b"]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        IndexLookup(tmp_path / "none.cdxj")


def test_numbers_become_text() -> None:
    assert parse_line(b'a 1 {"offset": 7, "x": null, "y": ["z"]}').fields == {
        "offset": "7",
        "x": "None",
        "y": "['z']",
    }


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"a", b"a 1", b"a 1 ", b"a 1 {", b"a 1 []", b"a 1 7", b'a 1 "x"', b"a 1 null"),
        *(b"\xff 1 {}", b"a 1 " + b"[" * 100_000, b'a 1 {"a": ' + b"9" * 5_000 + b"}"),
    ],
    ids=repr,
)
def test_lines_that_are_none_are_named(text: bytes) -> None:
    with pytest.raises(BadLineError, match="is no CDXJ line: key, timestamp, object"):
        parse_line(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_line_or_named(text: bytes) -> None:
    with suppress(BadLineError):
        assert all(isinstance(value, str) for value in parse_line(text).fields.values())
