"""Records that share gzip members get one each: all of their bytes, and the original is kept."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from crawler.warc import repacking
from crawler.warc.reader import Fault, read_records, records
from crawler.warc.repacking import repack
from tests.archive import articles


def plain(count: int) -> list[bytes]:
    """Return *count* records, uncompressed."""
    return [articles.response("https://a.test/", second=number) for number in range(count)]


def shared(path: Path, count: int = 5) -> bytes:
    """Write *count* records in one gzip member to *path*, and return them."""
    content = b"".join(plain(count))
    path.write_bytes(gzip.compress(content))
    return content


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_record_gets_a_member_with_the_very_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    content = shared(path)
    original = path.read_bytes()
    done = repack(path, 0)
    assert done
    assert done.faults == []
    assert done.aside.read_bytes() == original
    assert names(tmp_path) == ["a.warc.gz", "a.warc.gz.shared-members-0"]
    assert gzip.decompress(path.read_bytes()) == content
    places = [(record.offset, record.length) for record in records(path)]
    assert len(set(places)) == 5


def test_large_records_are_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    large = [articles.response("https://a.test/", bytes([n]) * 3_000_001, n) for n in range(3)]
    content = b"".join([*plain(2), *large, *plain(1)])
    path.write_bytes(gzip.compress(content))
    assert repack(path, 0)
    assert gzip.decompress(path.read_bytes()) == content
    assert len(list(records(path))) == 6


def test_what_is_behind_a_proper_member_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    first, *rest = plain(4)
    path.write_bytes(gzip.compress(first) + gzip.compress(b"".join(rest)))
    assert repack(path, 1)
    assert len(list(records(path))) == 4


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"".join(map(gzip.compress, plain(3))), id="proper"),
        pytest.param(
            gzip.compress(plain(1)[0]) + b"\x1f\x8b\x08 damaged" + bytes(99), id="damaged"
        ),
        pytest.param(b"".join(plain(2)), id="plain"),
        pytest.param(gzip.compress(b"no record " * 1000), id="no record"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_file_in_which_nothing_more_is_found_stays(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(data)
    whole = [item for item in read_records(path) if not isinstance(item, Fault)]
    assert repack(path, len(whole)) is None
    assert path.read_bytes() == data
    assert names(tmp_path) == ["a.warc.gz"]


def test_what_damage_leaves_is_taken_and_the_damage_named(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    shared(path, 200)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    done = repack(path, 0)
    assert done
    assert "damaged: Compressed file ended" in done.faults[0]
    assert 20 < len(list(records(path))) < 200
    assert done.aside.read_bytes() == data[: len(data) // 2]


def test_a_record_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    one, two, three = plain(3)
    path.write_bytes(gzip.compress(one + two.replace(b"Content-Length: ", b"Nothing: ") + three))
    done = repack(path, 0)
    assert done
    assert [fault.partition(",")[0] for fault in done.faults] == [f"at byte {len(one)}"]
    assert len(list(records(path))) == 2


def test_what_expands_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repacking, "_MOST_ALWAYS", 1000)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(plain(3)) + bytes(10**7)))
    done = repack(path, 0)
    assert done
    assert "it expands to over" in done.faults[0]
    assert len(list(records(path))) == 3
    assert names(tmp_path) == ["a.warc.gz", "a.warc.gz.shared-members-0"]


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("step", ["_has_more", "_write_members", "_keep", "sync_folder"])
def test_killed_on_the_way_the_next_call_does_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.warc.gz"
    content = shared(path)
    original = path.read_bytes()
    real = getattr(repacking, step)

    def dying(*args: object) -> object:
        real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(repacking, step, dying)
        with pytest.raises(Killed):
            repack(path, 0)
    assert path.read_bytes() == original
    done = repack(path, 0)
    assert done
    assert names(tmp_path) == ["a.warc.gz", "a.warc.gz.shared-members-0"]
    assert gzip.decompress(path.read_bytes()) == content
    assert done.aside.read_bytes() == original


def test_without_hard_links_the_original_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a.warc.gz"
    shared(path)
    original = path.read_bytes()
    done = repack(path, 0)
    assert done
    assert done.aside.read_bytes() == original
    assert len(list(records(path))) == 5
