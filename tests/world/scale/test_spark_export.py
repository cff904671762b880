"""WARC files read by Spark: the rows of the engine of one machine, whatever is killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest

from crawler.export.article_reader import Unread
from crawler.export.local_engine import LocalEngine
from crawler.export.packed_events import ReadFile, read_file
from crawler.export.row_choice import RowChoice
from crawler.export.row_maker import Wanted
from crawler.export.spark_engine import SparkEngine
from tests.export.many_files import Killed, many_files
from tests.exporting import Exported, made_by
from tests.running import scrapy
from tests.world.requirements import require
from tests.world.scale.object_store import BUCKET, environment, object_store

MASTER = "local[2,4]"


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    if not shutil.which("java"):
        require("there is no Java: install openjdk-17-jre-headless")
    if not find_spec("pyspark"):
        require("there is no PySpark: make spark")


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return many_files(tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def expected(warcs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Exported:
    unread: list[Unread] = []
    with closing(LocalEngine(warcs, tmp_path_factory.mktemp("local"), unread.append)) as engine:
        return made_by(engine, RowChoice(), unread)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert not list(tmp_path.glob("blockmgr-*")), "Spark leaves nothing behind"


def by_spark(warcs: list[Path], folder: Path, read: ReadFile = read_file) -> tuple[Exported, int]:
    unread: list[Unread] = []
    with closing(SparkEngine(warcs, folder, unread.append, master=MASTER, read=read)) as engine:
        return made_by(engine, RowChoice(), unread), engine.left_out


def test_the_rows_are_those_of_the_local_engine(
    warcs: list[Path], expected: Exported, folder: Path
) -> None:
    assert by_spark(warcs, folder) == (expected, 0)


def test_a_worker_that_is_killed_is_replaced(
    warcs: list[Path], expected: Exported, folder: Path
) -> None:
    (once := folder / "once").mkdir()
    assert by_spark(warcs, folder, Killed("newsreel-s0", str(once))) == (expected, 0)
    assert len(list(once.iterdir())) == 5


def test_a_file_that_kills_its_readers_is_named_and_left_out(
    warcs: list[Path], folder: Path, tmp_path: Path
) -> None:
    killers = [path for path in warcs if path.name.startswith("newsreel-127-0-0-1")]
    found, left_out = by_spark(warcs, folder, Killed("newsreel-127-0-0-1"))
    (local := tmp_path / "local").mkdir()
    unread: list[Unread] = []
    others = [path for path in warcs if path not in killers]
    with closing(LocalEngine(others, local, unread.append)) as engine:
        rest = made_by(engine, RowChoice(), unread)
    assert (found.rows, found.history, left_out) == (rest.rows, rest.history, len(killers))
    told = [unread.message for unread in found.unread if not unread.is_lost]
    assert [message.partition(" ")[0] for message in told] == list(map(str, killers))


def test_spark_says_where_its_page_is(warcs: list[Path], folder: Path) -> None:
    told: list[str] = []
    with closing(SparkEngine(warcs[:3], folder, print, master=MASTER, tell=told.append)):
        (page,) = told
        address = page.rpartition(" ")[2]
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/api/v1/applications") as answer:
            (application,) = json.load(answer)
        with urlopen(f"{address}/api/v1/applications/{application['id']}/jobs") as answer:
            jobs = json.load(answer)
    assert {job["description"] for job in jobs} == {"newsreel: reading 3 WARC files"}


def test_events_that_are_lost_end_the_export(warcs: list[Path], folder: Path) -> None:
    """A file that was read may be left out when it is read again, for an executor was lost."""
    with closing(SparkEngine(warcs[:2], folder, print, master=MASTER)) as engine:
        first = engine._notes[0]
        engine._notes[0] = replace(first, events=first.events + 1)
        with pytest.raises(OSError, match=r"1 of \d+ events were lost"):
            list(engine.articles(Wanted(choice=RowChoice())))


def test_an_export_from_a_bucket_has_the_bytes_of_the_local_engine(
    warcs: list[Path], tmp_path: Path
) -> None:
    words = [word for path in warcs for word in ("--from", str(path))]
    one = scrapy(tmp_path, "export", "-o", str(tmp_path / "one"), "--history", *words)
    with object_store(tmp_path) as store, environment(store):
        for path in warcs:
            store.request("PUT", f"/{BUCKET}/warc/{path.name}", path.read_bytes())
        words = ["--from", f"s3://{BUCKET}/warc/", "--engine", f"spark:{MASTER}"]
        two = scrapy(tmp_path, "export", "-o", str(tmp_path / "two"), "--history", *words)
    assert [one.exit_code, two.exit_code] == [1, 1], two.log
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert f"s3://{BUCKET}/warc/damaged.warc.gz:" in two.log


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
