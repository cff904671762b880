"""WARC files to WACZ: what is in it can be read by ranges, and the same files give the same."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.packing import PackedWacz, pack
from crawler.warc.reader import Fault
from crawler.warc.signature import Signer
from crawler.warc.wacz_writer import WaczDescription
from tests.archive.articles import HOST, LIST, article, response, seed, warc
from tests.limits import small_files
from tests.warc import keys

ABOUT = WaczDescription(
    title="News",
    description="All of it",
    created=datetime(2024, 4, 12, tzinfo=UTC),
    software="newsreel/1",
)
SIGNER = Signer(keys.pem())


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two WARCs, one of them with the page of an article."""
    first = [response(LIST, b"[]"), *article("a", seed("A", "Alpha.")), *article("b", seed("B"))]
    second = [response(f"{HOST}/b", b"<h1>B</h1>", second=9), *article("c", seed("C"), origin=None)]
    return [
        warc(tmp_path / "in" / "1.warc.gz", *first),
        warc(tmp_path / "in" / "2.warc", *second),
    ]


def packed(target: Path, files: list[Path]) -> tuple[PackedWacz, list[tuple[Path, Fault]]]:
    faults: list[tuple[Path, Fault]] = []
    done = pack(target, files, ABOUT, signer=SIGNER, on_fault=lambda *fault: faults.append(fault))
    return done, faults


def index_of(wacz: zipfile.ZipFile) -> list[dict[str, Any]]:
    lines = gzip.decompress(wacz.read("indexes/index.cdx.gz")).decode().splitlines()
    assert lines == sorted(lines)
    return [json.loads(line.split(" ", 2)[2]) for line in lines]


def made_pages(wacz: zipfile.ZipFile) -> list[str]:
    """Return the addresses of the pages that were made."""
    return [
        str(record.rec_headers.get_header("WARC-Target-URI"))
        for record in ArchiveIterator(io.BytesIO(wacz.read("archive/newsreel-made-pages.warc.gz")))
        if record.rec_type == "resource"
    ]


def test_the_result_describes_the_file(tmp_path: Path, files: list[Path]) -> None:
    done, faults = packed(tmp_path / "out.wacz", files)
    data = done.path.read_bytes()
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert (done.size, done.warcs, done.pages, done.made) == (len(data), 2, 3, 1)
    assert faults == []
    wacz = zipfile.ZipFile(done.path)
    _, *lines = wacz.read("pages/pages.jsonl").splitlines()
    assert [(json.loads(line)["title"], json.loads(line)["url"]) for line in lines] == [
        ("A", LIST), ("B", f"{HOST}/b"), ("C", made_pages(wacz)[0]),
    ]  # fmt: skip
    assert [path for path in tmp_path.iterdir() if path.name != "in"] == [done.path]


def test_the_index_points_at_records_in_the_zip(tmp_path: Path, files: list[Path]) -> None:
    done, _ = packed(tmp_path / "out.wacz", files)
    wacz = zipfile.ZipFile(done.path)
    captures = index_of(wacz)
    assert {capture["url"] for capture in captures} == {LIST, f"{HOST}/b", *made_pages(wacz)}
    for capture in captures:
        info = wacz.getinfo(f"archive/{capture['filename']}")
        with done.path.open("rb") as file, wacz.open(info) as entry:
            # After an empty read the file is where the entry's bytes begin: 30 bytes of header,
            # which end in the lengths of name and extra field, and these two.
            file.seek(info.header_offset + 26)
            name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
            file.seek(info.header_offset + 30 + name + extra + int(capture["offset"]))
            record = file.read(int(capture["length"]))
            entry.seek(int(capture["offset"]))
            assert entry.read(int(capture["length"])) == record
        if info.filename.endswith(".gz"):
            record = gzip.decompress(record)
        kind = b"resource" if "newsreel.invalid" in capture["url"] else b"response"
        assert record.startswith(b"WARC/1.1\r\nWARC-Type: %b\r\n" % kind)
        assert f"WARC-Target-URI: {capture['url']}\r\n".encode() in record


def test_names_in_the_index_are_those_in_the_zip(tmp_path: Path) -> None:
    files = [
        warc(tmp_path / "x" / "same.warc.gz", response(f"{HOST}/1")),
        warc(tmp_path / "y" / "same.warc.gz", response(f"{HOST}/2")),
        warc(tmp_path / "z" / "..\\ödd \n\u202e.warc.gz", response(f"{HOST}/3")),
    ]
    wacz = zipfile.ZipFile(packed(tmp_path / "out.wacz", files)[0].path)
    named = {capture["url"]: f"archive/{capture['filename']}" for capture in index_of(wacz)}
    for number, path in enumerate(files, 1):
        assert wacz.read(named[f"{HOST}/{number}"]) == path.read_bytes()
    assert len(set(named.values())) == 3


def test_the_same_files_give_the_same_bytes(tmp_path: Path, files: list[Path]) -> None:
    one, _ = packed(tmp_path / "one.wacz", files)
    two, _ = packed(tmp_path / "two.wacz", files[::-1])
    assert one.sha256 == two.sha256


def test_damage_is_named_and_the_rest_packed(tmp_path: Path, files: list[Path]) -> None:
    whole = files[0].read_bytes()
    files[0].write_bytes(whole[:40] + b"\x00\x01" + whole[42:])
    done, faults = packed(tmp_path / "out.wacz", files)
    assert [(path, fault.offset) for path, fault in faults] == [(files[0], 0)]
    assert zipfile.ZipFile(done.path).read("archive/1.warc.gz") == files[0].read_bytes()
    # The record that article a was read from is damaged: its text is shown.
    assert (done.pages, done.made) == (3, 2)


@pytest.mark.parametrize("limit", [0, 10_000, 50_000, 101_000])
def test_a_full_disk_leaves_nothing(tmp_path: Path, files: list[Path], limit: int) -> None:
    (folder := tmp_path / "out").mkdir()
    large = warc(tmp_path / "large.warc.gz", response(LIST, random.Random(1).randbytes(100_000)))
    with pytest.raises(OSError, match=r"no room|File too large"), small_files(limit):
        packed(folder / "out.wacz", [*files, large])
    assert list(folder.iterdir()) == []


def test_an_archive_without_articles(tmp_path: Path) -> None:
    done, _ = packed(tmp_path / "out.wacz", [warc(tmp_path / "a.warc.gz", response(LIST))])
    assert (done.pages, done.made) == (0, 0)
    assert len(index_of(zipfile.ZipFile(done.path))) == 1


def peak(tmp_path: Path, articles: int, *, has_page: bool) -> int:
    """Return the most memory of Python, in bytes, that packing *articles* of 32 KB takes."""
    records = []
    for number in range(articles):
        text = random.Random(number).randbytes(16_000).hex()
        page = [response(f"{HOST}/{number}")] if has_page else []
        records += [*page, *article(f"{number}", seed("A", text))]
    path = warc(tmp_path / f"{articles}.warc.gz", *records)
    del records
    tracemalloc.start()
    done, _ = packed(tmp_path / f"{articles}.wacz", [path])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.pages, done.made) == (articles, 0 if has_page else articles)
    return most


@pytest.mark.parametrize("has_page", [True, False])
def test_memory_does_not_grow_with_the_texts(tmp_path: Path, has_page: bool) -> None:
    peak(tmp_path, 10, has_page=has_page)  # what is imported and cached at the first call
    few, many = (peak(tmp_path, number, has_page=has_page) for number in (100, 400))
    assert many < few + 2_000_000  # of 9,600,000


def test_pages_that_are_made_have_a_name_of_their_own(tmp_path: Path) -> None:
    mine = warc(tmp_path / "Newsreel-made-pages.warc.gz", *article("a", seed("A"), origin=None))
    wacz = zipfile.ZipFile(packed(tmp_path / "out.wacz", [mine])[0].path)
    assert [name for name in wacz.namelist() if name.startswith("archive/")] == [
        "archive/Newsreel-made-pages.warc.gz", "archive/newsreel-made-pages-2.warc.gz",
    ]  # fmt: skip
