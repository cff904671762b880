"""Archives in files, folders and WACZ, found and read in place."""

from __future__ import annotations

import gzip
import io
import itertools
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc.container import ContainerError, Part, expand_patterns, find_parts
from crawler.warc.reader import Fault, Record, read_records, record_at
from tests.warc.files import lenient, record

OTHER = record(b"other")
MEMBER = gzip.compress(record()) + gzip.compress(OTHER)
PLAIN = record(b"plain") + OTHER
MEMBERS = {"archive/a.warc.gz": MEMBER, "archive/b.warc": PLAIN}
REST = {"indexes/index.cdx.gz": gzip.compress(b"test,news)/ 2024 {}\n"), "datapackage.json": b"{}"}


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a ZIP of *members*."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def wacz(tmp_path: Path) -> Path:
    path = tmp_path / "x.wacz"
    path.write_bytes(zipped(REST | MEMBERS))
    return path


def contents(path: Path) -> list[bytes]:
    """Return the bytes of each part."""
    return [path.read_bytes()[part.start : part.end] for part in find_parts(path)]


def blocks(path: Path) -> list[bytes]:
    """Return the blocks of all records of all parts."""
    found = []
    for part in find_parts(path):
        items = read_records(part.path, start=part.start, end=part.end, strict=False)
        found += [item.block[:] for item in items if isinstance(item, Record)]
    return found


@pytest.mark.parametrize("name", ["x.warc.gz", "x.warc", "x", "x.zip"])
def test_a_file_is_one_part(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(MEMBER)
    assert find_parts(path) == [Part(path, 0, len(MEMBER))]


def test_each_member_of_a_wacz_is_a_part(wacz: Path) -> None:
    assert contents(wacz) == [MEMBER, PLAIN]
    for strict in (True, False):
        for part in find_parts(wacz):
            items = list(read_records(wacz, start=part.start, end=part.end, strict=strict))
            assert [type(item) for item in items] == [Record, Record]
            assert items[0].offset == part.start
            assert items[-1].offset + items[-1].length == part.end


def test_a_record_of_a_wacz_has_a_place_in_the_zip(wacz: Path) -> None:
    for part in find_parts(wacz):
        for item in read_records(wacz, start=part.start, end=part.end):
            assert isinstance(item, Record)
            id_ = item.header("WARC-Record-ID") or ""
            ref = RecordRef(record_id=id_, uri="", date="", offset=item.offset, length=item.length)
            assert record_at(wacz, ref) == record_at(wacz, ref, strict=False) == item


def test_resync_in_a_member_finds_its_records(wacz: Path) -> None:
    for part in find_parts(wacz):
        first, second = read_records(wacz, start=part.start, end=part.end, strict=False)
        start = first.offset + 1
        assert list(read_records(wacz, start=start, end=part.end, strict=False, resync=True)) == [
            second
        ]


def test_local_headers_may_be_longer_than_the_directory_says(tmp_path: Path) -> None:
    """ZIP64 sizes, and extra fields that only the local header has."""
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in MEMBERS.items():
            info = zipfile.ZipInfo(name)
            info.extra = struct.pack("<HH", 0xCAFE, 8) + b"8 bytes!"
            with archive.open(info, "w", force_zip64=True) as stream:
                stream.write(content)
    assert contents(path) == [MEMBER, PLAIN]


def test_zip64_directories(wacz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50)
    wacz.write_bytes(zipped(MEMBERS))
    monkeypatch.undo()
    assert b"PK\x06\x06" in wacz.read_bytes()  # the end record of ZIP64 (APPNOTE 4.3.14)
    assert contents(wacz) == [MEMBER, PLAIN]


class Pipe(io.RawIOBase):
    """A stream that cannot be rewound."""

    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._target.write(data)  # type: ignore[arg-type]


def test_data_descriptors(wacz: Path) -> None:
    """Sizes behind the data, as tools write that do not know them before."""
    target = io.BytesIO()
    with zipfile.ZipFile(Pipe(target), "w") as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    assert b"PK\x07\x08" in target.getvalue()
    wacz.write_bytes(target.getvalue())
    assert contents(wacz) == [MEMBER, PLAIN]


def test_a_folder_in_the_zip_and_names_that_look_like_paths(wacz: Path, tmp_path: Path) -> None:
    names = ["crawl/archive/a.WARC.gz", "../../up.warc.gz", "/etc/root.warc", "c:\\x\\y.arc.gz"]
    wacz.write_bytes(zipped(dict.fromkeys(names, MEMBER) | REST))
    assert contents(wacz) == [MEMBER] * 4
    assert blocks(wacz) == [b"block", b"other"] * 4
    assert list(tmp_path.iterdir()) == [wacz]


def test_names_of_one_place_are_one_part(wacz: Path) -> None:
    data = bytearray(zipped({"archive/a.warc.gz": MEMBER, "archive/c.warc.gz": MEMBER}))
    archive = zipfile.ZipFile(io.BytesIO(data))
    second = archive.getinfo("archive/c.warc.gz")
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 42 : entry + 46] = bytes(4)  # its local header is that of the first
    data[entry + 46 : entry + 46 + len(second.filename)] = b"archive/a.warc.gz"
    wacz.write_bytes(data)
    assert contents(wacz) == [MEMBER]


def test_deflated_members_are_read(wacz: Path, tmp_path: Path) -> None:
    stored = blocks(wacz)
    wacz.write_bytes(zipped(REST | MEMBERS, method=zipfile.ZIP_DEFLATED))
    assert blocks(wacz) == stored
    assert all(part.start >= wacz.stat().st_size for part in find_parts(wacz))
    assert list(tmp_path.iterdir()) == [wacz]


def test_deflated_and_stored_members_beside_each_other(wacz: Path) -> None:
    with zipfile.ZipFile(wacz, "w") as archive:
        for number, method in enumerate((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED) * 2):
            content = gzip.compress(record(b"%d" % number))
            archive.writestr(f"archive/{number}.warc.gz", content, method)
    assert blocks(wacz) == [b"1", b"3", b"0", b"2"]  # the stored ones come first
    parts = find_parts(wacz)
    assert all(one.end <= other.start for one, other in itertools.pairwise(parts))


def test_each_record_of_a_deflated_member_has_its_place(wacz: Path) -> None:
    content = b"".join(record(b"%d" % number) for number in range(3))
    wacz.write_bytes(zipped({"a.warc": content}, method=zipfile.ZIP_DEFLATED))
    [part] = find_parts(wacz)
    for item in read_records(wacz, start=part.start, end=part.end, strict=False):
        end = item.offset + item.length
        again = list(read_records(wacz, start=item.offset, end=end, strict=False))
        assert again == [item]


@pytest.mark.parametrize(
    ("member", "why"),
    [(bytes(1 << 27), r"unpacks to 134,217,728 bytes"), (b"", r"compressed with method 14")],
    ids=["bomb", "LZMA"],
)
def test_a_member_that_is_not_unpacked_is_named(wacz: Path, member: bytes, why: str) -> None:
    method = zipfile.ZIP_DEFLATED if member else zipfile.ZIP_LZMA
    wacz.write_bytes(zipped({"archive/a.warc": member or PLAIN}, method=method))
    with pytest.raises(ContainerError, match=rf"'archive/a.warc' .*{why}: unpack it"):
        find_parts(wacz)


@pytest.mark.parametrize("damage", ["content", "size"])
def test_a_deflated_member_that_is_damaged_is_named(wacz: Path, damage: str) -> None:
    data = bytearray(zipped({"archive/a.warc": PLAIN * 9}, method=zipfile.ZIP_DEFLATED))
    if damage == "content":
        data[len("archive/a.warc") + 40] ^= 1
    else:  # one that is less than what comes
        size = data.index(b"PK\x01\x02") + 24
        data[size : size + 4] = struct.pack("<L", len(PLAIN))
    wacz.write_bytes(data)
    with pytest.raises(ContainerError, match=r"'archive/a.warc' cannot be unpacked: "):
        blocks(wacz)


def test_an_encrypted_member_is_named(wacz: Path) -> None:
    data = bytearray(zipped({"archive/\x1b[2J.warc": PLAIN}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    wacz.write_bytes(data)
    with pytest.raises(ContainerError, match=r"'archive/\\x1b\[2J\.warc' is encrypted"):
        find_parts(wacz)


@pytest.mark.parametrize("members", [{}, REST, {"archive/": b"", "archive/x.txt": b""}])
def test_a_zip_without_archives_is_named(wacz: Path, members: dict[str, bytes]) -> None:
    wacz.write_bytes(zipped(members))
    with pytest.raises(ContainerError, match=f"holds no WARC: '{wacz}'"):
        find_parts(wacz)


def test_a_wacz_that_was_cut_still_gives_its_records(wacz: Path) -> None:
    data = wacz.read_bytes()
    wacz.write_bytes(data[: data.rindex(PLAIN) + len(PLAIN)])
    assert find_parts(wacz) == [Part(wacz, 0, wacz.stat().st_size)]
    found, faults = lenient(wacz)
    assert [item.block for item in found] == [b"block", b"other", b"plain", b"other"]
    assert faults[0].offset == 0
    assert "PK" in faults[0].reason


def overlapping(data: bytearray) -> None:
    size = data.index(b"PK\x01\x02") + 20
    data[size : size + 4] = struct.pack("<L", len(MEMBER) + 40)


def displaced(data: bytearray) -> None:
    data[data.index(b"PK\x01\x02") + 42] ^= 4


def renamed(data: bytearray) -> None:
    data[data.index(b"archive/")] ^= 1


def endless(data: bytearray) -> None:
    size = data.rindex(b"PK\x01\x02") + 20
    data[size : size + 4] = b"\xf0\xff\xff\xff"


@pytest.mark.parametrize("damage", [overlapping, displaced, renamed, endless])
def test_a_directory_that_does_not_fit_is_not_used(wacz: Path, damage: object) -> None:
    data = bytearray(zipped(MEMBERS))
    assert callable(damage)
    damage(data)
    wacz.write_bytes(data)
    assert find_parts(wacz) == [Part(wacz, 0, len(data))]
    assert blocks(wacz) == [b"block", b"other", b"plain", b"other"]


@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.booleans())
def test_any_damage_leaves_parts_in_the_file_or_names_itself(
    tmp_path_factory: pytest.TempPathFactory, place: float, value: int, cut: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.wacz"
    data = bytearray(zipped(MEMBERS | REST))
    at = int(place * len(data))
    data[at] = value
    path.write_bytes(data[:at] if cut else data)
    with suppress(ContainerError):
        for part in find_parts(path):
            assert 0 <= part.start <= part.end <= path.stat().st_size
            for item in read_records(path, start=part.start, end=part.end, strict=False):
                assert isinstance(item, (Record, Fault))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_parts(tmp_path / "x.wacz")


NAMES = ["a.warc.gz", "b.WARC", "sub/c.arc.gz", "sub/deep/d.wacz", "sub/e.warc.zst"]
OTHERS = ["n.cdxj", "a.warc.gz.open", "a.warc.gz.torn-1", ".h.warc.gz", ".git/x.warc", "warc"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES + OTHERS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_folders_files_and_globs_are_expanded(folder: Path) -> None:
    everything = sorted(folder / name for name in NAMES)
    assert expand_patterns([str(folder)]) == everything
    assert expand_patterns([f"{folder}/**"]) == everything
    assert expand_patterns([f"{folder}/**/*.arc.gz", f"{folder}/s*/deep"]) == [
        folder / "sub/c.arc.gz", folder / "sub/deep/d.wacz",
    ]  # fmt: skip
    assert expand_patterns([f"{folder}/*.gz", f"{folder}/a.warc.gz"]) == [folder / "a.warc.gz"]
    assert expand_patterns([f"{folder}/*.cdxj"]) == [folder / "n.cdxj"]
    assert expand_patterns([]) == []


def test_a_file_that_is_named_is_taken_whatever_its_name(folder: Path) -> None:
    (folder / "[1].x").touch()
    named = [str(folder / name) for name in ("[1].x", ".h.warc.gz")]
    assert expand_patterns(named) == sorted(map(Path, named))


def test_relative_patterns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert expand_patterns(["sub/*.gz", "a.warc.gz"]) == [Path("a.warc.gz"), Path("sub/c.arc.gz")]


def test_links_in_a_circle_are_not_followed(folder: Path) -> None:
    (folder / "sub" / "round").symlink_to(folder)
    assert expand_patterns([str(folder)]) == sorted(folder / name for name in NAMES)


@pytest.mark.parametrize("pattern", ["nothing.warc", "*.nothing", ".git/y", "", "n.c*", "\0"])
def test_a_pattern_that_names_nothing_is_named(folder: Path, pattern: str) -> None:
    with pytest.raises(ValueError, match="names no archive: give a file, a folder or a glob"):
        expand_patterns([f"{folder}/{pattern}" if pattern else ""])
