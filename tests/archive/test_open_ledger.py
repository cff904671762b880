"""The ledger of an archive: opened, set aside if it is damaged, and made again."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive.folder import ledger_uri
from crawler.archive.recovery import open_ledger
from crawler.state.backends import move_store_aside, open_store
from crawler.state.store import Store
from crawler.state.verdict import Verdict
from tests.archive.recording import Ledger, Recording, ledger
from tests.limits import small_files


@pytest.fixture
def held(tmp_path: Path) -> Ledger:
    """Return what the ledger of the archive in *tmp_path* holds, which was recorded well."""
    with Recording(tmp_path, most_bytes=2000) as run:
        run.text("a", "One.")
        run.exchange(b"news " * 300)
        run.text("a", "Two.", verdict=Verdict.REVISION)
        run.touch(run.text("b", "Three.", ordinal=1), "2025-01-01T00:00:00")
        run.end()
        return ledger(run.store)


def opened(folder: Path) -> tuple[Ledger, list[str]]:
    store, repairs = open_ledger(ledger_uri(folder), folder / "warc")
    with closing(store):
        return ledger(store), [repair.kind for repair in repairs]


def test_the_uri(tmp_path: Path) -> None:
    assert ledger_uri(tmp_path) == f"sqlite:{tmp_path}/ledger.sqlite"
    assert ledger_uri(tmp_path, "sqlite:/elsewhere") == "sqlite:/elsewhere"


def test_a_good_ledger_is_opened_as_it_is(tmp_path: Path, held: Ledger) -> None:
    assert opened(tmp_path) == (held, [])


@pytest.mark.parametrize("content", [b"", b"garbage " * 1000])
def test_one_that_is_no_ledger_any_more_is_made_anew(
    tmp_path: Path, held: Ledger, content: bytes
) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    found, kinds = opened(tmp_path)
    assert found == held
    assert kinds[:1] == (["ledger"] if content else ["read"])
    assert set(kinds) <= {"ledger", "read"}
    if content:
        assert (tmp_path / "ledger.sqlite.damaged-0").read_bytes() == content
    assert opened(tmp_path) == (held, [])


@pytest.mark.parametrize("page", range(1, 8))
def test_one_with_a_page_overwritten_is_made_anew(tmp_path: Path, held: Ledger, page: int) -> None:
    with (tmp_path / "ledger.sqlite").open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xa5" * 4096)
    found, kinds = opened(tmp_path)
    assert found == held
    assert kinds[0] == "ledger"


def test_damage_that_the_start_meets_is_mended_at_once(tmp_path: Path, held: Ledger) -> None:
    """The file is as old as it was when it was closed, so that nobody looks for damage."""
    path = tmp_path / "ledger.sqlite"
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (before.st_size - 8192))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    found, kinds = opened(tmp_path)
    assert found == held
    assert kinds[0] == "ledger"
    assert (tmp_path / "ledger.sqlite.damaged-0").stat().st_size == before.st_size


def test_files_beside_a_damaged_ledger_do_not_damage_the_new_one(
    tmp_path: Path, held: Ledger
) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"garbage " * 1000)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"ledger.sqlite{suffix}").write_bytes(os.urandom(70_000))
    assert opened(tmp_path)[0] == held


def test_each_that_is_set_aside_stays(tmp_path: Path, held: Ledger) -> None:
    for number in range(3):
        (tmp_path / "ledger.sqlite").write_bytes(b"garbage %d" % number * 1000)
        assert opened(tmp_path)[0] == held
    aside = sorted(tmp_path.glob("ledger.sqlite.damaged-*"))
    assert [path.read_bytes()[:9] for path in aside] == [b"garbage %d" % n for n in range(3)]


def test_set_aside_under_the_name_that_says_why(tmp_path: Path, held: Ledger) -> None:
    uri = ledger_uri(tmp_path)
    assert move_store_aside(uri, "replaced") == str(tmp_path / "ledger.sqlite.replaced-0")
    assert not (tmp_path / "ledger.sqlite").exists()
    with closing(open_store(f"{uri}.replaced-0")) as store:
        assert ledger(store) == held


def test_a_full_disk_while_it_is_made_anew_leaves_none_that_counts(
    tmp_path: Path, held: Ledger
) -> None:
    """Half of a ledger must never be taken for the whole."""
    (tmp_path / "ledger.sqlite").unlink()
    with pytest.raises(OSError, match="ledger"), small_files(30_000):
        open_ledger(ledger_uri(tmp_path), tmp_path / "warc")
    assert opened(tmp_path)[0] == held


def test_a_version_that_is_not_known_is_not_set_aside(tmp_path: Path, held: Ledger) -> None:
    with closing(open_store(ledger_uri(tmp_path))) as store:
        _set_version(store, 99)
    with pytest.raises(OSError, match="ledger version 99"):
        open_ledger(ledger_uri(tmp_path), tmp_path / "warc")
    assert not list(tmp_path.glob("*.damaged-*"))


def _set_version(store: Store, version: int) -> None:
    store._db.execute(f"PRAGMA user_version={version}")  # type: ignore[attr-defined]


def test_a_uri_that_names_none_is_a_value_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no ledger"):
        open_ledger("postgres://host/db", tmp_path)
