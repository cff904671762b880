"""References to records of foreign archives: always the same, and always fit for a head."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.foreign import foreign_record_at, pair_with_requests, record_ref
from crawler.warc.reader import Fault, Record, records
from crawler.warc.records import conversion
from tests.warc import files

OWN = "<urn:uuid:12345678-0000-4000-8000-000000000000>"


def record(**fields: str) -> Record:
    own = {
        "WARC_Record_ID": OWN,
        "WARC_Date": "2024-04-11T08:30:00Z",
        "WARC_Target_URI": "https://news.test/",
    }
    headers = [(name.replace("_", "-"), value) for name, value in (own | fields).items()]
    return Record(type="response", headers=headers, block=b"", offset=7, length=9)


def test_a_record_with_an_id_keeps_it() -> None:
    ref = record_ref(record(), "/data/x.warc.gz")
    assert (ref.record_id, ref.uri, ref.date) == (OWN, "https://news.test/", "2024-04-11T08:30:00Z")
    assert (ref.file, ref.offset, ref.length) == ("/data/x.warc.gz", 7, 9)


def test_angle_brackets_are_taken_off() -> None:
    assert record(WARC_Target_URI="<https://news.test/>").target_uri == "https://news.test/"


@given(st.text(max_size=40))
def test_whatever_the_id_it_can_be_written(record_id: str) -> None:
    ref = record_ref(record(WARC_Record_ID=record_id), "x")
    assert ref == record_ref(record(WARC_Record_ID=record_id), "x")
    assert re.fullmatch(r"<[!-~]+>", ref.record_id)
    conversion(ref, b"text", refers_to=ref)


def test_an_id_that_is_made_up_differs_by_place() -> None:
    nameless = record(WARC_Record_ID="")
    ids = {
        record_ref(nameless, "a").record_id,
        record_ref(nameless, "b").record_id,
        record_ref(record(WARC_Record_ID="", WARC_Target_URI="https://x.test/"), "a").record_id,
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"WARC_Date": ""},
        {"WARC_Date": "2024-04-31T08:30:00Z"},
        {"WARC_Date": "2024-04-11T08:30:00Z\n"},
        {"WARC_Date": "٢٠٢٤-04-11T08:30:00Z"},
        {"WARC_Target_URI": "https://news.test/" + "x" * 9000},
    ],
)
def test_what_cannot_be_referred_to(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="WARC-"):
        record_ref(record(**fields), "x")


@pytest.mark.parametrize("name", files.NAMES)
@pytest.mark.parametrize("record_id", [OWN, "", "no id"])
def test_the_record_is_found_again(tmp_path: Path, name: str, record_id: str) -> None:
    path = tmp_path / name
    uris = ("https://news.test/1", "https://news.test/2")
    members = [files.record(WARC_Record_ID=record_id or "-", WARC_Target_URI=uri) for uri in uris]
    files.write(path, *members)
    for found, uri in zip(list(records(path)), uris, strict=True):
        ref = record_ref(found, str(path))
        assert foreign_record_at(path, ref).header("WARC-Target-URI") == uri
        ref.uri = "https://other.test/"
        with pytest.raises(LookupError, match="no record"):
            foreign_record_at(path, ref)


def named(kind: str, name: str, *concurrent: str) -> Record:
    headers = [("WARC-Record-ID", name), *(("WARC-Concurrent-To", other) for other in concurrent)]
    return Record(type=kind, headers=headers, block=b"", offset=0, length=1)


def test_an_answer_and_the_request_beside_it() -> None:
    items: list[Record | Fault] = [
        named("warcinfo", "<0>"),
        first := named("request", "<1>"),
        named("response", "<2>", "<1>"),
        named("response", "<3>"),
        second := named("request", "<4>", "<9>", "<3>"),
        Fault(offset=0, length=1, reason="x"),
        named("response", "<5>", "<4>"),
        named("metadata", "<6>", "<5>"),
    ]
    paired = list(pair_with_requests(items))
    assert [item for item, _ in paired] == items
    assert [request for _, request in paired] == [None, None, first, second, *[None] * 4]


def test_nothing_has_no_request() -> None:
    assert list(pair_with_requests([])) == []
