"""Archives of other tools: what is lost is a fault, what is out of the standard a remark."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from crawler.checks import warc_files
from crawler.checks.warc_files import WarcVerification
from crawler.warc.digests import sha1_digest
from tests.checks import deadly_checks
from tests.checks.test_warc_files import verified
from tests.conftest import Scrapy
from tests.warc import files, shapes
from tests.warc.examples import RESPONSE


@pytest.mark.parametrize("name", [name for name in shapes.SHAPES if name != shapes.DEFLATED])
def test_each_shape_is_read_and_what_is_out_of_the_standard_is_a_remark(
    tmp_path: Path, name: str
) -> None:
    path = shapes.write(tmp_path, name)
    found, tally = verified(path)
    records = 4 if ".arc" in name else 3
    assert f"1 files, {records} records, " in tally
    assert ", 0 faults" in tally
    assert all(line.startswith(f"{path}:0: remark: is not as WARC/1.1 has it: ") for line in found)
    assert len(found) == (name not in shapes.STANDARD)
    if found:
        assert found[0].endswith(f"(and {records - 1} more like it)")


def test_the_command_counts_both_and_only_faults_end_it_with_1(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    path = shapes.write(tmp_path, "no-ends.warc")
    run = scrapy("verify", str(path))
    assert run.exit_code == 0, run.stdout
    remark, counted = run.stdout.splitlines()
    assert remark.endswith("no CRLF CRLF behind its block (and 2 more like it)")
    assert counted.endswith(", 0 faults, 3 remarks")
    path.write_bytes(path.read_bytes()[:-9])
    run = scrapy("verify", str(path))
    assert run.exit_code == 1
    fault, remark, counted = run.stdout.splitlines()
    assert "bytes that are no whole record: " in fault
    assert counted.endswith(", 1 faults, 2 remarks")


def test_everything_in_a_folder(scrapy: Scrapy, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    (folder / ".hidden").mkdir(parents=True)
    for name in shapes.SHAPES:
        shapes.write(folder, name)
    shapes.write(folder / ".hidden", "old.arc")
    run = scrapy("verify", str(folder), str(folder / "old.arc"))
    assert f"\n{len(shapes.SHAPES)} files, " in run.stdout
    assert run.exit_code == 0, run.stdout


@pytest.mark.parametrize("name", ["folder", "empty.wacz", "no-warc.wacz", "page.warc", "x.warc"])
def test_where_nothing_can_be_read_is_a_fault(scrapy: Scrapy, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
        (path / "readme.txt").write_text("no archive")
    elif name.endswith(".wacz"):
        shapes.write_wacz(path, {} if name[0] == "e" else {"datapackage.json": b"{}"})
    else:
        path.write_text("<html>not found</html>" if name[0] == "p" else "")
    run = scrapy("verify", str(path))
    assert run.exit_code == 1, run.stdout
    assert run.stdout.startswith(str(path))
    assert re.search(r"holds no(thing| WARC| record)", run.stdout)


def test_a_response_without_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(shapes.record(1) + shapes.record(2, WARC_Target_URI=""))
    (line,) = (line for line in verified(path)[0] if "remark" not in line)
    assert line.endswith(": the response has no WARC-Target-URI: nobody can ask for it")


@pytest.mark.parametrize("date", ["2008-10-294T10:00:00Z", "0000-00-00T99:99:99Z", "yesterday"])
def test_what_is_no_date(tmp_path: Path, date: str) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(shapes.record(1, WARC_Date=date))
    assert verified(path)[0] == [f"{path}:0: WARC-Date: found {date!r}, which is no date"]


@pytest.mark.parametrize("date", ["2024-05-20 09:00:00", "20240520090000"])
def test_a_date_in_another_form(tmp_path: Path, date: str) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(shapes.record(1, WARC_Date=date))
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}:0: remark: WARC-Date: found {date!r}, ")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsea\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("digested", "told"),
    [
        (b"3\r\nsea\r\n0\r\n\r\n", "is that of the chunks"),
        (CHUNKED, "is that of the block"),
        (b"lake", "found sha1:"),
    ],
)
def test_a_payload_digest_of_other_bytes(tmp_path: Path, digested: bytes, told: str) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(
        files.record(
            CHUNKED,
            WARC_Type="response",
            WARC_Target_URI=shapes.URLS[0],
            Content_Type="application/http",
            WARC_Payload_Digest=sha1_digest(digested),
        )
    )
    (line,) = verified(path)[0]
    assert f"WARC-Payload-Digest: {told}" in line
    assert ("remark" in line) == (digested != b"lake")


def test_a_digest_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(shapes.record(1, WARC_Block_Digest="whirl:ABC"))
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}:0: remark: WARC-Block-Digest: 'whirl' is no digest algorithm")


# What a WACZ says of its members

WARCS = {"archive/a.warc.gz": gzip.compress(shapes.record(1))}
WRONG = "sha256:" + "0" * 64


def digest_of(package: bytes) -> bytes:
    found = f"sha256:{hashlib.sha256(package).hexdigest()}"
    return json.dumps({"path": "datapackage.json", "hash": found}).encode()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        pytest.param(
            {"datapackage.json": shapes.package(WARCS, **{"archive/a.warc.gz": WRONG})},
            f"its member 'archive/a.warc.gz' has sha256:.*, datapackage.json says {WRONG}",
            id="hash",
        ),
        pytest.param(
            {"datapackage.json": shapes.package(WARCS).replace(b'"bytes": ', b'"bytes": 1')},
            r"its member 'archive/a.warc.gz' has \d+ bytes, datapackage.json says 1\d+",
            id="size",
        ),
        pytest.param(
            {"datapackage.json": shapes.package(WARCS | {"pages/pages.jsonl": b""})},
            "has no member 'pages/pages.jsonl', which datapackage.json names",
            id="missing",
        ),
        pytest.param({"datapackage.json": b"{"}, "datapackage.json cannot be read: ", id="JSON"),
        pytest.param({"datapackage.json": b"{}"}, ".*: it has no list of resources", id="list"),
        pytest.param(
            {
                "datapackage.json": shapes.package(WARCS),
                "datapackage-digest.json": digest_of(b"another"),
            },
            "its member 'datapackage.json' has sha256:.*, datapackage-digest.json says ",
            id="digest",
        ),
    ],
)
def test_a_wacz_whose_members_are_not_as_it_says(
    tmp_path: Path, members: dict[str, bytes], told: str
) -> None:
    path = shapes.write_wacz(tmp_path / "x.wacz", WARCS | members)
    (line,) = verified(path)[0]
    assert re.match(re.escape(f"{path}: ") + told, line)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, "holds no datapackage.json"),
        ({"datapackage.json": shapes.package({})}, "'archive/a.warc.gz' is not in datapackage"),
        (
            {"datapackage.json": shapes.package(WARCS, **{"archive/a.warc.gz": "sha256:0"})},
            "'archive/a.warc.gz' could not be compared: datapackage.json gives 'sha256:0'",
        ),
    ],
)
def test_a_member_that_cannot_be_compared_is_a_remark(
    tmp_path: Path, members: dict[str, bytes], told: str
) -> None:
    path = shapes.write_wacz(tmp_path / "x.wacz", WARCS | members)
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}: remark: ")
    assert told in line


def test_members_that_are_deflated(tmp_path: Path) -> None:
    path = shapes.write(tmp_path, shapes.DEFLATED)
    found, tally = verified(path)
    assert found == [
        f"{path}: remark: its member 'archive/a.warc.gz' is deflated, it is to be stored as it is"
        " (and 1 more like it)"
    ]
    assert tally.startswith("1 files, 3 records, ")


def test_members_that_overlap_are_not_read_again_and_again(tmp_path: Path) -> None:
    path = shapes.write_wacz(tmp_path / "x.wacz", WARCS)
    with zipfile.ZipFile(path, "a") as archive:
        entry = archive.infolist()[0]
        for number in range(9):
            again = zipfile.ZipInfo(f"archive/{number}.txt")
            again.compress_size, again.file_size = entry.compress_size, entry.file_size
            again.header_offset, again.CRC = entry.header_offset, entry.CRC
            archive.filelist.append(again)
        archive._didModify = True  # type: ignore[attr-defined]
    assert f"{path}: its members overlap, so none of them was compared" in verified(path)[0][0]


# The same file, or record, once more


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = shapes.write(tmp_path, "standard.warc")
    assert verified(tmp_path, path)[1].startswith("1 files, 3 records, ")


def test_the_same_record_once_more_is_a_remark_another_one_of_its_id_a_fault(
    tmp_path: Path,
) -> None:
    path = shapes.write(tmp_path, "standard.warc")
    shutil.copy(path, tmp_path / "z.warc")
    (line,) = verified(tmp_path)[0]
    assert line.startswith(f"{tmp_path}/z.warc:0: remark: WARC-Record-ID: found <urn:")
    assert line.endswith("(and 2 more like it)")
    path.write_bytes(shapes.record(1) + shapes.record(1, WARC_Target_URI=shapes.URLS[1]))
    (line,) = verified(path)[0]
    assert line.startswith(f"{path}:{len(shapes.record(1))}: WARC-Record-ID: found ")


# By all cores


def test_spans_give_what_reading_the_whole_gives(tmp_path: Path) -> None:
    for name in shapes.SHAPES:
        path = shapes.write(tmp_path, name)
        damaged = tmp_path / f"damaged-{name}"
        data = path.read_bytes()
        damaged.write_bytes(data[:700] + data[740:] if ".gz" not in name else data[:-30] + data)
    files.example(tmp_path / "ours.warc.gz", *[RESPONSE] * 50)
    nested = b"HTTP/1.1 200 OK\r\n\r\n" + (tmp_path / "ours.warc.gz").read_bytes() * 3
    files.example(tmp_path / "nested.warc", nested, nested)
    whole, tally = verified(tmp_path)
    for size in (211, 1 << 10):
        with closing(WarcVerification(2, span_size=size)) as verification:
            found = [str(one) for one in verification.check_files([tmp_path])]
            assert found == whole
            assert str(verification.tally) == tally


def test_a_process_that_dies_is_named_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shapes.write(tmp_path, "no-ends.warc"), shapes.write(tmp_path, "old.arc")
    monkeypatch.setattr(warc_files, "check", deadly_checks.check)
    with closing(WarcVerification(2, span_size=100)) as verification:
        found = [str(one) for one in verification.check_files([first, second])]
        assert verification.tally.records == 3
    deadly = [line for line in found if "could not be checked: the process at it" in line]
    assert deadly[0].startswith(f"{second}:0: ")
    assert all(line.startswith(f"{second}:") for line in deadly)
    assert any(line.startswith(f"{first}:0: remark: ") for line in found)


def test_thousands_of_records_with_one_id_take_no_time_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    name = "<urn:uuid:00000000-0000-4000-8000-000000000001>"
    records = shapes.record(1, WARC_Concurrent_To=name) * 20_000
    path.write_bytes(gzip.compress(records, 1))
    began = time.process_time()
    found, tally = verified(path)
    assert len(found) == 2
    assert tally.endswith(", 0 faults")
    assert "(and 19,998 more like it)" in found[1]
    assert time.process_time() - began < 40
