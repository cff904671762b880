"""WARC files read by several processes: the rows of one, whatever becomes of the processes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from crawler.export import local_engine
from crawler.export.article_reader import Unread
from crawler.export.local_engine import LocalEngine
from crawler.export.packed_events import ReadFile, read_file
from crawler.export.row_choice import RowChoice
from tests.export.many_files import Killed, many_files
from tests.exporting import Exported, made_by


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return many_files(tmp_path_factory.mktemp("many"))


def read(
    warcs: list[Path], folder: Path, workers: int, read_one: ReadFile = read_file
) -> tuple[Exported, int]:
    """Return the export of *warcs*, and how many of them were left out."""
    unread: list[Unread] = []
    with closing(
        LocalEngine(warcs, folder, unread.append, workers=workers, read=read_one)
    ) as engine:
        return made_by(engine, RowChoice(), unread), engine.left_out


def test_many_processes_make_the_rows_of_one(
    warcs: list[Path], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = read(warcs, tmp_path_factory.mktemp("one"), 1)
    monkeypatch.setattr(local_engine, "_WORTH_PROCESSES", 0)
    monkeypatch.setattr(local_engine, "_LARGEST_BATCH", 10_000)
    many, _ = read(warcs, tmp_path_factory.mktemp("many"), 3)
    assert many == one
    assert len(one.rows) > 40
    assert len({(row.source, row.key) for row in one.rows}) == len(one.rows)
    assert len({row.key for row in one.rows}) < len(one.rows), "collisions are kept apart"
    assert one.history
    assert any(row.aliases for row in one.rows)
    assert {name for name in ("damaged", "cut") for u in one.unread if name in u.message} == {
        "damaged",
        "cut",
    }


def test_a_process_that_is_killed_is_replaced(warcs: list[Path], tmp_path: Path) -> None:
    expected, _ = read(warcs, tmp_path, 1)
    once = tmp_path / "once"
    once.mkdir()
    folder = tmp_path / "again"
    folder.mkdir()
    found = read(warcs, folder, 2, Killed("newsreel-test", str(once)))
    assert found == (expected, 0)
    assert len(list(once.iterdir())) > 5


def test_a_file_that_kills_its_readers_is_named_and_left_out(
    warcs: list[Path], tmp_path: Path
) -> None:
    killers = [path for path in warcs if path.name.startswith("newsreel-127-0-0-1")]
    assert len(killers) == 2
    expected, _ = read([path for path in warcs if path not in killers], tmp_path, 1)
    folder = tmp_path / "again"
    folder.mkdir()
    found, left_out = read(warcs, folder, 2, Killed("newsreel-127-0-0-1"))
    assert (found.rows, found.history, left_out) == (expected.rows, expected.history, 2)
    told = [unread for unread in found.unread if unread not in expected.unread]
    assert [unread.message.partition(" ")[0] for unread in told] == list(map(str, killers))
    assert all("is left out: it kills the process that reads it" in u.message for u in told)
    assert not any(unread.is_lost for unread in told)


def test_a_file_that_cannot_be_read_is_named(warcs: list[Path], tmp_path: Path) -> None:
    missing = tmp_path / "missing.warc.gz"
    found, left_out = read([*warcs, missing], tmp_path, 2)
    assert (left_out, found.unread[-1].is_lost) == (0, True)
    assert "missing.warc.gz: it cannot be read: [Errno 2]" in found.unread[-1].message
