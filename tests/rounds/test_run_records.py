"""Which captures coverage looks at: those of runs, in files of one run and of many."""

from __future__ import annotations

from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest

from crawler.archive.folder import Archive
from crawler.rounds.run_records import Needless, run_records
from crawler.rounds.skippable_records import SkippableRecords
from crawler.text.corpus import Corpus
from crawler.warc.reader import records
from crawler.warc.records import exchange_records
from crawler.warc.reindex import update_index
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    (tmp_path / "warc").mkdir()
    return Archive(folder=tmp_path, corpus=Corpus(tmp_path, "text/{ordinal:03d}_{key}.txt"))


def write(archive: Archive, *sources: str, close: bool = True) -> WarcWriter:
    """Write an exchange of a run of each of *sources*, in this order, into one file."""
    runs = {source: new_run("wire", source, {}) for source in sources}
    writer = WarcWriter(archive.warcs, "x", software="x")
    for source in sources:
        writer.write(exchange_records(exchange(response=_PAGE)), runs[source])
    writer.write(exchange_records(exchange(response=_PAGE)))  # of no run
    if close:
        writer.close()
    return writer


def found(archive: Archive, **committed: int) -> tuple[list[str], list[str]]:
    faults: list[str] = []
    taken = list(run_records(archive, committed, faults.append))
    assert {one.record.type for one in taken} == {"response"}
    return [one.run.source for one in taken], faults


def test_runs_that_are_interleaved(archive: Archive) -> None:
    write(archive, *"abba")
    write(archive, *"ca")
    assert found(archive) == (list("abbaca"), [])


def test_of_an_open_file_what_is_committed(archive: Archive) -> None:
    writer = write(archive, *"ab", close=False)
    (path,) = archive.warcs.iterdir()
    ends = [one.offset for one in records(path) if one.type == "response"]
    assert found(archive, **{writer.name: ends[1]}) == (["a"], [])
    assert found(archive, **{writer.name: path.stat().st_size}) == (["a", "b"], [])
    writer.close()


def test_a_run_whose_warcinfo_is_lost_is_a_fault(archive: Archive) -> None:
    write(archive, *"abab")
    (path,) = archive.warcs.iterdir()
    every = list(records(path))
    infos = [one for one in every if one.type == "warcinfo"]
    lost = infos[2]
    data = path.read_bytes()
    path.write_bytes(data[: lost.offset] + data[lost.offset + lost.length :])
    sources, (fault,) = found(archive)
    assert [key for key, _ in groupby(sources)] == ["a"]
    assert fault.endswith(f"its run is not told: there is no record {lost.id}")


def test_what_no_list_can_be_in_is_not_read(archive: Archive) -> None:
    """The exchanges are all of one web page, which is needless once it was read twice."""
    write(archive, *"abab")
    (path,) = archive.warcs.iterdir()
    index_warcs(archive)
    asked: list[str] = []

    def is_needless(url: str) -> bool:
        asked.append(url)
        return len(asked) > 2

    with closing(SkippableRecords(archive.index)) as skippable:
        size = path.stat().st_size
        assert len(list(skippable.of(path.name, size))) == 5
        assert list(skippable.of(path.name, size - 1)) == [], "the index is of another file"
        needless = Needless(skippable, is_needless)
        taken = list(run_records(archive, {}, pytest.fail, needless))
    assert [one.run.source for one in taken] == ["a", "b"]
    assert asked == ["https://news.test/a"] * 5


def index_warcs(archive: Archive) -> None:
    update_index(archive.warcs.iterdir, archive.index, lambda _, fault: pytest.fail(str(fault)))
