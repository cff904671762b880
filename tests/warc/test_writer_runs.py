"""Many runs in one file: each record says to which of them it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.warc import writer as writer_module
from crawler.warc.reader import records
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run, told_by
from crawler.warc.writer import ArchiveWriteError, WarcWriter
from tests.limits import small_files
from tests.warc.examples import RESPONSE, exchange
from tests.warc.test_writer import LIMIT, NOISE, check, names


def infos(path: Path) -> dict[str, str]:
    """Return the ids of the warcinfo records in the file at *path*, by the runs they name."""
    found = {}
    for record in records(path):
        if record.type == "warcinfo":
            lines = bytes(record.block).decode().split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines if line)
            assert {"software", "format", "conformsTo", "robots"} <= fields.keys()
            assert record.header("WARC-Warcinfo-ID") is None, "WARC/1.1, 5.16"
            found[fields.get("isPartOf", "")] = record.id
    return found


def test_each_record_names_the_run_that_it_belongs_to(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", fields={"robots": "obey"})
    one, two = new_run("wordpress", "a", {}), new_run("wire", "b", {})
    belong: dict[str, str] = {}
    files = set()
    for number, run in enumerate([one, None, two, one, two, two, None, one]):
        for ref in writer.write(exchange_records(exchange()), run):
            belong[ref.record_id] = run["isPartOf"] if run else ""
            files.add(ref.file)
        if number == 4:
            writer.close()
    writer.close()
    assert len(files) == 2
    for file in sorted(files):
        first, *rest = records(tmp_path / file)
        by_run = infos(tmp_path / file)
        assert by_run.keys() == {"", one["isPartOf"], two["isPartOf"]}
        assert first.id == by_run[""]
        assert first.header("WARC-Filename") == file
        others = [record for record in rest if record.type == "warcinfo"]
        assert [record.header("WARC-Filename") for record in others] == [None, None]
        seen = {first.id}
        for record in rest:
            seen.add(record.id)
            if record.type != "warcinfo":
                assert record.header("WARC-Warcinfo-ID") == by_run[belong.pop(record.id)]
                assert record.header("WARC-Warcinfo-ID") in seen, "it is before its first record"
    assert not belong


def test_a_run_that_writes_nothing_is_in_no_file(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    assert writer.write([], new_run("wire", "b", {})) == []
    writer.close()
    assert names(tmp_path) == []


def test_the_run_that_a_writer_is_made_for_has_one_warcinfo(tmp_path: Path) -> None:
    run = new_run("wordpress", "a", {})
    writer = WarcWriter(tmp_path, "x", software="x", fields={"robots": "obey", **run})
    for one in (run, None, run):
        writer.write(exchange_records(exchange()), one)
    writer.close()
    first, *rest = records(tmp_path / writer.name)
    assert infos(tmp_path / writer.name) == {run["isPartOf"]: first.id}
    assert {record.header("WARC-Warcinfo-ID") for record in rest} == {first.id}


def test_a_run_whose_first_write_failed_is_begun_with_the_next(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x", fields={"robots": "obey"})
    run = new_run("wordpress", "a", {})
    writer.write(exchange_records(exchange()))
    with pytest.raises(ArchiveWriteError), small_files(LIMIT):
        writer.write(exchange_records(exchange(response=RESPONSE + NOISE)), run)
    built = exchange_records(exchange())
    (ref, _) = writer.write(built, run)
    writer.close()
    by_run = infos(tmp_path / writer.name)
    (found,) = [one for one in records(tmp_path / writer.name) if one.id == ref.record_id]
    assert [name for name, _ in found.headers].count("WARC-Warcinfo-ID") == 1
    assert found.header("WARC-Warcinfo-ID") == by_run[run["isPartOf"]]


def test_other_readers_take_a_file_of_many_runs(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    runs = [new_run("wire", f"source {number}", {}) for number in range(3)]
    for run in [*runs, None, *runs]:
        writer.write(exchange_records(exchange()), run)
    writer.close()
    check(tmp_path, "fastwarc", "check", "--quiet")
    check(tmp_path, "warcio", "check")


def test_a_run_that_was_forgotten_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may have any number of runs, and memory has an end."""
    monkeypatch.setattr(writer_module, "_MOST_RUNS", 20)
    writer = WarcWriter(tmp_path, "x", software="x")
    first = new_run("wire", "first", {})
    (one, _) = writer.write(exchange_records(exchange()), first)
    for number in range(30):
        (last, _) = writer.write(exchange_records(exchange()), new_run("wire", f"{number}", {}))
    (two, _) = writer.write(exchange_records(exchange()), first)
    assert len(writer._info_ids) == 20
    writer.close()
    ids = {}
    belong = {}
    for record in records(tmp_path / writer.name):
        if run := told_by(record):
            ids[record.id] = run.id
        belong[record.id] = record.header("WARC-Warcinfo-ID") or ""
    assert belong[one.record_id] != belong[two.record_id]
    assert {ids[belong[ref.record_id]] for ref in (one, two)} == {first["isPartOf"]}
    assert ids[belong[last.record_id]] != first["isPartOf"]
    assert len(ids) == 32
