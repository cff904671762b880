"""WARC files by themselves, ours and those of others."""

from __future__ import annotations

import shutil
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.warcwriter import WARCWriter

from crawler.checks.warc_files import CheckedFile, WarcVerification
from tests.checks.crawled import Copy
from tests.warc.files import example, record, write


def verified(*paths: Path) -> tuple[list[str], str]:
    """Return the faults of *paths*, and the tally of what was checked."""
    with closing(WarcVerification()) as verification:
        faults = [str(fault) for fault in verification.check_files(paths)]
        return faults, str(verification.tally)


def test_what_was_looked_at(copy: Copy) -> None:
    size = sum(path.stat().st_size for path in copy.warcs)
    (copy.folder / "warc" / "x.warc.gz.torn-0").write_bytes(b"torn")
    faults, tally = verified(copy.folder)
    assert faults == []
    assert tally.startswith("3 files, ")
    assert tally.endswith(f" records, {size} bytes, 0 texts, 1 torn tails set aside, 0 faults")


def test_references_to_other_files_are_no_faults_of_one(copy: Copy) -> None:
    faults, tally = verified(copy.warcs[2])
    assert faults == []
    assert "3 references to other files" in tally


def test_what_files_given_together_say_of_each_other(copy: Copy, tmp_path: Path) -> None:
    shutil.copy(copy.warcs[0], tmp_path / "again.warc.gz")
    found, _ = verified(copy.warcs[0], tmp_path / "again.warc.gz")
    _, first = copy.record("warcinfo")
    assert found[0].startswith(
        f"{tmp_path}/again.warc.gz:0: remark: WARC-Record-ID: found "
        f"{first.header('WARC-Record-ID')} again, it is that of {copy.warcs[0]}:0"
    )


def test_an_open_file_of_nobody_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    parts = example(tmp_path / "x.warc.gz")
    path = tmp_path / "x.warc.gz.open"
    path.write_bytes((tmp_path / "x.warc.gz").read_bytes()[:-1])
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}:{sum(map(len, parts[:-1]))}: found {len(parts[-1]) - 1} bytes")


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz"])
def test_a_file_without_a_record(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert verified(path)[0] == [f"{path}: holds no record"]
    assert verified(tmp_path)[0] == [f"{path}: holds no record"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "gone.warc.gz"
    path.symlink_to(tmp_path / "nowhere")
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}: cannot be read: ")


# warcio leaves its temporary file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_warcio_writes(tmp_path: Path) -> None:
    path = tmp_path / "warcio.warc.gz"
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        writer.write_record(writer.create_warcinfo_record("x", {"software": "x"}))
        writer.write_record(
            writer.create_warc_record("http://a.example/", "resource", payload=BytesIO(b"a" * 99))
        )
    faults, tally = verified(path)
    assert faults == []
    assert "1 files, 2 records" in tally


@pytest.mark.parametrize(
    "date", ["2024", "2024-04", "2024-04-11", "2024-04-11T08:30Z", "2024-04-11T08:30:00.1234567Z"]
)
def test_dates_of_the_standard(tmp_path: Path, date: str) -> None:
    write(tmp_path / "x.warc", record(WARC_Date=date))
    assert verified(tmp_path / "x.warc")[1].partition(", 0 faults")[1]


# To whom records belong


def own_faults(path: Path) -> list[str]:
    """Return the faults of *path* as a file of ours."""
    with closing(WarcVerification()) as verification:
        found = [*verification.check_own([CheckedFile(path=path)])]
        return [fault.message for fault in (*found, *verification.check_references())]


def numbered(number: int, **fields: Any) -> bytes:
    return record(WARC_Record_ID=f"<urn:uuid:{number}>", **fields)


INFO = numbered(0, WARC_Type="warcinfo")


def test_a_warcinfo_that_is_nowhere_is_a_fault_of_ours_and_may_be_elsewhere_of_others(
    tmp_path: Path,
) -> None:
    """That it may be elsewhere is what the field is for (WARC/1.1, 5.16); ours are with us."""
    path = tmp_path / "x.warc.gz"
    lost = [numbered(n, WARC_Warcinfo_ID="<urn:uuid:lost>") for n in (1, 2, 3)]
    write(path, INFO, numbered(4, WARC_Warcinfo_ID="<urn:uuid:0>"), *lost)
    expected = "WARC-Warcinfo-ID: <urn:uuid:lost> is in no file present"
    assert own_faults(path) == [expected], "once, and not for each record"
    faults, tally = verified(path)
    assert faults == []
    assert "1 references to other files" in tally


def test_what_is_named_as_a_warcinfo_has_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, INFO, numbered(1), numbered(2, warc_warcinfo_id="<urn:uuid:1>"))
    expected = "warc-warcinfo-id: <urn:uuid:1> is a metadata, expected a warcinfo"
    assert own_faults(path) == [expected]
    assert [line.partition(": ")[2] for line in verified(path)[0]] == [expected]


def test_a_warcinfo_belongs_to_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, INFO, numbered(1, WARC_Type="warcinfo", WARC_Warcinfo_ID="<urn:uuid:0>"))
    (fault,) = own_faults(path)
    assert fault.startswith("WARC-Warcinfo-ID: a warcinfo record belongs to no other")
    (line,) = verified(path)[0]
    assert ": remark: WARC-Warcinfo-ID: a warcinfo record belongs to no other" in line
