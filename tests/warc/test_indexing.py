"""Indexes made by reading WARC files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.warc.indexing import index_lines
from crawler.warc.reader import Fault, walk
from crawler.warc.records import digest, serialised, warcinfo
from tests.warc.bodies import FORM, request
from tests.warc.files import NAMES, example, record, write

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nok"
URI = "https://news.test/a"
POST = request("POST", FORM, b"q=1")


def answer(number: int = 1, **fields: str) -> bytes:
    return record(OK, **_fields("response", number) | fields)


def question(number: int = 2, block: bytes = POST, **fields: str) -> bytes:
    return record(block, **_fields("request", number) | fields)


def _fields(kind: str, number: int) -> dict[str, Any]:
    return {"WARC_Type": kind, "WARC_Record_ID": f"<urn:uuid:{number}>", "WARC_Target_URI": URI}


def entries(path: Path, **options: Any) -> list[tuple[str, dict[str, str]]]:
    """Key and fields of each line."""
    lines = [line.split(" ", 2) for line in index_lines(path, **options)]
    return [(key, json.loads(fields)) for key, _, fields in lines]


@pytest.mark.parametrize("name", NAMES)
def test_every_line_tells_where_its_record_lies(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    example(path)
    found = entries(path)
    places = {
        (r.offset, r.length)
        for r in walk(path)
        if not isinstance(r, Fault) and r.type == "response"
    }
    assert {(int(f["offset"]), int(f["length"])) for _, f in found} == places
    assert {f["filename"] for _, f in found} == {name}
    assert len(found) == 3


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param([answer(1), question(2, WARC_Concurrent_To="<urn:uuid:1>")], id="ours"),
        pytest.param([question(2), answer(1, WARC_Concurrent_To="<urn:uuid:2>")], id="wget"),
        pytest.param([question(2, WARC_Concurrent_To="<urn:uuid:1>"), answer(1)], id="before"),
        pytest.param(
            [
                answer(1),
                answer(9, WARC_Target_URI="https://x.test/"),
                record(),
                question(2, WARC_Concurrent_To="<urn:uuid:1>"),
            ],
            id="apart",
        ),
    ],
)
def test_request_and_answer_in_any_order(tmp_path: Path, contents: list[bytes]) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, *contents)
    found = dict(entries(path))
    assert found["test,news)/a?__wb_method=post&q=1"]["method"] == "POST"


def test_a_request_of_nobody_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, answer(1), question(2))
    assert [key for key, _ in entries(path)] == ["test,news)/a"]


def test_answers_wait_for_their_requests_in_bounded_number(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, *(answer(number) for number in range(200)))
    lines = index_lines(path)
    assert '"offset": "0"' in next(lines)
    assert len(list(lines)) == 199


def test_what_a_record_does_not_say_is_found_out(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    path = tmp_path / "x.warc.gz"
    write(path, record(chunked, **_fields("response", 1)), record(b"", **_fields("revisit", 2)))
    (_, response), (_, revisit) = entries(path)
    assert response["digest"] == digest(b"ok")
    assert "digest" not in revisit


def test_uris_as_wget_writes_them_and_with_secrets(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(
        path,
        answer(WARC_Target_URI=f"<{URI}>"),
        answer(2, WARC_Target_URI="http://user:secret@x.test/ü"),
    )
    assert [f["url"] for _, f in entries(path)] == [URI, "http://x.test/%C3%BC"]


def test_damage_is_told_and_the_rest_indexed(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    parts = write(
        path,
        answer(1),
        answer(2),
        answer(3, WARC_Date="today"),
        record(OK, WARC_Type="response", WARC_Record_ID="<urn:uuid:4>"),
        answer(5),
    )
    damaged = bytearray(parts[1])
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(b"".join((parts[0], damaged, *parts[2:])))
    faults: list[Fault] = []
    found = entries(path, on_fault=faults.append)
    assert len(found) == 2
    bad, dateless, nameless = faults
    assert bad.offset == len(parts[0])
    assert "WARC-Date is 'today'" in dateless.reason
    assert "no WARC-Target-URI" in nameless.reason


def test_only_up_to_what_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    parts = write(path, answer(1), answer(2))
    assert len(entries(path, end=len(parts[0]), name="y.warc.gz")) == 1
    assert entries(path, end=len(parts[0]), name="y.warc.gz")[0][1]["filename"] == "y.warc.gz"


def test_a_file_without_answers(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, b"".join(serialised(warcinfo("x", {"software": "x"}))))
    assert entries(path) == []
