"""The checker finds what is wrong: archives that are spoilt on purpose, one fault each."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.world.faults.held import Held, Snapshot
from tests.world.faults.invariant import violations
from tests.world.faults.trial import Bed


def _one(archives: Path, pattern: str) -> Path:
    return sorted(archives.glob(pattern))[0]


def _ledger(archives: Path, statement: str) -> None:
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database, database:
        database.execute(statement)


def _edit(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _sealed(archives: Path) -> Path:
    return _one(archives, "warc/*.gz")


def _index(archives: Path) -> Path:
    return _one(archives, "index/*.cdxj")


def _text(archives: Path) -> Path:
    return _one(archives, "text/*.txt")


_SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a byte of a WARC": (lambda a: _edit(_sealed(a), _flip), "b: newsreel-"),
    "a torn tail": (lambda a: _edit(_sealed(a), lambda d: d[:-1]), "b: newsreel-"),
    "junk behind": (lambda a: _edit(_sealed(a), lambda d: d + b"\0"), "b: newsreel-"),
    "a record twice": (lambda a: _edit(_sealed(a), lambda d: d + d), "b: 2 records are"),
    "a WARC unsealed": (lambda a: _sealed(a).rename(f"{_sealed(a)}.open"), "is not sealed"),
    "a WARC gone": (lambda a: _sealed(a).unlink(), ": there is no newsreel"),
    "a text gone": (lambda a: _text(a).unlink(), "a: no text file"),
    "a text changed": (lambda a: _edit(_text(a), bytes.upper), "a: the text of"),
    "a text too many": (lambda a: shutil.copy(_text(a), a / "text/999_0.txt"), "no undisturbed"),
    "an article lost": (lambda a: _ledger(a, "DELETE FROM article LIMIT 1"), "d: http://"),
    "an article double": (
        lambda a: _ledger(
            a,
            "INSERT INTO article SELECT 'other', source, guid, date, modified, url, text_digest, "
            "ordinal, file, conversion, origin, date_gmt, incomplete, collected "
            "FROM article LIMIT 1",
        ),
        "a: too many",
    ),
    "another text": (lambda a: _ledger(a, "UPDATE article SET text_digest = x'00'"), "a: lost"),
    "a record elsewhere": (
        lambda a: _ledger(a, "UPDATE article SET origin = conversion"),
        "is in fact: conversion",
    ),
    "a size": (lambda a: _ledger(a, "UPDATE warc SET size = size - 1"), "c: the ledger vouches"),
    "an index gone": (lambda a: _index(a).unlink(), "c: index: no line"),
    "an index line gone": (
        lambda a: _edit(_index(a), lambda d: d[d.index(b"\n") + 1 :]),
        "c: index: no line",
    ),
    "an index line double": (
        lambda a: _edit(_index(a), lambda d: d[: d.index(b"\n") + 1] + d),
        "c: index: more than one line",
    ),
    "an index double": (
        lambda a: shutil.copy(_index(a), a / "index/again.cdxj"),
        "c: index: more than one line",
    ),
    "no ledger": (
        lambda a: _edit(a / "ledger.sqlite", lambda d: b"x" * len(d)),
        "ledger: cannot be read",
    ),
}


@pytest.fixture
def archives(bed: Bed, tmp_path: Path) -> Path:
    return shutil.copytree(bed.undisturbed, tmp_path / "archives")


def test_an_undisturbed_archive_holds(bed: Bed, archives: Path) -> None:
    held = Held(archives)
    found = violations(held, bed.references[0], snapshots=[Snapshot.of(held)])
    # Two posts have no text, and the run that says so was not listened to.
    assert [line[:2] for line in found] == ["d:", "d:"], found


@pytest.mark.parametrize("name", _SPOILT)
def test_what_is_damaged_is_found(bed: Bed, archives: Path, name: str) -> None:
    spoil, expected = _SPOILT[name]
    spoil(archives)
    found = violations(Held(archives), bed.references[0])
    assert any(expected in line for line in found), found


def test_committed_bytes_may_not_change(bed: Bed, archives: Path) -> None:
    path = _sealed(archives)
    snapshot = Snapshot({path.name: path.read_bytes()[:100] + b"other"}, {path.name: b""})
    found = violations(Held(archives), bed.references[0], snapshots=[snapshot])
    assert any(line.startswith("e: ") and path.name in line for line in found), found


def test_what_is_cut_must_be_kept(bed: Bed, archives: Path) -> None:
    path = _sealed(archives)
    snapshot = Snapshot({path.name: path.read_bytes()}, {path.name: b"a tail"})
    found = violations(Held(archives), bed.references[0], snapshots=[snapshot])
    assert any(line.startswith("e: 6 bytes behind") for line in found), found
    path.with_name(f"{path.name}.torn-0").write_bytes(b"a tail")
    found = violations(Held(archives), bed.references[0], snapshots=[snapshot])
    assert not any(line.startswith("e: ") for line in found), found
