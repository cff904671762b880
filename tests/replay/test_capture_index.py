"""The index that a replay is answered from."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from crawler.replay.capture_index import highest_ordinal, open_index, ordinal
from crawler.warc.cdxj import NO_ANSWER
from crawler.warc.indexing import index_lines
from crawler.warc.lookup import IndexLine, IndexLookup
from crawler.warc.records import exchange_records, serialize
from crawler.warc.surt import surt
from tests.replay.captured import HEAD, URL, answer, exchange, index_of, warc
from tests.warc import examples, files
from tests.warc.bodies import FORM

KEY = surt(URL)
DIGITS = "20240411080000000000"


def lines_of(index: IndexLookup) -> list[IndexLine]:
    """Return the lines of captures."""
    found = index.lines_around("", 10_000)
    return [line for line in found if not line.key.startswith("!")]


def facts(**changes: Any) -> bytes:
    """Return the content of an article's metadata record."""
    own = {
        "verdict": "new",
        "key": "0123456789abcdef",
        "source": "news",
        "guid": "https://news.test/1",
        "date": "2024-04-11T08:00:00",
        "modified": None,
        "url": "https://news.test/1",
        "ordinal": 7,
        "text_digest": "sha256:" + "0" * 64,
        "file": "007_0123456789abcdef.txt",
        "origin": None,
    }
    return json.dumps(own | changes).encode()


def metadata(block: bytes, **fields: Any) -> bytes:
    return files.record(block, Content_Type="application/json", WARC_Target_URI=URL, **fields)


# From archives


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz"])
def test_every_exchange_has_a_line_with_its_place(tmp_path: Path, name: str) -> None:
    contents = [*exchange(HEAD + b"\r\n"), *exchange(HEAD + b"\r\nx", 1.000001)]
    path = warc(tmp_path / name, *contents)
    found = list(index_of(path).lines(KEY))
    assert [line.timestamp for line in found] == [DIGITS, "20240411080001000001"]
    assert {line.fields["filename"] for line in found} == {str(path.resolve())}
    assert found[0].fields["offset"] == "0"


def test_members_of_a_wacz_are_found_in_place(tmp_path: Path) -> None:
    plain = b"".join(exchange(HEAD + b"\r\n"))
    wacz = tmp_path / "x.wacz"
    with ZipFile(wacz, "w", ZIP_STORED) as file:
        file.writestr("indexes/index.cdxj", "com,evil)/ 20240411000000 {}\n")
        file.writestr("archive/../../../etc/x.warc", plain)
    (line,) = index_of(wacz).lines(KEY)
    assert line.fields["filename"] == str(wacz.resolve())
    assert wacz.read_bytes()[int(line.fields["offset"]) :].startswith(b"WARC/1.1")


def test_what_is_damaged_is_named_and_the_rest_indexed(tmp_path: Path) -> None:
    path = warc(tmp_path / "x.warc", answer(), b"no record at all\r\n", answer(second=1))
    faults: list[str] = []
    assert len(list(index_of(path, faults=faults).lines(KEY))) == 2
    (fault,) = faults
    assert fault.startswith(f"{path.resolve()}: byte ")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + b"\0" * 18, b"\0" * 999, b"<html>"])
def test_what_is_no_archive_is_named(tmp_path: Path, content: bytes) -> None:
    good, bad = warc(tmp_path / "a.warc", answer()), tmp_path / "b.warc"
    bad.write_bytes(content)
    faults: list[str] = []
    assert len(list(index_of(bad, good, faults=faults).lines(KEY))) == 1
    assert len(faults) == bool(content)
    assert all(str(bad) in fault for fault in faults)


def test_no_source_at_all(tmp_path: Path) -> None:
    with open_index([], tmp_path / "i" / "replay.cdxj", print) as index:
        assert lines_of(index) == []
        assert highest_ordinal(index) == -1


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_index([tmp_path / "none.warc"], tmp_path / "replay.cdxj", print)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_what_could_not_be_sent_has_a_line(tmp_path: Path, method: str) -> None:
    failed = examples.exchange(
        uri=URL, method=method, request=b"", response=b"", failure="E: no such host"
    )
    built = b"".join(b"".join(serialize(one)) for one in exchange_records(failed))
    (line,) = lines_of(index_of(warc(tmp_path / "x.warc", built)))
    assert line.fields["mime"] == NO_ANSWER
    assert line.key == (KEY if method == "GET" else f"{KEY}?__wb_method={method.lower()}")
    assert line.timestamp == "20240411083000123456"


def test_a_failure_without_uri_or_date_is_a_fault(tmp_path: Path) -> None:
    block = json.dumps({"method": "GET", "failure": "E: x"}).encode()
    contents = [files.record(block, WARC_Date="today"), metadata(block, WARC_Date="today")]
    faults: list[str] = []
    index = index_of(warc(tmp_path / "x.warc", *contents), faults=faults)
    assert lines_of(index) == []
    assert any("WARC-Date is 'today'" in fault for fault in faults)
    assert any("no WARC-Target-URI" in fault for fault in faults)


def test_a_failure_without_a_date_has_that_of_the_record_beside_it(tmp_path: Path) -> None:
    block = json.dumps({"method": "GET", "failure": "E: x"}).encode()
    contents = [metadata(block, WARC_Date="today"), answer()]
    first, second = lines_of(index_of(warc(tmp_path / "x.warc", *contents)))
    assert first.timestamp == second.timestamp


@pytest.mark.parametrize("method", ["", "GET /\r\nX: y", "ü", " ", "G" * 999, "\x00", "POST"])
def test_failures_with_odd_methods(tmp_path: Path, method: str) -> None:
    block = json.dumps({"method": method, "failure": "E: x"}).encode()
    index = index_of(warc(tmp_path / "x.warc", metadata(block), answer()), faults=[])
    assert {line.key.partition("?")[0] for line in lines_of(index)} == {KEY}


# Articles


def test_articles_get_their_ordinals_again(tmp_path: Path) -> None:
    contents = [
        metadata(facts()),
        metadata(facts(source="other", ordinal=12)),
        metadata(facts(key="f" * 16, ordinal=3)),
    ]
    index = index_of(warc(tmp_path / "x.warc.gz", *contents))
    assert ordinal(index, "0123456789abcdef", "news") == 7
    assert ordinal(index, "0123456789abcdef", "other") == 12
    assert ordinal(index, "f" * 16, "news") == 3
    assert ordinal(index, "f" * 16, "other") is None
    assert ordinal(index, "0" * 16, "news") is None
    assert highest_ordinal(index) == 12


def test_the_highest_of_all_files(tmp_path: Path) -> None:
    paths = [
        warc(tmp_path / f"{number}.warc", metadata(facts(key=f"{number:016x}", ordinal=number)))
        for number in (4, 31, 5)
    ]
    assert highest_ordinal(index_of(*paths)) == 31


@pytest.mark.parametrize(
    "changes",
    [
        {"ordinal": -1},
        {"ordinal": "7"},
        {"ordinal": 10**12},
        {"ordinal": True},
        {"ordinal": None},
        {"ordinal": [7]},
        {"key": "../../etc/passwd"},
        {"key": "0123456789abcdef 0"},
        {"source": 7},
        {"source": "\ud800"},
        {"verdict": "touched", "modified": "x", "ordinal": "7"},
        {"verdict": "touched", "modified": "x", "ordinal": [[]]},
        {"verdict": "touched", "modified": "x", "ordinal": 10**30},
        {"verdict": "identified", "held": {"key": "a", "source": "b"}, "ordinal": None},
        {"verdict": ["new"]},
    ],
    ids=str,
)
def test_invalid_metadata_has_no_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = warc(tmp_path / "x.warc", metadata(facts(**changes)), metadata(facts(key="a" * 16)))
    index = index_of(path, faults=[])
    assert highest_ordinal(index) == 7
    assert ordinal(index, "a" * 16, "news") == 7
    assert ordinal(index, "0123456789abcdef", "news") is None


@pytest.mark.parametrize(
    "uri",
    [
        *("!article:0123456789abcdef", "!highest-ordinal", "!made-from", "!"),
        *("http://!highest-ordinal/", "x:!highest-ordinal", "http:!made-from", "//!made-from"),
    ],
)
def test_no_url_of_a_capture_is_taken_for_a_line_of_ours(tmp_path: Path, uri: str) -> None:
    index = index_of(warc(tmp_path / "x.warc", answer(url=uri), metadata(facts())))
    assert highest_ordinal(index) == 7
    assert ordinal(index, "0123456789abcdef", "news") == 7
    assert len(list(index.lines("!made-from"))) == 1


# The cache


def test_an_index_is_used_again(tmp_path: Path) -> None:
    source, cache = warc(tmp_path / "x.warc", answer()), tmp_path / "c" / "replay.cdxj"
    open_index([source], cache, print).close()
    before = cache.stat()
    with open_index([source], cache, print) as index:
        assert len(list(index.lines(KEY))) == 1
    after = cache.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def grown(source: Path) -> None:
    with source.open("ab") as file:
        file.write(answer(second=1))


def rewritten(source: Path) -> None:
    source.write_bytes(source.read_bytes().replace(b"<p>one", b"<p>two"))
    os.utime(source, ns=(1, 1))


def replaced(source: Path) -> None:
    warc(source, answer(HEAD + b"\r\n", url=URL + "/b"))


@pytest.mark.parametrize("change", [grown, rewritten, replaced])
def test_an_index_is_made_anew_when_a_file_changes(tmp_path: Path, change: Any) -> None:
    source = warc(tmp_path / "x.warc", answer(HEAD + b"\r\n<p>one"))
    cache = tmp_path / "c" / "replay.cdxj"
    open_index([source], cache, print).close()
    change(source)
    with open_index([source], cache, print) as index:
        assert lines_of(index) == lines_of(index_of(source))


def test_an_index_is_made_anew_for_other_files(tmp_path: Path) -> None:
    one, two = (warc(tmp_path / f"{name}.warc", answer()) for name in "ab")
    cache = tmp_path / "c" / "replay.cdxj"
    for sources, expected in (([one], 1), ([one, two], 2), ([two], 1), ([two, one], 2)):
        with open_index(sources, cache, print) as index:
            assert len(list(index.lines(KEY))) == expected


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\n", b"!made-from", b"!made-from 0 {", b"!made-from 0 {}\n", b"\xff" * 999),
        b'!made-from 0 {"sha256": "0"}\n' * 2,
    ],
)
def test_a_damaged_index_is_made_anew(tmp_path: Path, content: bytes) -> None:
    source, cache = warc(tmp_path / "x.warc", answer()), tmp_path / "replay.cdxj"
    cache.write_bytes(content)
    with open_index([source], cache, print) as index:
        assert len(list(index.lines(KEY))) == 1


def test_nothing_is_left_beside_the_index(tmp_path: Path) -> None:
    source, cache = warc(tmp_path / "x.warc", answer()), tmp_path / "c" / "replay.cdxj"
    open_index([source], cache, print).close()
    assert [path.name for path in cache.parent.iterdir()] == ["replay.cdxj"]


# From CDXJ files


def cdxj(path: Path, *lines: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def index_line(when: str = "20240411080000", **changes: Any) -> bytes:
    """Return a line about the file ``x.warc``; a change to None leaves a field out."""
    own = {"url": URL, "status": "200", "offset": "0", "length": "99", "filename": "x.warc"}
    fields = {name: value for name, value in (own | changes).items() if value is not None}
    return f"key {when} {json.dumps(fields)}\n".encode()


def test_the_index_of_a_warc_serves_as_the_warc_itself(tmp_path: Path) -> None:
    contents = [
        *exchange(HEAD + b"\r\n"),
        *exchange(HEAD + b"\r\n", requested=("POST", FORM, b"q=1")),
    ]
    path = warc(tmp_path / "x.warc.gz", *contents)
    index = cdxj(tmp_path / "x.cdxj", *(line.encode() for line in index_lines(path)))
    ours, theirs = lines_of(index_of(path)), lines_of(index_of(index))
    assert [line.key for line in theirs] == [line.key for line in ours]
    assert [line.fields["offset"] for line in theirs] == [line.fields["offset"] for line in ours]
    assert {line.fields["filename"] for line in theirs} == {str(path.resolve())}


@pytest.mark.parametrize(
    ("index", "archive"),
    [
        *(("x.cdxj", "x.warc"), ("index/x.cdxj", "warc/x.warc")),
        *(("indexes/x.cdxj", "archive/x.warc"), ("cdx/x.cdxj", "archives/x.warc")),
    ],
)
def test_files_are_found_beside_their_index(tmp_path: Path, index: str, archive: str) -> None:
    path = warc(tmp_path / archive, answer())
    (line,) = index_of(cdxj(tmp_path / index, index_line())).lines(KEY)
    assert line.fields["filename"] == str(path.resolve())
    assert line.timestamp == "20240411080000"


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "../../../../../../../../etc/passwd", "..", ".", "", "/", "secret.warc/"),
        *("../secret.warc", "..\\secret.warc", "sub/../../secret.warc", "/tmp/secret.warc"),
        *("secret.warc\x00", "\x00", "x" * 300, "a/" * 3000, "\ud800", "~/secret.warc", "~root"),
        *("file:///etc/passwd", "http://evil.test/y.warc", "|id", "\x1b[2J", "\u202e.warc"),
    ],
    ids=lambda name: repr(name)[:30],
)
def test_a_file_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    """Only what is beside the index is read, whatever path the line names."""
    warc(tmp_path / "secret.warc", answer())
    warc(tmp_path / "a" / "b" / "x.warc", answer())
    index = cdxj(tmp_path / "a" / "b" / "x.cdxj", index_line(filename=name), index_line())
    faults: list[str] = []
    found = lines_of(index_of(index, faults=faults))
    assert [Path(line.fields["filename"]).name for line in found] == ["x.warc"]
    (fault,) = faults
    assert str(index) in fault
    assert fault.isprintable()


def test_the_last_part_of_a_name_is_enough(tmp_path: Path) -> None:
    path = warc(tmp_path / "x.warc", answer())
    names = ("x.warc", "/data/2019/x.warc", "C:\\crawls\\x.warc", "s3://b/x.warc", "./x.warc")
    lines = (index_line(str(2010 + number), filename=name) for number, name in enumerate(names))
    found = lines_of(index_of(cdxj(tmp_path / "x.cdxj", *lines)))
    assert [line.fields["filename"] for line in found] == [str(path.resolve())] * len(names)


def test_unsorted_lines_are_sorted_by_keys_of_ours(tmp_path: Path) -> None:
    warc(tmp_path / "x.warc", answer())
    urls = ["http://z.test/", "http://a.test/", "http://a.test/?b=2&a=1", "http://www.a.test/A"]
    lines = [index_line(str(2020 - n), url=url) for n, url in enumerate(urls)]
    found = lines_of(index_of(cdxj(tmp_path / "x.cdxj", *lines, lines[0])))
    assert [line.key for line in found] == sorted(surt(url) for url in urls)


@pytest.mark.parametrize(
    "bad",
    [
        *(b"\n", b"x\n", b"x 2024\n", b"x 2024 \n", b"x 2024 {\n", b"x 2024 []\n", b"\xff\xfe\n"),
        *(b"x 2024 " + b"[" * 99_999 + b"\n", b"com,x)/ 20240411 text/html 200 AAAA - - 9 9 f\n"),
        *(
            index_line(url=None),
            index_line(filename=None),
            index_line(offset=None),
            index_line(length=None),
        ),
        *(
            index_line(offset="a"),
            index_line(length=""),
            index_line(offset="9" * 5000),
            index_line(offset="1.5"),
        ),
        *(
            index_line(offset="-1"),
            index_line(length="-1"),
            index_line(length="0"),
            index_line(offset=None, length=[]),
        ),
        *(index_line(""), index_line("x"), index_line("2024041")),
        *(index_line("２０２４"), index_line("-20240411080000")),
    ],
    ids=lambda line: repr(line)[:60],
)
def test_lines_that_are_none_are_named(tmp_path: Path, bad: bytes) -> None:
    warc(tmp_path / "x.warc", answer())
    path = cdxj(tmp_path / "x.cdxj", index_line(), bad, index_line("20250101000000"))
    faults: list[str] = []
    found = lines_of(index_of(path, faults=faults))
    assert [line.timestamp for line in found] == ["20240411080000", "20250101000000"]
    (fault,) = faults
    assert fault.startswith(f"{path}: line 2: ")
    assert len(fault) < 600


def test_headers_of_an_index_are_no_faults(tmp_path: Path) -> None:
    warc(tmp_path / "x.warc", answer())
    lines = (b'!meta 0 {"format": "cdxj"}\n', b" CDX N b a m s k r M S V g\n", index_line())
    assert len(lines_of(index_of(cdxj(tmp_path / "x.cdxj", *lines)))) == 1


def test_a_missing_file_is_named_once(tmp_path: Path) -> None:
    lines = [index_line(str(2000 + n), filename="none.warc") for n in range(20)]
    faults: list[str] = []
    assert lines_of(index_of(cdxj(tmp_path / "x.cdxj", *lines), faults=faults)) == []
    assert len(faults) == 1


def test_odd_fields_stay_text_and_numbers_may_be_numbers(tmp_path: Path) -> None:
    warc(tmp_path / "x.warc", answer())
    line = index_line(offset=0, length=99, status=200, extra={"a": [1]}, more="\n\x1b[2J")
    (found,) = lines_of(index_of(cdxj(tmp_path / "x.cdxj", line)))
    assert (found.fields["status"], found.fields["offset"]) == ("200", "0")


def test_urls_have_the_form_of_ours(tmp_path: Path) -> None:
    """Other tools keep what wget writes, credentials, and letters beyond ASCII."""
    warc(tmp_path / "x.warc", answer())
    urls = [f"<{URL}>", "http://me:pass@news.test/ü"]
    lines = (index_line(str(2000 + n), url=url) for n, url in enumerate(urls))
    found = lines_of(index_of(cdxj(tmp_path / "x.cdxj", *lines)))
    assert {line.fields["url"] for line in found} == {URL, "http://news.test/%C3%BC"}


@pytest.mark.parametrize(
    "url", ["", "http://[/", "\n\n", "\x00", "\ud800", "!made-from", "x" * 9999]
)
def test_any_url_has_a_place(tmp_path: Path, url: str) -> None:
    warc(tmp_path / "x.warc", answer())
    index = index_of(cdxj(tmp_path / "x.cdxj", index_line(url=url), index_line()), faults=[])
    assert len(list(index.lines(KEY))) == 1
    assert len(list(index.lines("!made-from"))) == 1


def test_an_index_of_archives_and_of_indexes(tmp_path: Path) -> None:
    one = warc(tmp_path / "x.warc", answer())
    two = warc(tmp_path / "b" / "y.warc", answer(second=5))
    index = cdxj(tmp_path / "x.cdxj", index_line("20200101000000"))
    found = lines_of(index_of(index, two, one))
    assert [line.timestamp[:14] for line in found] == [
        "20200101000000",
        "20240411080000",
        "20240411080005",
    ]


def test_a_moved_archive_is_found_at_its_new_place(tmp_path: Path) -> None:
    warc(tmp_path / "a" / "x.warc", answer())
    cache = tmp_path / "replay.cdxj"
    open_index([tmp_path / "a" / "x.warc"], cache, print).close()
    shutil.move(tmp_path / "a", tmp_path / "b")
    with open_index([tmp_path / "b" / "x.warc"], cache, print) as index:
        (line,) = index.lines(KEY)
    assert line.fields["filename"] == str((tmp_path / "b" / "x.warc").resolve())
