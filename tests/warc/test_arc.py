"""ARC files, the format before WARC, read as if they were WARC."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.warc.arc import parse_line
from crawler.warc.head import NotARecordError
from crawler.warc.reader import read_records, record_at
from tests.warc.files import lenient

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a</p>\n"
DNS = b"20240411083000\nnews.test. 600 IN A 198.51.100.7\n"
VERSION_1 = b"1 0 Crawler\nURL IP-address Archive-date Content-type Archive-length\n"
VERSION_2 = (
    b"2 0 Crawler\nURL IP-address Archive-date Content-type Result-code Checksum Location Offset"
    b" Filename Archive-length\n"
)


def arc(line: str, block: bytes) -> bytes:
    """Return a record: its line without the length, and its block."""
    return f"{line} {len(block)}\n".encode() + block + b"\n"


FILES = {
    "1": [
        arc("filedesc://a.arc.gz 0.0.0.0 20240411083000 text/plain", VERSION_1),
        arc("dns:news.test 198.51.100.1 20240411083000 text/dns", DNS),
        arc("http://news.test/a 198.51.100.7 20240411083001 text/html", HTTP),
        arc("https://news.test/b c 2001:db8::7 20240411083002 no-type", HTTP),
    ],
    "2": [
        arc("filedesc://a.arc 0.0.0.0 20240411083000 text/plain 200 - - 0 a.arc", VERSION_2),
        arc("dns:news.test 198.51.100.1 20240411083000 text/dns 200 - - 0 a.arc", DNS),
        arc("http://news.test/a 198.51.100.7 20240411083001 text/html 200 ab12 - 9 a.arc", HTTP),
        arc("https://news.test/b c 2001:db8::7 20240411083002 no-type 200 - - 9 a.arc", HTTP),
    ],
}


@pytest.fixture(params=["x.arc", "x.arc.gz", "whole.arc.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def write(path: Path, parts: list[bytes]) -> None:
    if path.name.startswith("whole"):
        path.write_bytes(gzip.compress(b"".join(parts)))
    else:
        path.write_bytes(b"".join(map(gzip.compress if path.suffix == ".gz" else bytes, parts)))


@pytest.mark.parametrize("version", FILES)
def test_records_of_an_arc(path: Path, version: str) -> None:
    write(path, FILES[version])
    found, faults = lenient(path)
    assert faults == []
    assert [item.type for item in found] == ["warcinfo", "resource", "response", "response"]
    assert [item.block for item in found[1:]] == [DNS, HTTP, HTTP]
    assert found[2].headers == [
        ("WARC-Type", "response"),
        ("WARC-Target-URI", "http://news.test/a"),
        ("WARC-Date", "2024-04-11T08:30:01Z"),
        ("WARC-IP-Address", "198.51.100.7"),
        ("Content-Type", "application/http; msgtype=response"),
        ("Content-Length", str(len(HTTP))),
    ]
    assert found[0].header("WARC-IP-Address") is None
    assert found[1].header("Content-Type") == "text/dns"
    assert found[3].header("WARC-Target-URI") == "https://news.test/b c"
    assert found[3].header("WARC-IP-Address") == "2001:db8::7"


def test_a_record_is_found_by_what_it_has_for_an_id(path: Path) -> None:
    write(path, FILES["1"])
    found, _ = lenient(path)
    for item in found:
        ref = RecordRef(
            record_id="",
            uri=item.header("WARC-Target-URI") or "",
            date=item.header("WARC-Date") or "",
            offset=item.offset,
            length=item.length,
        )
        assert record_at(path, ref, strict=False) == item


@pytest.mark.parametrize("length", ["-1", "3", "70", "99999", "x", ""])
def test_a_wrong_length_costs_its_record(path: Path, length: str) -> None:
    parts = list(FILES["1"])
    wrong = b"http://news.test/x 198.51.100.7 20240411083001 text/html "
    parts.insert(2, wrong + length.encode() + b"\n" + HTTP + b"\n")
    write(path, parts)
    found, faults = lenient(path)
    assert len(found) == 4
    assert len(faults) == 1


def test_resync_finds_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.arc"
    write(path, FILES["1"])
    whole = list(read_records(path, strict=False))
    for start in range(path.stat().st_size):
        first = next(read_records(path, start=start, strict=False, resync=True), None)
        assert first == next((item for item in whole if item.offset >= start), None)


def test_an_arc_is_no_warc(path: Path) -> None:
    write(path, FILES["1"])
    with pytest.raises(StopIteration):
        next(item for item in read_records(path) if hasattr(item, "headers"))


@pytest.mark.parametrize(
    "line",
    [
        "http://news.test/ 198.51.100.7 20240411083001 text/html",
        "http://news.test/ 198.51.100.7 yesterday text/html 5",
        "http://news.test/ host 20240411083001 text/html 5",
        "/news 198.51.100.7 20240411083001 text/html 5",
        "http://news.test/\x1b[2J 198.51.100.7 20240411083001 text/html 5",
        "http://news.test/ 198.51.100.7 20240411083001 text/html ٣",
        "",
    ],
)
def test_a_line_that_is_none(line: str) -> None:
    with pytest.raises(NotARecordError):
        parse_line(line.encode())


@pytest.mark.parametrize("date", ["20240411", "202404110830", "20240431083000"])
def test_a_date_that_is_not_exact_stays_as_it_is(date: str) -> None:
    fields, length = parse_line(f"http://news.test/ 198.51.100.7 {date} text/html 5\n".encode())
    assert dict(fields)["WARC-Date"] == date
    assert length == 5


@given(st.binary(max_size=200), st.sampled_from([b"", b" 1.2.3.4 20240411083001 text/html 5"]))
def test_any_bytes_are_fields_without_controls_or_an_error(begin: bytes, end: bytes) -> None:
    try:
        fields, _ = parse_line(begin + end)
    except NotARecordError:
        return
    assert all(value.isprintable() for name, value in fields if name != "WARC-Target-URI")
    assert "\n" not in dict(fields)["WARC-Target-URI"]
