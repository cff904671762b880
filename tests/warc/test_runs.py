"""Which runs an archive holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.lookup import IndexLine
from crawler.warc.records import exchange_records, serialize, warcinfo
from crawler.warc.runs import Run, find_runs, new_run
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange
from tests.warc.files import record, write

FIELDS = {
    "isPartOf": "urn:uuid:1",
    "newsreel-spider": '"wordpress"',
    "newsreel-source": '"news"',
    "newsreel-arguments": '{"site": "https://news.test/"}',
}


def info(started: str = "2024-04-11T08:30:00Z", **changes: Any) -> bytes:
    """Return a warcinfo of a run, with *changes* (``newsreel_spider`` for newsreel-spider)."""
    fields: dict[str, Any] = FIELDS | {
        name.replace("_", "-"): value for name, value in changes.items()
    }
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return _info("".join(lines).encode(), started)


def _info(block: bytes, started: str = "2024-04-11T08:30:00Z") -> bytes:
    return record(block, WARC_Type="warcinfo", WARC_Date=started)


def archive(path: Path, *contents: bytes) -> Path:
    write(path, *contents)
    return path


def line(path: Path, offset: int) -> IndexLine:
    return IndexLine("k", "0" * 20, {"filename": str(path), "offset": str(offset)})


def test_a_run_that_was_written_is_found_again(tmp_path: Path) -> None:
    arguments = {"site": "https://news.test/", "search": "Größe: 1, 2\r\n\u2028\x1b[0m"}
    fields = new_run("wordpress", "Süddeutsche\n", arguments)
    writer = WarcWriter(tmp_path, "news", software="x", fields=fields)
    for _ in range(2):
        writer.write(exchange_records(exchange()))
        writer.close()
    paths = sorted(tmp_path.iterdir())
    (run,) = find_runs(paths)
    assert (run.spider, run.source) == ("wordpress", "Süddeutsche\n")
    assert run.arguments == arguments
    assert [part.path for part in run.parts] == paths
    assert run.id == fields["isPartOf"]


def test_every_run_has_an_id_of_its_own() -> None:
    assert new_run("a", "b", {})["isPartOf"] != new_run("a", "b", {})["isPartOf"]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "app_password", "PASS", "passphrase", "secret", "client-secret"),
        *("token", "access_token", "api_key", "apikey", "credentials", "auth", "authorization"),
        "cookie",
    ],
)
def test_secrets_among_the_arguments_are_taken_out(name: str) -> None:
    arguments = json.loads(new_run("x", "y", {name: "5f3e-hidden"})["newsreel-arguments"])
    assert arguments == {name: "[redacted]"}


@pytest.mark.parametrize(
    "value",
    [
        "https://me:5f3e-hidden@news.test/",
        "https://5f3e-hidden@news.test/",
        "https://a.test/, https://me:5f3e-hidden@news.test/",
        " https://me:5f3e-hidden@news.test/",
        "me:5f3e-hidden@news.test",
    ],
)
def test_secrets_in_urls_are_taken_out(value: str) -> None:
    assert "5f3e-hidden" not in str(new_run("x", "y", {"site": value}))


def test_what_is_no_secret_stays(tmp_path: Path) -> None:
    arguments = {"site": "https://news.test/?page=1", "search": "a@b", "after": "2024-01-01"}
    assert json.loads(new_run("x", "y", arguments)["newsreel-arguments"]) == arguments


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.text(max_size=9))
def test_any_text_fits_into_a_field(arguments: dict[str, str], source: str) -> None:
    fields = new_run("x", source, arguments)
    record = b"".join(serialize(warcinfo(fields, "x.warc")))
    assert all(value.isascii() and value.isprintable() for value in fields.values())
    assert record.count(b"newsreel-source: ") >= 1


# Files in any order


def test_files_of_a_run_stand_together_in_any_order(tmp_path: Path) -> None:
    dates = {
        "b": "2024-04-11T08:00:00Z",
        "a": "2024-04-11T09:00:00Z",
        "c": "2024-04-11T07:30:00Z",
    }
    paths = {
        name: archive(tmp_path / f"{name}.warc.gz", info(date, isPartOf="urn:uuid:1"))
        for name, date in dates.items()
    }
    other = archive(tmp_path / "0.warc.gz", info("2024-04-11T08:30:00Z", isPartOf="urn:uuid:2"))
    for order in (sorted(paths.values()), sorted(paths.values(), reverse=True)):
        one, two = find_runs([order[0], other, *order[1:]])
        assert (one.id, one.started) == ("urn:uuid:1", "2024-04-11T07:30:00Z")
        assert [part.path for part in one.parts] == [paths[name] for name in "cba"]
        assert two.id == "urn:uuid:2"


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.warc.gz", info())
    (run,) = find_runs([path, path])
    assert len(run.parts) == 1


def test_runs_of_the_same_second_keep_an_order(tmp_path: Path) -> None:
    paths = [
        archive(tmp_path / f"{name}.warc.gz", info(isPartOf=f"urn:uuid:{name}")) for name in "ab"
    ]
    assert {run.id for run in find_runs(paths)} == {run.id for run in find_runs(paths[::-1])}
    assert len(find_runs(paths)) == 2


def test_dates_of_different_precision_are_compared_as_times(tmp_path: Path) -> None:
    """As text, 08:30:00.5Z comes before 08:30:00Z."""
    early = archive(tmp_path / "a.warc.gz", info("2024-04-11T08:30:00Z"))
    late = archive(
        tmp_path / "b.warc.gz", info("2024-04-11T08:30:00.500000Z", isPartOf="urn:uuid:2")
    )
    assert [run.id for run in find_runs([late, early])] == ["urn:uuid:1", "urn:uuid:2"]


def test_members_of_a_wacz_are_kept_apart(tmp_path: Path) -> None:
    wacz = tmp_path / "x.wacz"
    with ZipFile(wacz, "w", ZIP_STORED) as file:
        file.writestr("datapackage.json", "{}")
        file.writestr("archive/a.warc", info() + record())
        file.writestr("archive/b.warc", info(isPartOf="urn:uuid:2") + record())
    one, two = find_runs([wacz])
    (first,), (second,) = one.parts, two.parts
    assert first.path == second.path == wacz.resolve()
    for run, part, other in ((one, first, second), (two, second, first)):
        for offset in (part.start, part.end - 1):
            assert run.position_of(line(wacz, offset)) == (0, offset)
        assert run.position_of(line(wacz, part.end)) is None
        assert run.position_of(line(wacz, other.start)) is None
        assert run.position_of(line(tmp_path / "y.wacz", part.start)) is None


def test_records_of_later_files_stand_behind(tmp_path: Path) -> None:
    late = archive(tmp_path / "a.warc.gz", info("2024-04-11T09:00:00Z"))
    early = archive(tmp_path / "b.warc.gz", info("2024-04-11T08:00:00Z"))
    (run,) = find_runs([late, early])
    assert run.position_of(line(early, 100)) == (0, 100)
    assert run.position_of(line(late, 7)) == (1, 7)


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.warc.gz", info())
    link = tmp_path / "y.warc.gz"
    link.symlink_to(path)
    (run,) = find_runs([link])
    assert run.position_of(line(path, 0)) == (0, 0)


# Hostile and foreign files


@pytest.mark.parametrize("name", FIELDS)
def test_without_any_of_the_fields_it_is_no_run_of_ours(tmp_path: Path, name: str) -> None:
    left_out: dict[str, Any] = {name: None}
    path = archive(tmp_path / "x.warc.gz", info(**left_out))
    assert find_runs([path]) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"newsreel-spider": "wordpress"},
        {"newsreel-spider": "7"},
        {"newsreel-source": "null"},
        {"newsreel-source": '["a"]'},
        {"newsreel-arguments": "[]"},
        {"newsreel-arguments": '["ab"]'},
        {"newsreel-arguments": '{"a": 1}'},
        {"newsreel-arguments": '{"a": {"b": "c"}}'},
        {"newsreel-arguments": '"ab"'},
        {"newsreel-arguments": "{"},
        {"newsreel-arguments": "[" * 60_000},
        {"newsreel-arguments": '{"a": ' * 9_000},
        {"newsreel-arguments": '{"a": ' + "9" * 9_000 + "}"},
    ],
    ids=lambda changes: str(changes)[:50],
)
def test_fields_that_we_never_write_are_not_used(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert find_runs([archive(tmp_path / "x.warc.gz", info(**changes))]) == []


@pytest.mark.parametrize(
    "started",
    [
        *("", "yesterday", "2024-99-99T99:99:99Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        *("2024-04-11", "2024-04-11T08:30:00+02:00", "0999-01-01T00:00:00Z", "9" * 300),
    ],
)
def test_any_date_of_a_run_is_usable_or_refused(tmp_path: Path, started: str) -> None:
    good = archive(tmp_path / "a.warc.gz", info(isPartOf="urn:uuid:2"))
    odd = archive(tmp_path / "x.warc.gz", info(started))
    found = find_runs([good, odd])
    assert "urn:uuid:2" in {run.id for run in found}
    for run in found:
        assert re.fullmatch(r"([0-9]{20})?", run.earliest_timestamp)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"PK\x03\x04" + b"\x00" * 100,
        b"<html>",
        record(),
        _info(b""),
        _info(b"\xff\xfe: \x00\r\n" * 99),
        _info(b"isPartOf\r\nnewsreel-spider\r\nnewsreel-source\r\nnewsreel-arguments\r\n"),
        info()[:-30],
        info(newsreel_spider="x" * (1 << 17)),
    ],
    ids=range(10),
)
def test_a_file_that_names_no_run_is_skipped(tmp_path: Path, content: bytes) -> None:
    good = archive(tmp_path / "a.warc.gz", info())
    bad = tmp_path / "b.warc"
    bad.write_bytes(content)
    assert [run.id for run in find_runs([bad, good])] == ["urn:uuid:1"]


def test_only_the_first_record_counts(tmp_path: Path) -> None:
    """A warcinfo behind the first record, perhaps smuggled in by a site, does not count."""
    assert find_runs([archive(tmp_path / "x.warc.gz", record(), info())]) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_runs([tmp_path / "none.warc.gz"])


def test_the_earliest_timestamp_is_a_day_before() -> None:
    run = Run(id="x", spider="x", source="x", arguments={}, started="2024-03-01T08:30:00.123456Z")
    assert run.earliest_timestamp == "20240229083000123456"
