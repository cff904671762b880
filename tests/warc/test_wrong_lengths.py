"""Records whose Content-Length counts something else than the bytes of their blocks."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.warc.files import NAMES, lenient, record, write

TEXT = "Die Fähre verließ den Hafen – “pünktlich” 🚢, und 你好.\r\n\r\n"
UTF_16_UNITS = len(TEXT.encode("utf-16-le")) // 2
OTHER = b"the next one"


def answer(body: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *fields, b"", body))


def framed(body: bytes) -> bytes:
    return answer(body, b"Content-Length: %d" % len(body))


def blocks(path: Path, *contents: bytes) -> list[bytes]:
    write(path, *contents)
    found, faults = lenient(path)
    assert faults == []
    return [bytes(item.block) for item in found]


@pytest.mark.parametrize("name", NAMES)
class TestRead:
    @pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n", b""])
    @pytest.mark.parametrize("length", [len(TEXT), UTF_16_UNITS], ids=["code points", "UTF-16"])
    @pytest.mark.parametrize("last", [False, True])
    def test_characters(
        self, tmp_path: Path, name: str, length: int, end: bytes, last: bool
    ) -> None:
        wrong = record(TEXT.encode(), Content_Length=str(length), end=end)
        others = () if last else (record(OTHER),)
        expected = [TEXT.encode(), *(OTHER for _ in others)]
        assert blocks(tmp_path / name, wrong, *others) == expected

    @pytest.mark.parametrize("surplus", [1, 3])
    def test_part_of_the_end(self, tmp_path: Path, name: str, surplus: int) -> None:
        block = framed(b"ferry\r\n")
        wrong = record(block, Content_Length=str(len(block) + surplus))
        assert blocks(tmp_path / name, wrong, record(OTHER), wrong) == [block, OTHER, block]

    @pytest.mark.parametrize("length", [3, 40, 60, 900])
    def test_any_length_where_http_says_the_right_one(
        self, tmp_path: Path, name: str, length: int
    ) -> None:
        block = framed(b"ferry" * 5)
        wrong = record(block, Content_Length=str(length))
        assert blocks(tmp_path / name, wrong, record(OTHER), wrong) == [block, OTHER, block]

    @pytest.mark.parametrize("block", [b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"])
    @pytest.mark.parametrize("length", [3, 20])
    def test_a_request_that_has_no_body(
        self, tmp_path: Path, name: str, block: bytes, length: int
    ) -> None:
        wrong = record(block, Content_Length=str(length), end=b"\r\n")
        assert blocks(tmp_path / name, wrong, record(OTHER), wrong) == [block, OTHER, block]

    @pytest.mark.parametrize("length", [0, 3, 60])
    def test_any_length_where_a_digest_says_the_right_block(
        self, tmp_path: Path, name: str, length: int
    ) -> None:
        digest = f"sha1:{hashlib.sha1(OTHER).hexdigest()}"
        wrong = record(OTHER, Content_Length=str(length), WARC_Block_Digest=digest)
        assert blocks(tmp_path / name, wrong, record(b"a"), wrong) == [OTHER, b"a", OTHER]


def test_a_byte_too_many_without_an_end(tmp_path: Path) -> None:
    wrong = record(OTHER, Content_Length=str(len(OTHER) + 1), end=b"")
    assert blocks(tmp_path / "x.warc", wrong, record(b"a")) == [OTHER, b"a"]


def test_many_in_one_member(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    wrong = record(TEXT.encode(), Content_Length=str(len(TEXT)))
    path.write_bytes(gzip.compress(wrong * 300))
    found, faults = lenient(path)
    assert (len(found), faults) == (300, [])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("block", "length"),
    [
        (TEXT.encode(), 9),
        (answer(b"ferry"), 20),
        (framed(b"ferry")[:-1], 20),
        (framed(b"ferry") + b"?", 20),
    ],
)
def test_what_nothing_confirms_is_a_fault(
    tmp_path: Path, name: str, block: bytes, length: int
) -> None:
    path = tmp_path / name
    write(path, record(block, Content_Length=str(length)), record(OTHER))
    found, (fault,) = lenient(path)
    assert [item.block for item in found] == [OTHER]
    assert f"the {length} bytes of Content-Length" in fault.reason


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_cut_record_is_not_taken_for_one_with_a_wrong_length(
    tmp_path: Path, name: str, cut: int
) -> None:
    path = tmp_path / name
    write(path, record(OTHER)[: -4 - cut])
    found, (fault,) = lenient(path)
    assert found == []
    assert "cut short" in fault.reason


@given(block=st.binary(max_size=40), end=st.sampled_from([b"\r\n\r\n", b"\r\n", b""]))
@example(block=b"\r", end=b"\n")
@example(block=b"\n", end=b"\r\n\r\n")
def test_right_lengths_stay(
    tmp_path_factory: pytest.TempPathFactory, block: bytes, end: bytes
) -> None:
    path = tmp_path_factory.mktemp("right") / "x.warc"
    write(path, record(block, end=end), record(OTHER))
    found, _ = lenient(path)
    assert [bytes(item.block) for item in found] == [block, OTHER]
