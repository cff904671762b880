"""The ZIP itself: what it lists, what a range of it is, its names, and that it comes whole."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.signature import Signer
from crawler.warc.wacz_writer import WaczDescription, WaczPage, WaczWriter, entry_names, new_file
from tests.limits import small_files
from tests.warc import keys

CREATED = datetime(2024, 4, 11, 8, 30, 1, tzinfo=UTC)
ABOUT = WaczDescription(title="Fähre", description="*All*", created=CREATED, software="newsreel/1")
PAGE = WaczPage(
    id="1", url="https://news.test/a", ts="2024-04-11T08:30:00Z", title="A", text="B\nC"
)
LINES = [f'test,news)/{n} 20240411083000 {{"url": "https://news.test/{n}"}}\n' for n in range(2000)]


@pytest.fixture
def warc(tmp_path: Path) -> Path:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"WARC/1.1\r\n" * 1000, mtime=0))
    return path


def packed(warc: Path, signer: Signer | None = None, pages: Any = (PAGE,)) -> bytes:
    stream = BytesIO()
    with WaczWriter(stream, CREATED) as wacz:
        wacz.add_warc("a.warc.gz", warc)
        wacz.add_index(LINES)
        wacz.add_pages(pages)
        wacz.close(ABOUT, signer)
    return stream.getvalue()


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(data))


def test_every_file_is_listed_with_its_digest_and_size(warc: Path) -> None:
    wacz = opened(packed(warc))
    assert wacz.testzip() is None
    package = json.loads(wacz.read("datapackage.json"))
    listed = {resource["path"]: resource for resource in package["resources"]}
    own = {"datapackage.json", "datapackage-digest.json"}
    assert set(listed) == set(wacz.namelist()) - own
    assert set(listed) == {
        "archive/a.warc.gz", "indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl",
    }  # fmt: skip
    for path, resource in listed.items():
        data = wacz.read(path)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource["bytes"] == len(data)
        assert resource["name"] == path.rpartition("/")[2]
    assert package["profile"] == "data-package"
    assert package["wacz_version"] == "1.1.1"
    assert package["created"] == "2024-04-11T08:30:01Z"
    assert (package["title"], package["software"]) == ("Fähre", "newsreel/1")


def test_the_digest_file_covers_the_package(warc: Path) -> None:
    pem = keys.pem()
    for signer in (None, Signer(pem)):
        wacz = opened(packed(warc, signer))
        digest = json.loads(wacz.read("datapackage-digest.json"))
        package = wacz.read("datapackage.json")
        assert digest["path"] == "datapackage.json"
        assert digest["hash"] == f"sha256:{hashlib.sha256(package).hexdigest()}"
        assert ("signedData" in digest) == (signer is not None)
        if signer:
            keys.verify(digest["signedData"], digest["hash"])
            assert digest["signedData"]["created"] == json.loads(package)["created"]


def test_the_index_is_searched_by_ranges(warc: Path) -> None:
    wacz = opened(packed(warc))
    data = wacz.read("indexes/index.cdx.gz")
    assert gzip.decompress(data).decode().splitlines(keepends=True) == LINES
    first, *entries = wacz.read("indexes/index.idx").decode().splitlines()
    assert first.startswith("!meta 0 ")
    places = [json.loads(entry.split(" ", 2)[2]) for entry in entries]
    assert sum(place["length"] for place in places) == len(data)
    assert len(places) == 2


def test_pages_are_a_line_each(warc: Path) -> None:
    odd = WaczPage(id="2", url="u", ts="t", title="a\nb\u2028\ud800", text='"\x00')
    header, *lines = opened(packed(warc, pages=[PAGE, odd])).read("pages/pages.jsonl").splitlines()
    assert json.loads(header)["format"] == "json-pages-1.0"
    assert json.loads(header)["hasText"] is True
    assert json.loads(lines[0]) == {
        "id": "1", "url": "https://news.test/a", "ts": "2024-04-11T08:30:00Z",
        "title": "A", "text": "B\nC",
    }  # fmt: skip
    assert json.loads(lines[1])["title"] == "a\nb\u2028?"


def local_data(data: bytes, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of an entry begin, by its local header (APPNOTE 4.3.7)."""
    names, extras = struct.unpack_from("<HH", data, info.header_offset + 26)
    return info.header_offset + 30 + int(names) + int(extras)


def test_warcs_and_index_are_stored_as_they_are(warc: Path) -> None:
    data = packed(warc)
    for info in opened(data).infolist():
        deflated = info.filename.endswith((".gz", ".warc")) is False
        assert info.compress_type == (zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED)
        # ReplayWeb.page computes the place from the central directory where this is empty.
        assert info.extra
    start = local_data(data, opened(data).getinfo("archive/a.warc.gz"))
    assert data[start:].startswith(warc.read_bytes())


def test_zip64_is_whole_too(warc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50)
    data = packed(warc)
    wacz = opened(data)
    assert wacz.testzip() is None
    assert b"PK\x06\x06" in data  # the end record of ZIP64 (APPNOTE 4.3.14)
    info = wacz.getinfo("archive/a.warc.gz")
    assert info.extra.startswith(b"\x01\x00")
    start = local_data(data, info)
    assert data[start : start + info.file_size] == warc.read_bytes()


def test_the_same_content_gives_the_same_bytes(warc: Path) -> None:
    pem = keys.pem()
    assert packed(warc, Signer(pem)) == packed(warc, Signer(pem))
    assert {info.date_time for info in opened(packed(warc)).infolist()} == {(2024, 4, 11, 8, 30, 0)}


NAMES = st.text(st.characters(exclude_characters="/\x00"), min_size=1, max_size=40).filter(
    lambda name: name not in {".", ".."}
)


@given(names=st.lists(NAMES | NAMES.map(lambda name: f"{name}.WARC.gz"), max_size=8))
def test_names_are_safe_and_differ_whatever_files_are_called(names: list[str]) -> None:
    paths = {Path(str(number), name) for number, name in enumerate(names)}
    given_names = entry_names(paths)
    assert set(given_names.values()) == paths
    assert len({name.lower() for name in given_names}) == len(paths)
    for name in given_names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.warc(\.gz)?", name)
        assert len(name) < 230


def test_good_names_stay() -> None:
    good = [Path("x/newsreel-a-20240411083000-00000.warc.gz"), Path("y/Other_1.warc")]
    assert list(entry_names(good).items()) == [
        ("Other_1.warc", good[1]), (good[0].name, good[0]),
    ]  # fmt: skip
    assert list(entry_names([Path("x/a.warc.gz"), Path("y/A.warc.gz")])) == [
        "A.warc.gz", "a-2.warc.gz",
    ]  # fmt: skip
    assert list(entry_names([Path("x/..\\..\\etc.warc.gz")])) == ["etc.warc.gz"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.wacz"
    with pytest.raises(ZeroDivisionError), new_file(target) as stream:
        stream.write(b"part" * (1 // 0))
    assert list(tmp_path.iterdir()) == []
    with new_file(target) as stream:
        stream.write(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [target]


def test_an_existing_file_stays_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "out.wacz"
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError), new_file(target):
        pytest.fail("never reached")
    with new_file(target, overwrite=True) as stream:
        stream.write(b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def endless() -> Iterator[WaczPage]:
    for number in range(10_000):
        text = hashlib.sha512(str(number).encode()).hexdigest()
        yield WaczPage(id=str(number), url="u", ts="t", title=text, text=text)


def write_much(target: Path, warc: Path) -> None:
    with new_file(target) as stream, WaczWriter(stream, CREATED) as wacz:
        wacz.add_warc("a.warc.gz", warc)
        wacz.add_index(LINES)
        wacz.add_pages(endless())
        wacz.close(ABOUT)


@pytest.mark.parametrize("limit", [0, 100, 40_000, 200_000])
def test_a_full_disk_leaves_nothing(warc: Path, tmp_path: Path, limit: int) -> None:
    target = tmp_path / "out" / "full.wacz"
    target.parent.mkdir()
    with pytest.raises(OSError, match="File too large"), small_files(limit):
        write_much(target, warc)
    assert list(target.parent.iterdir()) == []
