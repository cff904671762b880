"""The warcinfo record of a record, wherever people put it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.warc import warcinfo_search
from crawler.warc.reader import Record, read_records, records
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run, told_by
from crawler.warc.warcinfo_search import find_warcinfo
from crawler.warc.writer import WarcWriter
from tests.warc.examples import RESPONSE, exchange

SOURCES = ("one", "two", "three")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file of three runs, in turns."""
    writer = WarcWriter(tmp_path / "warc", "x", software="x")
    runs = [new_run("wire", source, {}) for source in SOURCES]
    for run in runs * 3:
        writer.write(exchange_records(exchange(response=RESPONSE + b"\x1f\x8b\x08 WARC/1.1")), run)
    writer.close()
    return tmp_path / "warc" / writer.name


def found_of(path: Path, record: Record) -> str | None:
    wanted = record.header("WARC-Warcinfo-ID")
    assert wanted
    found = find_warcinfo(path, wanted, record.offset)
    run = told_by(found) if found else None
    return run.source if run else None


def found_of_all(path: Path) -> list[str | None]:
    return [found_of(path, record) for record in records(path) if record.type == "response"]


def unpacked(path: Path) -> Path:
    target = path.with_suffix("")
    target.write_bytes(gzip.decompress(path.read_bytes()))
    return target


def test_only_places_that_look_like_it_are_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = unpacked(path)
    starts: list[int] = []

    def noted(path: Path, *, start: int = -1, strict: bool = True) -> object:
        starts.append(start)
        return read_records(path, start=start, strict=strict)

    monkeypatch.setattr(warcinfo_search, "read_records", noted)
    for one in (path, plain):
        starts.clear()
        assert found_of_all(one) == [*SOURCES] * 3
        assert len(starts) <= 18, "that of the body is one that looks like it"
        assert -1 not in starts, "the whole file was read"


def test_in_a_file_of_one_member_or_behind_the_record(path: Path, tmp_path: Path) -> None:
    packed = tmp_path / "x.warc.gz"
    packed.write_bytes(gzip.compress(unpacked(path).read_bytes()))
    last = list(records(path))[-1]
    wanted = last.header("WARC-Warcinfo-ID") or ""
    for where, before in ((packed, 0), (path, 0)):
        found = find_warcinfo(where, wanted, before)
        assert found
        run = told_by(found)
        assert run
        assert run.source == "three"


def test_a_warcinfo_that_is_not_there_and_a_record_that_is_none(path: Path) -> None:
    last = list(records(path))[-1]
    for wanted in ("<urn:uuid:lost>", last.id):
        assert find_warcinfo(path, wanted, last.offset) is None
