"""Files at addresses: read by ranges as any file, found by globs, and told of where they fail."""

from __future__ import annotations

import io
import os
import pickle
import random
from pathlib import Path
from zipfile import ZipFile

import pytest

from crawler.storage import object_stores, remote_file
from crawler.storage.listing import matching
from crawler.storage.object_stores import is_address, split_address
from crawler.storage.remote_file import RemoteFile, RemoteReader, stored_file


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    data = random.Random(1).randbytes(3 << 20)
    (tmp_path / "file.bin").write_bytes(data)
    return data


@pytest.fixture
def remote(tmp_path: Path, content: bytes) -> RemoteFile:
    return RemoteFile(f"file://{tmp_path}/file.bin")


def ranges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the list of ranges that are asked for from now on."""
    asked: list[tuple[int, int]] = []
    fetch = RemoteReader._fetch

    def noted(self: RemoteReader, start: int, end: int) -> bytes:
        asked.append((start, end))
        return fetch(self, start, end)

    monkeypatch.setattr(RemoteReader, "_fetch", noted)
    return asked


def test_it_reads_as_a_file_of_this_machine(remote: RemoteFile, content: bytes) -> None:
    here, chance = io.BytesIO(content), random.Random(2)
    with remote.open("rb") as there:
        for _ in range(300):
            place, whence = chance.choice([(chance.randrange(len(content)), 0), (-5000, 2), (3, 1)])
            assert there.seek(place, whence) == here.seek(place, whence)
            length = chance.choice([0, 1, 100, 70_000, 2 << 20])
            assert there.read(length) == here.read(length)
            assert there.tell() == here.tell()
        there.seek(0)
        assert there.read() == content
        assert there.read() == there.read(9) == b""
        assert there.seek(len(content) + 9)
        assert there.read(1) == b""
        with pytest.raises(ValueError, match="no byte -1"):
            there.seek(-1)


def test_it_reads_small_ranges_where_it_jumps_and_larger_ones_where_it_goes_on(
    remote: RemoteFile, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ranges(monkeypatch)
    with remote.open() as there:
        there.seek(1 << 20)
        while there.read(5000):
            pass
        there.seek(100)
        there.read(10)
    assert [end - start for start, end in asked] == [1 << 16, 1 << 18, 1 << 20, 720_896, 1 << 16]


def test_a_place_alone_is_one_range_of_its_length(
    remote: RemoteFile, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ranges(monkeypatch)
    with remote.open() as there:
        assert there.pread(40, 1000) == content[1000:1040]
        assert there.pread(40, len(content)) == b""
    assert asked == [(1000, 1040)]


def test_a_zip_is_read_in_it(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("one", b"1" * 200_000)
    with RemoteFile(f"file://{tmp_path}/a.zip").open() as file, ZipFile(file) as archive:
        assert archive.read("one") == b"1" * 200_000


def test_a_file_that_became_shorter_is_an_error(
    remote: RemoteFile, content: bytes, tmp_path: Path
) -> None:
    with remote.open() as there:
        os.truncate(tmp_path / "file.bin", 1000)
        with pytest.raises(OSError, match=r"file\.bin"):
            there.read()


def test_what_is_not_there(tmp_path: Path) -> None:
    missing = RemoteFile(f"file://{tmp_path}/none")
    assert not missing.exists()
    with pytest.raises(FileNotFoundError, match=f"no such object: 'file://{tmp_path}/none'"):
        missing.open()
    with pytest.raises(FileNotFoundError), RemoteFile(missing.address, size=9).open() as there:
        there.read()


def test_it_says_what_the_store_knows(remote: RemoteFile, content: bytes, tmp_path: Path) -> None:
    found = remote.stat()
    assert found.st_size == len(content)
    assert abs(found.st_mtime_ns - (tmp_path / "file.bin").stat().st_mtime_ns) < 1e6
    assert (remote.name, str(remote), remote.exists()) == ("file.bin", remote.address, True)
    assert remote == pickle.loads(pickle.dumps(RemoteFile(remote.address, size=7)))


def test_globs(tmp_path: Path) -> None:
    for name in ("warc/a.warc.gz", "warc/b.warc.gz", "warc/b.cdxj", "warc/deep/c.warc.gz", "d.gz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    base = f"file://{tmp_path}"

    def names(pattern: str) -> list[str]:
        found = sorted(matching(f"{base}/{pattern}"), key=str)
        assert all(file.size == 1 and file.exists() for file in found)
        return [file.address.removeprefix(f"{base}/") for file in found]

    assert names("warc/*.warc.gz") == ["warc/a.warc.gz", "warc/b.warc.gz"]
    assert names("**/*.warc.gz") == ["warc/a.warc.gz", "warc/b.warc.gz", "warc/deep/c.warc.gz"]
    assert names("*/[!b]*.warc.gz") == names("warc/?.warc.gz")[:1] == ["warc/a.warc.gz"]
    assert names("warc/") == [
        "warc/a.warc.gz",
        "warc/b.cdxj",
        "warc/b.warc.gz",
        "warc/deep/c.warc.gz",
    ]
    assert names("war") == names("*.none") == []


def test_addresses() -> None:
    assert split_address("s3://news/a/b.warc.gz") == ("s3://news", "a/b.warc.gz")
    assert split_address("file:///a/b") == ("file://", "a/b")
    assert split_address("s3://news") == ("s3://news", "")
    assert isinstance(stored_file("s3://news/a"), RemoteFile)
    assert stored_file("archives/a") == Path("archives/a")
    assert not any(map(is_address, ("", "/a", "a:b", "http://a/b", "S3:/a", "sqlite:a")))
    for wrong in ("s3:///a", "a/b", "file://a/b"):
        with pytest.raises(ValueError, match=r"address|slashes"):
            split_address(wrong)


def test_without_the_package_an_address_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(object_stores, "import_module", missing)
    object_stores._connected.cache_clear()
    with pytest.raises(OSError, match=r"pip install 'newsreel\[s3\]'"):
        remote_file.RemoteFile("s3://news/a").open()


def test_a_password_in_the_address_of_the_store_is_told_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://nora:secret@127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nora")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    with pytest.raises(OSError, match=r"http://127\.0\.0\.1:1/news") as told:
        RemoteFile("s3://news/a.warc.gz").stat()
    assert "secret" not in str(told.value)
