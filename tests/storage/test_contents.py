"""Digests of what is put into a store, and the check that it is there."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from crawler.storage import contents
from crawler.storage.contents import (
    contents_of,
    contents_of_bytes,
    holds,
    part_size,
    put_bytes,
    put_file,
    sha256_of,
)
from crawler.storage.remote_file import RemoteFile

MB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, MB, 8 * MB, 8 * MB + 1, 16 * MB, 19 * MB + 7])
def test_the_etag_is_that_of_s3(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    (tmp_path / "a").write_bytes(data)
    found = contents_of(tmp_path / "a")
    parts = [data[start : start + 8 * MB] for start in range(0, size, 8 * MB)]
    etag = hashlib.md5(data).hexdigest()
    if len(parts) > 1:
        joined = b"".join(hashlib.md5(part).digest() for part in parts)
        etag = f"{hashlib.md5(joined).hexdigest()}-{len(parts)}"
    assert (found.size, found.sha256) == (size, hashlib.sha256(data).digest())
    assert found.etag == etag


def test_parts_are_no_more_than_a_store_takes() -> None:
    assert part_size(10**9) == 8 * MB
    assert -(-(10**12) // part_size(10**12)) <= 10_000


def test_small_contents_are_one_part() -> None:
    data = b"text" * (3 * MB)
    assert contents_of_bytes(data).etag == hashlib.md5(data).hexdigest()


def test_where_the_etag_is_another_the_object_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    remote = RemoteFile(f"file://{tmp_path}/there/a")
    expected = contents_of(tmp_path / "a")
    assert not holds(remote, expected)
    put_file(remote, tmp_path / "a", expected)
    assert holds(remote, expected)  # the ETag of a file is made of its times
    assert sha256_of(remote) == expected.sha256
    put_bytes(remote, b"abd" * 1000)
    assert not holds(remote, expected)
    put_bytes(remote, b"abc")
    monkeypatch.setattr(contents, "sha256_of", lambda _: pytest.fail("read for its size"))
    assert not holds(remote, expected)
