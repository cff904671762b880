"""Indexes made by reading WARC files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.cdxj import NO_ANSWER
from crawler.warc.digests import sha1_digest
from crawler.warc.indexing import index_lines, lines_of_records
from crawler.warc.reader import Fault, read_records
from crawler.warc.records import exchange_records, serialize, warcinfo
from tests.warc.bodies import FORM, request
from tests.warc.examples import exchange
from tests.warc.files import NAMES, example, record, write

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nok"
URI = "https://news.test/a"
POST = request("POST", FORM, b"q=1")

ReplayLine = tuple[str, str, dict[str, str]]


def answer(number: int = 1, **fields: str) -> bytes:
    return record(OK, **_fields("response", number) | fields)


def request_record(number: int = 2, block: bytes = POST, **fields: str) -> bytes:
    return record(block, **_fields("request", number) | fields)


def _fields(kind: str, number: int) -> dict[str, Any]:
    return {"WARC_Type": kind, "WARC_Record_ID": f"<urn:uuid:{number}>", "WARC_Target_URI": URI}


def parsed_lines(path: Path, **options: Any) -> list[tuple[str, dict[str, str]]]:
    """Return key and fields of each line."""
    lines = [line.split(" ", 2) for line in index_lines(path, **options)]
    return [(key, json.loads(fields)) for key, _, fields in lines]


@pytest.mark.parametrize(
    "line", [b"HTTP/2 200 ", b"HTTP/3 200", b"http/2.0 200 OK", b":status: 200"]
)
def test_answers_of_later_versions_have_their_status(tmp_path: Path, line: bytes) -> None:
    block = line + b"\r\ncontent-type: text/html\r\n\r\nok"
    post = POST.replace(b"HTTP/1.1", b"HTTP/2")
    path = tmp_path / "x.warc"
    asked = request_record(block=post, WARC_Concurrent_To="<urn:uuid:1>")
    write(path, record(block, **_fields("response", 1)), asked)
    ((key, fields),) = parsed_lines(path)
    assert (fields["status"], fields["mime"]) == ("200", "text/html")
    assert fields["digest"] == sha1_digest(b"ok")
    assert "__wb_method=post" in key


@pytest.mark.parametrize("name", NAMES)
def test_every_line_has_the_place_of_its_record(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    example(path)
    found = parsed_lines(path)
    places = {
        (r.offset, r.length)
        for r in read_records(path)
        if not isinstance(r, Fault) and r.type == "response"
    }
    assert {(int(f["offset"]), int(f["length"])) for _, f in found} == places
    assert {f["filename"] for _, f in found} == {name}
    assert len(found) == 3


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param([answer(1), request_record(2, WARC_Concurrent_To="<urn:uuid:1>")], id="ours"),
        pytest.param([request_record(2), answer(1, WARC_Concurrent_To="<urn:uuid:2>")], id="wget"),
        pytest.param(
            [request_record(2, WARC_Concurrent_To="<urn:uuid:1>"), answer(1)], id="before"
        ),
        pytest.param(
            [
                answer(1),
                answer(9, WARC_Target_URI="https://x.test/"),
                record(),
                request_record(2, WARC_Concurrent_To="<urn:uuid:1>"),
            ],
            id="apart",
        ),
    ],
)
def test_request_and_answer_in_any_order(tmp_path: Path, contents: list[bytes]) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, *contents)
    found = dict(parsed_lines(path))
    assert found["test,news)/a?__wb_method=post&q=1"]["method"] == "POST"


def test_a_request_of_nobody_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, answer(1), request_record(2))
    assert [key for key, _ in parsed_lines(path)] == ["test,news)/a"]


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
    (_, response), (_, revisit) = parsed_lines(path)
    assert response["digest"] == sha1_digest(b"ok")
    assert "digest" not in revisit


def test_uris_as_wget_writes_them_and_with_secrets(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(
        path,
        answer(WARC_Target_URI=f"<{URI}>"),
        answer(2, WARC_Target_URI="http://user:secret@x.test/ü"),
    )
    assert [f["url"] for _, f in parsed_lines(path)] == [URI, "http://x.test/%C3%BC"]


def test_damage_is_a_fault_and_the_rest_is_indexed(tmp_path: Path) -> None:
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
    found = parsed_lines(path, on_fault=faults.append)
    assert len(found) == 3
    bad, nameless = faults
    assert bad.offset == len(parts[0])
    assert "no WARC-Target-URI" in nameless.reason


@pytest.mark.parametrize("date", ["today", "2008-10-294T09:00:00Z"])
def test_what_has_no_date_has_that_of_the_record_before(tmp_path: Path, date: str) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, answer(1, WARC_Date="2024-04-11 08:30:05"), answer(2, WARC_Date=date))
    found = [line.split(" ", 2)[1] for line in index_lines(path)]
    assert found == ["20240411083005"] * 2


def test_a_file_without_any_date_has_faults_for_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, answer(1, WARC_Date="today"), answer(2, WARC_Date="2024-02-30"))
    faults: list[Fault] = []
    assert parsed_lines(path, on_fault=faults.append) == []
    assert ["WARC-Date is" in fault.reason for fault in faults] == [True, True]


def test_only_up_to_what_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    parts = write(path, answer(1), answer(2))
    assert len(parsed_lines(path, end=len(parts[0]), name="y.warc.gz")) == 1
    assert parsed_lines(path, end=len(parts[0]), name="y.warc.gz")[0][1]["filename"] == "y.warc.gz"


def test_a_file_without_answers(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    write(path, b"".join(serialize(warcinfo({"software": "x"}, "x"))))
    assert parsed_lines(path) == []


# Every record, for a replay

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
GET = request("GET", "", b"")


def replay_lines(
    path: Path, *contents: bytes, faults: list[Fault] | None = None
) -> list[ReplayLine]:
    """Return key, date and fields of each line that a replay has of a file with *contents*."""
    write(path, *contents)
    found_faults = [] if faults is None else faults
    made = lines_of_records(read_records(path), path.name, found_faults.append, lambda _: "")
    split = [line.split(" ", 2) for line in made]
    assert faults is not None or not found_faults
    return [(key, timestamp, json.loads(fields)) for key, timestamp, fields in split]


def kinds(found: list[ReplayLine]) -> Counter[str]:
    return Counter(fields.get("status") or fields["mime"] for _, _, fields in found)


def test_every_304_has_a_line(tmp_path: Path) -> None:
    contents = [
        record(NOT_MODIFIED, **_fields("response", 1)),
        record(NOT_MODIFIED, **_fields("revisit", 2)),
    ]
    assert kinds(replay_lines(tmp_path / "x.warc.gz", *contents)) == {"304": 2}
    assert parsed_lines(tmp_path / "x.warc.gz") == []


@pytest.mark.parametrize("block", [GET, POST], ids=["get", "post"])
def test_a_lone_request_of_ours_has_a_line(tmp_path: Path, block: bytes) -> None:
    built = exchange_records(exchange(uri=URI, request=block, response=b""))
    found = replay_lines(tmp_path / "x.warc.gz", *(b"".join(serialize(one)) for one in built))
    ((key, timestamp, fields),) = found
    assert key == ("test,news)/a" if block is GET else "test,news)/a?__wb_method=post&q=1")
    assert (fields["mime"], fields["url"]) == (NO_ANSWER, URI)
    assert timestamp == "20240411083000123456"
    assert parsed_lines(tmp_path / "x.warc.gz") == []


@pytest.mark.parametrize("block", [GET, POST], ids=["get", "post"])
def test_a_request_that_is_known_to_have_failed_has_one_line(tmp_path: Path, block: bytes) -> None:
    method = block.split(b" ")[0].decode()
    lone = exchange(uri=URI, method=method, request=block, response=b"", failure="E: x")
    built = [b"".join(serialize(one)) for one in exchange_records(lone)]
    ((key, _, fields),) = replay_lines(tmp_path / "x.warc", *built)
    assert key == ("test,news)/a" if block is GET else "test,news)/a?__wb_method=post&q=1")
    assert (fields["mime"], fields["offset"]) == (NO_ANSWER, str(len(built[0])))
    assert parsed_lines(tmp_path / "x.warc") == []


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param([answer(1), request_record(2, WARC_Concurrent_To="<urn:uuid:1>")], id="ours"),
        pytest.param([request_record(2), answer(1, WARC_Concurrent_To="<urn:uuid:2>")], id="wget"),
        pytest.param(
            [request_record(2, WARC_Concurrent_To="<urn:uuid:1>"), answer(1)], id="before"
        ),
    ],
)
def test_a_request_that_was_answered_has_no_line_of_its_own(
    tmp_path: Path, contents: list[bytes]
) -> None:
    ((key, _, fields),) = replay_lines(tmp_path / "x.warc.gz", *contents)
    assert key == "test,news)/a?__wb_method=post&q=1"
    assert fields["status"] == "200"


def test_requests_in_wgets_order_are_paired_and_the_unanswered_kept(tmp_path: Path) -> None:
    contents = []
    for number in range(0, 400, 2):
        contents.append(request_record(number, GET))
        if number % 40:
            contents.append(answer(number + 1, WARC_Concurrent_To=f"<urn:uuid:{number}>"))
    found = replay_lines(tmp_path / "x.warc.gz", *contents)
    assert kinds(found) == {"200": 190, NO_ANSWER: 10}
    alone = {fields["offset"] for _, _, fields in found if fields["mime"] == NO_ANSWER}
    places = {
        str(one.offset)
        for one in read_records(tmp_path / "x.warc.gz")
        if not isinstance(one, Fault) and int(one.headers[1][1][10:-1]) % 40 == 0
    }
    assert alone == places


@pytest.mark.parametrize("gap", [0, 10, 60])
def test_counterparts_a_little_apart_are_paired(tmp_path: Path, gap: int) -> None:
    between = [request_record(number, GET) for number in range(100, 100 + gap)]
    contents = [request_record(1), *between, answer(2, WARC_Concurrent_To="<urn:uuid:1>")]
    found = replay_lines(tmp_path / "x.warc.gz", *contents)
    assert kinds(found) == {"200": 1, NO_ANSWER: gap} if gap else {"200": 1}


def test_a_window_of_many_lone_requests_loses_none(tmp_path: Path) -> None:
    contents = [request_record(number, GET) for number in range(300)]
    found = replay_lines(tmp_path / "x.warc.gz", *contents)
    assert kinds(found) == {NO_ANSWER: 300}
    assert len({fields["offset"] for _, _, fields in found}) == 300


def test_a_window_of_many_lone_answers_loses_none(tmp_path: Path) -> None:
    contents = [answer(number) for number in range(300)]
    found = replay_lines(tmp_path / "x.warc.gz", *contents)
    assert kinds(found) == {"200": 300}
    assert len({fields["offset"] for _, _, fields in found}) == 300


def test_answers_and_requests_of_each_other_far_apart_are_two_lines(tmp_path: Path) -> None:
    """Nothing is lost where a file is worse than any tool writes it."""
    contents = [
        *(request_record(number) for number in range(200)),
        *(answer(1000 + n, WARC_Concurrent_To=f"<urn:uuid:{n}>") for n in range(200)),
    ]
    found = replay_lines(tmp_path / "x.warc.gz", *contents)
    answers = [fields for _, _, fields in found if fields["mime"] != NO_ANSWER]
    assert len({fields["offset"] for fields in answers}) == 200


def test_requests_with_the_same_id_are_all_kept(tmp_path: Path) -> None:
    """A hostile or broken file: no record may make another one vanish."""
    contents = [request_record(1, GET), request_record(1, GET), request_record(1, GET)]
    assert kinds(replay_lines(tmp_path / "x.warc.gz", *contents)) == {NO_ANSWER: 3}


def test_requests_without_ids_are_all_kept(tmp_path: Path) -> None:
    one = request_record(1, GET).replace(b"WARC-Record-ID: <urn:uuid:1>\r\n", b"")
    path = tmp_path / "x.warc.gz"
    write(path, one, one, one)
    made = lines_of_records(
        read_records(path, strict=False), path.name, lambda fault: None, lambda _: ""
    )
    assert len(list(made)) == 3


def test_a_request_of_which_nothing_is_known_is_a_fault(tmp_path: Path) -> None:
    faults: list[Fault] = []
    contents = [request_record(1, GET, WARC_Date="today"), request_record(2, GET)]
    found = replay_lines(tmp_path / "x.warc.gz", *contents, faults=faults)
    assert len(found) == 1
    assert "WARC-Date is 'today'" in faults[0].reason


def test_a_request_without_a_date_still_belongs_to_its_answer(tmp_path: Path) -> None:
    faults: list[Fault] = []
    contents = [answer(1), request_record(2, WARC_Date="today", WARC_Concurrent_To="<urn:uuid:1>")]
    ((key, _, _),) = replay_lines(tmp_path / "x.warc.gz", *contents, faults=faults)
    assert key == "test,news)/a?__wb_method=post&q=1"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["request", "response", "revisit", "metadata"]),
            st.integers(0, 9),
            st.none() | st.integers(0, 9),
        ),
        max_size=30,
    )
)
def test_every_answer_has_one_line_whatever_refers_to_what(
    items: list[tuple[str, int, int | None]],
) -> None:
    blocks = {"request": GET, "response": OK, "revisit": NOT_MODIFIED, "metadata": b"x"}
    contents = [
        record(
            blocks[kind],
            **_fields(kind, number)
            | ({} if to is None else {"WARC_Concurrent_To": f"<urn:uuid:{to}>"}),
        )
        for kind, number, to in items
    ]
    with TemporaryDirectory() as folder:
        found = replay_lines(Path(folder) / "x.warc", *contents)
    answers = Counter(kind for kind, _, _ in items)
    known = kinds(found)
    assert (known["200"], known["304"]) == (answers["response"], answers["revisit"])
    assert known[NO_ANSWER] <= answers["request"]
    assert len({fields["offset"] for _, _, fields in found}) == len(found)
