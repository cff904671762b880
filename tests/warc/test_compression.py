"""One gzip member a record, whatever makes it and however large it is."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest

from crawler.warc.compression import Compress, compressor
from crawler.warc.spool import MEMORY_LIMIT, Buffer, Spool

LEVELS = [f"isal-{n}" for n in range(4)] + [f"zlib-{n}" for n in range(10)]
LARGE = b"every good boy deserves favour\n" * 100_000 + os.urandom(100_000)
EMPTY = b""


def only_member(data: bytes) -> bytes:
    """Return what the one gzip member *data* holds; nothing may follow it."""
    inflate = zlib.decompressobj(wbits=31)
    content = inflate.decompress(data)
    assert inflate.eof
    assert inflate.unused_data == b""
    return content


@pytest.fixture(params=LEVELS)
def compress(request: pytest.FixtureRequest) -> Compress:
    return compressor(request.param)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"head\r\n\r\n", b"block", b"\r\n\r\n"),
        (b"head", EMPTY, b"\r\n\r\n"),
        (EMPTY,),
        (),
        (LARGE,),
        (b"head", LARGE, b"\r\n\r\n"),
        (LARGE, EMPTY, LARGE[: 1 << 20], LARGE[: (1 << 20) + 1]),
    ],
    ids=["small", "no block", "empty", "nothing", "large", "large record", "large pieces"],
)
def test_pieces_are_one_member(compress: Compress, pieces: tuple[bytes, ...]) -> None:
    assert only_member(compress(pieces)) == b"".join(pieces)


def test_a_map_of_a_file_is_a_piece(compress: Compress, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(LARGE)
    block: Buffer = spool.view()
    assert not isinstance(block, bytes)
    member = compress((b"head", block, b"\r\n\r\n"))
    assert only_member(member) == b"head" + LARGE + b"\r\n\r\n"
    assert gzip.decompress(member) == b"head" + LARGE + b"\r\n\r\n"


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, MEMORY_LIMIT * 3])
def test_sizes_around_the_step(size: int) -> None:
    for name in ("isal-2", "zlib-1"):
        assert only_member(compressor(name)([b"x" * size])) == b"x" * size


def test_higher_levels_are_smaller() -> None:
    sizes = [len(compressor(name)([LARGE])) for name in ("zlib-0", "zlib-1", "zlib-9")]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > len(LARGE)
    assert len(compressor("isal-3")([LARGE])) < sizes[0]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "isal",
        "isal-",
        "isal-4",
        "zlib-10",
        "zlib--1",
        "zstd-3",
        "zlib-x",
        "gzip",
        "-1",
        "isal-²",
    ],
)
def test_what_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="use isal-0 to isal-3 or zlib-0 to zlib-9"):
        compressor(name)
