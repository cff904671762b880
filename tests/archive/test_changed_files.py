"""Files that were handled between two runs: each record is where it is found, by its id."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive import changed_files, recovery
from crawler.archive.changed_files import ChangedFiles
from crawler.archive.repair import Repair
from crawler.state.sqlite.backend import SqliteStore
from crawler.state.store import Holding
from crawler.state.verdict import Verdict
from crawler.warc.reader import records
from tests.archive.handled import (
    HANDLED,
    cat,
    cat_and_keep,
    gunzip,
    gunzip_and_gzip,
    recompress,
    rename,
)
from tests.archive.recording import Ledger, Recording, WriterInTurns
from tests.archive.test_recovery import Crashed, kinds


@pytest.fixture
def archive(tmp_path: Path) -> Crashed:
    """Three files: articles, one of them revised, and captures that were seen before."""
    with Recording(tmp_path / "run", writes=WriterInTurns, most_bytes=3500) as run:
        for number in range(3):
            run.text(f"{number}", f"Text {number}.", ordinal=number)
            run.exchange(b"the same", uri=f"https://news.test/page/{number}")
        run.text("1", "Text 1, anew.", ordinal=1, verdict=Verdict.REVISION)
        run.end()
    archive = Crashed(tmp_path / "run")
    assert len(list(archive.warcs.iterdir())) == 3
    return archive


def known(held: Ledger) -> tuple[object, ...]:
    """Return what a ledger has, but for where it lies."""

    def article(holding: Holding) -> tuple[object, ...]:
        refs = [ref and ref.record_id for ref in (holding.conversion, holding.origin)]
        return replace(holding, conversion=None, origin=None), *refs

    captures = [capture.ref for found in held.captures.values() for capture in found]
    return (
        [article(holding) for holding in held.articles],
        {identity: [*map(article, texts)] for identity, texts in held.history.items()},
        Counter(ref.record_id for ref in captures),
        {uri: page.record_id for uri, page in held.pages.items()},
        [(replace(run, record=None), run.record and run.record.record_id) for run in held.runs],
        held.collected,
    )


def check_places(archive: Crashed) -> None:
    """Check that each record that the ledger has is where it says."""
    held = archive.ledger()
    texts = [*held.articles, *(text for texts in held.history.values() for text in texts)]
    refs = [ref for text in texts for ref in (text.conversion, text.origin) if ref]
    refs += [capture.ref for captures in held.captures.values() for capture in captures]
    refs += held.pages.values()
    refs += [run.record for run in held.runs if run.record]
    places = {
        (path.name, record.offset, record.length): record.id
        for path in archive.warcs.iterdir()
        if path.name.endswith((".warc", ".gz"))
        for record in records(path)
    }
    for ref in refs:
        assert places[ref.file, ref.offset, ref.length] == ref.record_id


@pytest.mark.parametrize("way", HANDLED)
def test_the_ledger_has_all_records_at_their_new_places(archive: Crashed, way: str) -> None:
    before = archive.ledger()
    HANDLED[way](archive.warcs)
    done = kinds(archive.start())
    assert not {"torn", "forgotten", "missing", "fault"} & {*done}
    assert known(archive.ledger()) == known(before)
    check_places(archive)
    files = archive.files()
    assert archive.start() == [], "what was put in order once stays so"
    assert archive.files() == files


def test_a_start_reads_no_file_that_is_as_it_was(
    archive: Crashed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a WARC file was read")

    monkeypatch.setattr(changed_files, "read_records", refuse)
    monkeypatch.setattr(recovery, "read_records", refuse)
    assert archive.start() == []


def test_what_was_lost_is_forgotten_and_what_moved_is_found(archive: Crashed) -> None:
    before = archive.ledger()
    gunzip_and_gzip(archive.warcs)
    last = max(archive.warcs.iterdir())
    whole = gzip.decompress(last.read_bytes())
    last.write_bytes(gzip.compress(whole[: whole.rindex(b"WARC-Type: conversion") - 10]))
    repairs = archive.start()
    (lost,) = (repair for repair in repairs if repair.kind == "forgotten")
    assert last.name in lost.message
    assert "1 articles" in lost.message
    (older,) = before.history[next(key for key, texts in before.history.items() if texts)]
    now = {held.key: held for held in archive.ledger().articles}
    assert now[older.key].text_digest == older.text_digest
    assert len(now) == 3
    check_places(archive)


def test_of_a_joined_file_what_is_new_is_read(archive: Crashed, tmp_path: Path) -> None:
    before = archive.ledger()
    with Recording(tmp_path / "other", source="other") as run:
        held = run.text("new", "Of another machine.", source="other", ordinal=9)
        shutil.copy(run.end(), archive.warcs)
    cat(archive.warcs)
    assert set(kinds(archive.start())) == {"moved"}
    after = archive.ledger()
    new = next(article for article in after.articles if article.key == held.key)
    assert new.text_digest == held.text_digest
    after.articles.remove(new)
    assert known(after)[0] == known(before)[0]
    check_places(archive)


def test_a_file_of_another_machine_with_the_same_name_within_is_read(
    archive: Crashed, tmp_path: Path
) -> None:
    """Older releases gave names without a token: two machines could use one."""
    with Recording(tmp_path / "other", source="other") as run:
        held = run.text("new", "Of another machine.", source="other", ordinal=9)
        path = run.end()
    ours = min(archive.warcs.iterdir()).name
    theirs = gzip.decompress(path.read_bytes()).replace(
        f"WARC-Filename: {path.name}".encode(), f"WARC-Filename: {ours}".encode()
    )
    (archive.warcs / "theirs.warc.gz").write_bytes(gzip.compress(theirs))
    archive.start()
    assert held.key in {article.key for article in archive.ledger().articles}


def test_originals_that_go_after_a_run_are_missing_and_a_rebuild_finds_them(
    archive: Crashed,
) -> None:
    before = archive.ledger()
    originals = list(archive.warcs.iterdir())
    cat_and_keep(archive.warcs)
    archive.start()
    for path in originals:
        path.unlink()
    (repair,) = archive.start()
    assert repair.kind == "missing"
    assert "scrapy rebuild" in repair.message
    assert known(archive.ledger()) == known(before)
    archive.lose_ledger()
    archive.start()
    assert known(archive.ledger()) == known(before)
    check_places(archive)


def test_the_damage_of_a_file_that_is_written_anew_is_named(archive: Crashed) -> None:
    gunzip_and_gzip(archive.warcs)
    last = max(archive.warcs.iterdir())
    last.write_bytes(last.read_bytes()[:-20])
    repairs = archive.start()
    faults = [repair.message for repair in repairs if repair.kind == "fault"]
    assert f"{last.name}.shared-members-0: " in faults[0]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_torn_tail_is_set_aside_and_the_file_keeps_its_bytes(archive: Crashed, cut: int) -> None:
    """All of the record may be there but for the checksum of its gzip member."""
    last = max(archive.warcs.iterdir())
    data = last.read_bytes()
    *_, record = records(last)
    last.write_bytes(data[:-cut])
    assert kinds(archive.start()) == ["torn", "forgotten"]
    assert last.read_bytes() == data[: record.offset]
    assert archive.files()[f"{last.name}.torn-0"] == data[record.offset : -cut]


class Killed(BaseException):
    """The process is gone."""


STEPS = {
    "repack": changed_files,
    "read_into_ledger": changed_files,
    "relocate": SqliteStore,
    "put_warc": SqliteStore,
    "forget": SqliteStore,
}


@pytest.mark.parametrize("call", [0, 1, 2])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("way", ["gunzip_and_gzip", "rename", "cat"])
def test_killed_on_the_way_the_next_start_gives_the_same(
    archive: Crashed, monkeypatch: pytest.MonkeyPatch, way: str, step: str, call: int
) -> None:
    before = archive.ledger()
    HANDLED[way](archive.warcs)
    real, calls = getattr(STEPS[step], step), iter(range(100))

    def dying(*args: object, **kwargs: object) -> object:
        done = real(*args, **kwargs)
        if next(calls) == call:
            raise Killed
        return done

    repairs: list[Repair] = []
    with monkeypatch.context() as patch:
        patch.setattr(STEPS[step], step, dying)
        try:
            repairs += archive.start()
        except Killed:
            assert known(archive.ledger()) == known(before)
    repairs += archive.start()
    assert not {"torn", "forgotten", "missing"} & {*kinds(repairs)}
    assert known(archive.ledger()) == known(before)
    check_places(archive)


def test_handled_again_and_again(archive: Crashed) -> None:
    before = archive.ledger()
    for way in (rename, cat, recompress, gunzip):
        way(archive.warcs)
        archive.start()
    assert known(archive.ledger()) == known(before)
    check_places(archive)


def test_the_runs_of_a_file_are_no_files_that_it_was_joined_of(tmp_path: Path) -> None:
    """A file has a thousand runs where it had one; each piece is read on its own."""
    with Recording(tmp_path, writes=WriterInTurns) as run:
        for number in range(6):
            run.exchange(uri=f"https://news.test/{number}")
        one = run.end()
        run.exchange(uri="https://news.test/6")
        two = run.end()
        joined = tmp_path / "joined.warc.gz"
        joined.write_bytes(one.read_bytes() + two.read_bytes())
        with closing(ChangedFiles(run.store, {})) as files:
            scan = files._scan(joined)
    assert [begin for _, begin in scan.pieces] == [0, one.stat().st_size]
    assert scan.names == {one.name, two.name}


@pytest.mark.parametrize("content", [b"", b"no record at all", b"\x1f\x8b\x08"])
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_file_without_a_whole_record_is_no_hindrance(
    archive: Crashed, content: bytes, is_lost: bool
) -> None:
    before = known(archive.ledger())
    (archive.warcs / "junk.warc.gz").write_bytes(content)
    if is_lost:
        archive.lose_ledger()
    assert kinds(archive.start()).count("torn") == bool(content)
    assert known(archive.ledger()) == before
    torn = [path.read_bytes() for path in archive.warcs.glob("junk.warc.gz.torn-*")]
    assert torn == ([content] if content else [])
    assert archive.start() == []


def test_of_a_file_that_lost_its_last_whole_record_all_is_forgotten(archive: Crashed) -> None:
    held = archive.ledger().articles
    first = min(archive.warcs.iterdir())
    first.write_bytes(b"no record at all")
    assert kinds(archive.start()) == ["torn", "forgotten"]
    assert len(archive.ledger().articles) < len(held)
