"""WARC files on disk: names, members, failed writes, and what other tools say."""

from __future__ import annotations

import errno
import gzip
import os
import re
import secrets
import subprocess
import sys
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc import writer as writer_module
from crawler.warc.compression import compressor
from crawler.warc.reader import records
from crawler.warc.records import conversion, exchange_records, metadata, new_ref
from crawler.warc.writer import ArchiveWriteError, WarcWriter, slug
from tests.limits import no_more_files, small_files
from tests.warc.examples import RESPONSE, STARTED, exchange

BIN = Path(sys.executable).parent
NAME = r"newsreel-news-test-\d{17}-\d{5}-[0-9a-f]{6}\.warc\.gz"


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
    assert bytes(first.block).startswith(
        b"software: newsreel/1\r\nformat: WARC File Format 1.1\r\n"
    )
    assert bytes(first.block).endswith(b"a: b\r\n")
    assert [record.type for record in written] == ["response", "request"] * 2
    data = (tmp_path / "warc" / refs[0].file).read_bytes()
    for ref, record in zip(refs, written, strict=True):
        member = gzip.decompress(data[ref.offset : ref.offset + ref.length])
        assert member.startswith(b"WARC/1.1\r\n")
        assert member.endswith(record.block[:] + b"\r\n\r\n")
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


def test_a_file_is_due_by_its_size(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", most_bytes=1_500)
    sizes = [writer.size]
    while not writer.is_due:
        writer.write(exchange_records(exchange()))
        sizes.append(writer.size)
    assert max(sizes[:-1]) < 1_500 <= sizes[-1]
    assert sizes[-1] == next(tmp_path.iterdir()).stat().st_size
    writer.close()
    assert not writer.is_due


def test_a_file_is_due_by_its_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", most_seconds=60)

    def due(now: float) -> bool:
        monkeypatch.setattr(time, "monotonic", lambda: now)
        return writer.is_due

    assert not due(5000)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    writer.write(exchange_records(exchange()))
    assert [due(1000), due(1059), due(1060)] == [False, False, True]
    writer.close()
    assert not due(9000)


def test_files_of_a_run_are_numbered_in_their_order(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    written = []
    for _ in range(4):
        writer.write(exchange_records(exchange()))
        written.append(writer.name)
        writer.close()
    serials = [name.split("-")[-2] for name in written]
    assert serials == ["00000", "00001", "00002", "00003"]
    assert written == sorted(written) == names(tmp_path)


def test_a_name_that_is_taken_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "datetime", _Still)
    monkeypatch.setattr(secrets, "token_hex", lambda size: "ab" * size)
    for taken in ("00000-ababab.warc.gz", "00001-ababab.warc.gz.open"):
        (tmp_path / f"newsreel-x-20240411083000250-{taken}").write_bytes(b"of another")
    writer = WarcWriter(tmp_path, "x", software="x")
    writer.write(exchange_records(exchange()))
    writer.close()
    assert writer.name == "newsreel-x-20240411083000250-00002-ababab.warc.gz"
    assert [path.stat().st_size for path in sorted(tmp_path.iterdir())[:2]] == [10, 10]


def test_two_machines_give_no_name_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "datetime", _Still)
    names_given = []
    for machine in ("a", "b"):
        writer = WarcWriter(tmp_path / machine, "x", software="x")
        writer.write(exchange_records(exchange()))
        writer.close()
        names_given.append(writer.name)
    assert names_given[0] != names_given[1]


class _Still(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2024, 4, 11, 8, 30, 0, 250_900, tzinfo=tz)


def test_a_file_that_could_not_be_opened_is_none(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    writer.write(exchange_records(exchange()))
    writer.close()
    sealed = (writer.name, writer.size)
    with pytest.raises(ArchiveWriteError, match="open") as raised, no_more_files():
        writer.write(exchange_records(exchange()))
    assert raised.value.errno == errno.EMFILE
    assert (writer.name, writer.size) in {sealed, (writer.name, 0)}, "a size of another file"


def test_a_failed_fsync_is_an_archive_write_error(writer: WarcWriter, tmp_path: Path) -> None:
    writer.write(exchange_records(exchange()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", _no_fsync)
        for call in (writer.sync, writer.close):
            with pytest.raises(ArchiveWriteError, match=r"fsync") as raised:
                call()
            assert raised.value.errno == errno.EIO
    assert [path.suffix for path in (tmp_path / "warc").iterdir()] == [".open"]
    writer.close()


def _no_fsync(_: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_tail_that_cannot_be_cut_is_named(writer: WarcWriter) -> None:
    writer.write(exchange_records(exchange()))
    with pytest.MonkeyPatch.context() as patch, small_files(LIMIT):
        patch.setattr(os, "ftruncate", lambda *_: _no_fsync(0))
        with pytest.raises(ArchiveWriteError) as raised:
            writer.write(exchange_records(exchange(response=RESPONSE + NOISE)))
    assert any("torn tail" in note for note in raised.value.__notes__)
    writer.close()


@given(st.text())
def test_no_source_is_a_path(source: str) -> None:
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", slug(source))


def test_revisits_can_be_read_by_fastwarc_and_warcio(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    page = RESPONSE[:-2] + b"news " * 300
    (ref,) = writer.write(exchange_records(exchange(response=page))[:1])
    for answer in (page, b"HTTP/1.1 304 Not Modified\r\n\r\n"):
        writer.write(exchange_records(exchange(response=answer), None, _Only(ref)))
    writer.close()
    kinds = [record.type for record in records(tmp_path / writer.name)]
    assert kinds == ["warcinfo", "response", "revisit", "request", "revisit", "request"]
    check(tmp_path, "fastwarc", "check", "--quiet")
    check(tmp_path, "warcio", "check")


class _Only:
    """Known captures, of which there is one."""

    def __init__(self, ref: RecordRef) -> None:
        self._ref = ref

    def with_payload(self, payload_digest: str) -> RecordRef | None:
        return self._ref

    def latest(self, uri: str) -> RecordRef | None:
        return self._ref


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
def test_fastwarc_and_warcio_read_the_file(tmp_path: Path, gzip: str) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", compress=compressor(gzip))
    for body in (b"ok", b"", b"\r\n\r\n"):
        writer.write(exchange_records(exchange(response=RESPONSE[:-2] + body)))
    writer.close()
    check(tmp_path, "fastwarc", "check", "--quiet", "--verify-payloads")
    check(tmp_path, "warcio", "check")


def test_fastwarc_and_warcio_read_every_kind_of_record(tmp_path: Path) -> None:
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
