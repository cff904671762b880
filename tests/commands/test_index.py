"""``scrapy index``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.state.lock import ArchiveLock
from crawler.warc.records import metadata, new_ref
from crawler.warc.writer import WarcWriter
from tests.conftest import Scrapy
from tests.warc.examples import STARTED
from tests.warc.files import example
from tests.warc.index_folder import all_lines, listed


@pytest.fixture
def warcs(archives: Path) -> Path:
    """Write an archive of two sealed files."""
    folder = archives / "warc"
    folder.mkdir(parents=True)
    for name in ("a.warc.gz", "b.warc.gz"):
        example(folder / name)
    return folder


def names(index: str) -> list[str]:
    return [json.loads(line.split(" ", 2)[2])["filename"] for line in index.splitlines()]


def test_the_index_of_the_archive_is_made_anew(scrapy: Scrapy, warcs: Path) -> None:
    index = warcs.parent / "index"
    index.mkdir()
    (index / "gone.warc.gz.cdxj").write_text("com,example)/ 2024 {}\n")
    run = scrapy("index")
    assert (run.exit_code, run.stdout) == (0, "")
    assert listed(index) == {"level-1-000001.cdxj": ["a.warc.gz", "b.warc.gz"]}
    found = all_lines(index)
    assert sorted(names("".join(found))) == ["a.warc.gz"] * 3 + ["b.warc.gz"] * 3
    assert scrapy("index").exit_code == 0
    assert all_lines(index) == found


def test_open_and_torn_files_are_not_in_the_index(scrapy: Scrapy, warcs: Path) -> None:
    (warcs / "a.warc.gz").rename(warcs / "a.warc.gz.open")
    (warcs / "b.warc.gz").rename(warcs / "b.warc.gz.torn-0")
    run = scrapy("index")
    assert run.exit_code == 0
    assert "a.warc.gz.open is left out" in run.log
    assert list((warcs.parent / "index").iterdir()) == []


def test_damage_is_named_and_the_rest_indexed(scrapy: Scrapy, warcs: Path) -> None:
    path = warcs / "a.warc.gz"
    path.write_bytes(path.read_bytes()[:-5])
    run = scrapy("index")
    assert run.exit_code == 1
    assert f"{path}:" in run.log
    assert "cut short" in run.log
    assert len(all_lines(warcs.parent / "index")) == 6


def test_an_archive_that_is_written_to_is_indexed(scrapy: Scrapy, warcs: Path) -> None:
    """What a writer has sealed is indexed; what it has open is named."""
    lock = ArchiveLock.shared(warcs.parent)
    writer = WarcWriter(warcs, "live", software="x")
    writer.write([metadata(new_ref("https://a.test/", STARTED), b"{}")])
    try:
        run = scrapy("index")
    finally:
        lock.release()
        writer.close()
    assert run.exit_code == 0
    assert "is left out: it is being written" in run.log
    assert set(names("".join(all_lines(warcs.parent / "index")))) == {"a.warc.gz", "b.warc.gz"}


def test_any_files_and_folders_to_one_index(scrapy: Scrapy, warcs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "deep"
    other.mkdir(parents=True)
    example(other / "c.warc")
    (other / "readme.txt").write_text("no WARC")
    given = (str(warcs / "a.warc.gz"), str(other.parent))
    lock = ArchiveLock.alone(warcs.parent)  # of no concern: nothing in the archive is written
    try:
        shown = scrapy("index", *given)
    finally:
        lock.release()
    assert shown.exit_code == 0, shown.log
    assert sorted(names(shown.stdout)) == ["a.warc.gz"] * 3 + ["deep/c.warc"] * 3
    target = tmp_path / "out.cdxj"
    written = scrapy("index", *given, "-o", str(target))
    assert (written.exit_code, written.stdout) == (0, "")
    assert target.read_text() == shown.stdout
    assert not (warcs.parent / "index").exists()


def test_what_is_no_warc_is_named(scrapy: Scrapy, archives: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.warc.gz"
    path.write_text("<html>not found</html>")
    run = scrapy("index", str(path))
    assert (run.exit_code, run.stdout) == (1, "")
    assert f"{path}:0: " in run.log


@pytest.mark.parametrize(
    "arguments", [("no/such.warc.gz",), ("-o", "x.cdxj"), ()], ids=["path", "output", "archive"]
)
def test_usage(scrapy: Scrapy, arguments: tuple[str, ...]) -> None:
    run = scrapy("index", *arguments)
    assert run.exit_code == 2
    assert "cannot be used" in run.log


def test_an_output_that_cannot_be_written(scrapy: Scrapy, warcs: Path, tmp_path: Path) -> None:
    run = scrapy("index", str(warcs), "-o", str(tmp_path / "no" / "folder.cdxj"))
    assert run.exit_code == 5
    assert "was not written" in run.log
