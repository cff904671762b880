"""WARC files on disk: names, members, failed writes, and what other tools say."""

from __future__ import annotations

import errno
import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.compression import compressor
from crawler.warc.reader import records
from crawler.warc.records import conversion, exchange_records, metadata, new_ref
from crawler.warc.writer import ArchiveWriteError, WarcWriter, slug
from tests.limits import small_files
from tests.warc.examples import RESPONSE, STARTED, exchange

BIN = Path(sys.executable).parent
NAME = r"newsreel-news-test-\d{14}-\d{5}\.warc\.gz"


@pytest.fixture
def writer(tmp_path: Path) -> WarcWriter:
    return WarcWriter(tmp_path / "warc", "News.Test", software="newsreel/1", fields={"a": "b"})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_open_until_it_is_sealed(writer: WarcWriter, tmp_path: Path) -> None:
    writer.write(exchange_records(exchange()))
    (name,) = names(tmp_path / "warc")
    assert re.fullmatch(NAME + r"\.open", name)
    writer.close()
    assert names(tmp_path / "warc") == [name.removesuffix(".open")]


def test_refs_lead_to_whole_members(writer: WarcWriter, tmp_path: Path) -> None:
    refs = [
        *writer.write(exchange_records(exchange())),
        *writer.write(exchange_records(exchange())),
    ]
    writer.sync()
    writer.close()
    first, *written = records(tmp_path / "warc" / refs[0].file)
    assert first.type == "warcinfo"
    assert first.header("WARC-Filename") == refs[0].file
    assert first.block.startswith(b"software: newsreel/1\r\nformat: WARC File Format 1.1\r\n")
    assert first.block.endswith(b"a: b\r\n")
    assert [record.type for record in written] == ["response", "request"] * 2
    data = (tmp_path / "warc" / refs[0].file).read_bytes()
    for ref, record in zip(refs, written, strict=True):
        member = gzip.decompress(data[ref.offset : ref.offset + ref.length])
        assert member.startswith(b"WARC/1.1\r\n")
        assert member.endswith(record.block + b"\r\n\r\n")
        assert (record.offset, record.length) == (ref.offset, ref.length)
        assert record.header("warc-record-id") == ref.record_id
        assert (record.header("WARC-Target-URI"), record.header("WARC-Date")) == (ref.uri, ref.date)
    assert refs[-1].offset + refs[-1].length == len(data)


def test_after_sealing_comes_another_file(writer: WarcWriter, tmp_path: Path) -> None:
    files = []
    for _ in range(3):
        files += [ref.file for ref in writer.write(exchange_records(exchange())[:1])]
        writer.close()
    assert len(set(files)) == 3
    assert names(tmp_path / "warc") == sorted(files)
    assert [next(records(tmp_path / "warc" / f)).header("WARC-Filename") for f in files] == files


def test_two_writers_never_share_a_file(tmp_path: Path) -> None:
    one, two = (WarcWriter(tmp_path, "same", software="x") for _ in range(2))
    refs = [writer.write(exchange_records(exchange()))[0] for writer in (one, two)]
    one.close()
    refs += one.write(exchange_records(exchange()))[:1]
    two.close()
    one.close()
    assert len({ref.file for ref in refs}) == 3


def test_a_writer_without_records_leaves_nothing(writer: WarcWriter, tmp_path: Path) -> None:
    assert writer.write([]) == []
    writer.sync()
    writer.close()
    assert names(tmp_path) == []


@given(st.text())
def test_no_source_is_a_path(source: str) -> None:
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", slug(source))


def test_slugs() -> None:
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("BBC News / Asia") == "bbc-news-asia"
    assert slug("每日") == "source"


LIMIT = 3_000
NOISE = bytes(hash((n, "noise")) & 0xFF for n in range(2 * LIMIT))


def test_what_does_not_fit_is_cut_back(writer: WarcWriter, tmp_path: Path) -> None:
    refs = writer.write(exchange_records(exchange()))
    (path,) = (tmp_path / "warc").iterdir()
    before = path.read_bytes()
    for _ in range(2):
        with (
            pytest.raises(ArchiveWriteError, match=re.escape(str(path))) as raised,
            small_files(LIMIT),
        ):
            writer.write(exchange_records(exchange(response=RESPONSE + NOISE)))
        assert raised.value.errno in {errno.ENOSPC, errno.EFBIG}
        assert f"at {len(before)}" in str(raised.value)
        assert path.read_bytes() == before
    refs += writer.write(exchange_records(exchange())[:1])
    writer.close()
    found = [
        record.header("WARC-Record-ID") for record in records(tmp_path / "warc" / refs[0].file)
    ]
    assert found[1:] == [ref.record_id for ref in refs]


def test_a_first_write_that_fails_leaves_no_file(writer: WarcWriter, tmp_path: Path) -> None:
    with pytest.raises(ArchiveWriteError), small_files(LIMIT):
        writer.write(exchange_records(exchange(response=RESPONSE + NOISE)))
    writer.close()
    assert names(tmp_path / "warc") == []


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    writer = WarcWriter(tmp_path / "file", "x", software="x")
    with pytest.raises(ArchiveWriteError, match=re.escape(str(tmp_path / "file"))):
        writer.write(exchange_records(exchange()))


@pytest.mark.parametrize("gzip", ["zlib-0", "zlib-1", "zlib-9", "isal-0", "isal-2", "isal-3"])
def test_fastwarc_and_warcio_accept_the_file(tmp_path: Path, gzip: str) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", compress=compressor(gzip))
    for body in (b"ok", b"", b"\r\n\r\n"):
        writer.write(exchange_records(exchange(response=RESPONSE[:-2] + body)))
    writer.close()
    check(tmp_path, "fastwarc", "check", "--quiet", "--verify-payloads")
    check(tmp_path, "warcio", "check")


def test_fastwarc_and_warcio_accept_every_kind_of_record(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    for response in (hints + RESPONSE, b"SSH-2.0\r\n", b""):
        (ref, *_) = writer.write(exchange_records(exchange(response=response)))
    uri = "https://news.test/a"
    writer.write([conversion(new_ref(uri, STARTED), "每日\n".encode(), refers_to=ref)])
    writer.write([metadata(new_ref(uri, STARTED), b"{}", refers_to=ref)])
    writer.close()
    check(tmp_path, "fastwarc", "check", "--quiet")
    check(tmp_path, "warcio", "check")


def check(folder: Path, tool: str, *arguments: str) -> None:
    (file,) = folder.iterdir()
    command = [str(BIN / tool), *arguments, str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
