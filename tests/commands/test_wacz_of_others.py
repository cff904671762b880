"""``scrapy wacz PATH`` of archives in the shapes that other tools write."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from tests.checks.test_warc_files import verified
from tests.conftest import Scrapy
from tests.replay import captured
from tests.warc import shapes


def members(wacz: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wacz) as file:
        return {name: file.read(name) for name in file.namelist() if name.startswith("archive/")}


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_each_shape_becomes_a_wacz_that_is_replayed(
    scrapy: Scrapy, tmp_path: Path, name: str
) -> None:
    path, packed = shapes.write(tmp_path, name), tmp_path / "out" / "x.wacz"
    packed.parent.mkdir()
    run = scrapy("wacz", str(path), "-o", str(packed))
    assert run.exit_code == 0, run.log
    found, tally = verified(packed)
    assert found == []
    assert ", 0 faults" in tally
    playback = captured.replay(packed, run=None)
    for number, url in enumerate(shapes.URLS, 1):
        answered = playback.answer(captured.get(url))
        assert captured.body(answered) == shapes.message(number)[len(shapes.HEAD) :]
    if name == shapes.DEFLATED:
        with zipfile.ZipFile(path) as archive:
            assert {archive.read(one) for one in archive.namelist()} >= set(
                members(packed).values()
            )
    elif name in shapes.STANDARD:
        assert "written anew" not in run.log
        assert all(content in path.read_bytes() for content in members(packed).values())
        names = ["a.warc.gz", "b.warc"] if name.endswith(".wacz") else [name]
        assert list(members(packed)) == [f"archive/{one}" for one in names]
    else:
        assert f"{path} is packed as WARC/1.1, written anew: " in run.log
        ((member, content),) = members(packed).items()
        assert member.endswith(".warc.gz")
        assert f"description: The records of '{name}', ".encode() in gzip.decompress(content)


def test_the_wacz_that_was_just_made_is_packed_again(scrapy: Scrapy, tmp_path: Path) -> None:
    folder, first, second = tmp_path / "x", tmp_path / "1.wacz", tmp_path / "2.wacz"
    folder.mkdir()
    shapes.write(folder, "standard.warc.gz")
    shapes.write(folder, "old.arc")
    assert scrapy("wacz", str(folder), "-o", str(first)).exit_code == 0
    assert scrapy("wacz", str(first), "-o", str(second)).exit_code == 0
    assert members(second) == members(first)


def test_pages_that_were_made_at_a_packing_are_made_again(
    scrapy: Scrapy, tmp_path: Path, archives: Path
) -> None:
    first, second = tmp_path / "1.wacz", tmp_path / "2.wacz"
    path = shapes.write(tmp_path, "old.arc")
    assert scrapy("crawl", "warc", "-a", f"path={path}").exit_code == 0
    assert scrapy("wacz", "-o", str(first)).exit_code == 0
    assert scrapy("wacz", str(first), "-o", str(second)).exit_code == 0
    assert len(members(first)) == 2
    assert members(second).keys() == members(first).keys()


def test_what_is_lost_is_named_with_the_file_that_was_given(scrapy: Scrapy, tmp_path: Path) -> None:
    torn, packed = shapes.write(tmp_path, "no-ends.warc"), shapes.write(tmp_path, "packed.wacz")
    torn.write_bytes(torn.read_bytes()[:-9])
    data = bytearray(packed.read_bytes())
    with zipfile.ZipFile(packed) as archive:
        begin = archive.getinfo("archive/a.warc.gz").header_offset
    place = data.index(b"\x1f\x8b\x08", begin)
    data[place + 100] ^= 1
    packed.write_bytes(data)
    run = scrapy("wacz", str(torn), str(packed), "-o", str(tmp_path / "x.wacz"))
    assert run.exit_code == 1
    last = len(shapes.record(1, end=b"")) + len(shapes.record(2, end=b""))
    assert f"{torn}:{last}: " in run.log
    assert f"{packed}:{place}: the gzip member is damaged" in run.log
    assert ".x.wacz" not in run.log
