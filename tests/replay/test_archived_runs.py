"""Which runs an archive holds, and which records are theirs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from crawler.replay.archived_runs import find_runs
from crawler.warc.indexing import index_lines
from crawler.warc.records import exchange_records
from crawler.warc.runs import Run, new_run
from crawler.warc.writer import WarcWriter
from tests.replay.captured import answer, index_of
from tests.warc.examples import exchange
from tests.warc.files import record, write

FIELDS = {
    "isPartOf": "urn:uuid:1",
    "newsreel-spider": '"wordpress"',
    "newsreel-source": '"news"',
    "newsreel-arguments": '{"site": "https://news.test/"}',
}


def info(started: str = "2024-04-11T08:30:00Z", **changes: Any) -> bytes:
    """Return a warcinfo of a run, with *changes* (``newsreel_spider`` for newsreel-spider).

    Those that are called ``WARC_…`` are of the record itself.
    """
    own = {name: changes.pop(name) for name in list(changes) if name.startswith("WARC_")}
    fields: dict[str, Any] = FIELDS | {
        name.replace("_", "-"): value for name, value in changes.items()
    }
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return _info("".join(lines).encode(), started, **own)


def _info(block: bytes, started: str = "2024-04-11T08:30:00Z", **own: Any) -> bytes:
    return record(block, WARC_Type="warcinfo", WARC_Date=started, **own)


def archive(path: Path, *contents: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, *contents)
    return path


def runs_in(paths: Iterable[Path]) -> list[Run]:
    with index_of(*paths, faults=[]) as index:
        return find_runs(index)


def theirs(run: Run, *paths: Path) -> list[str]:
    """Return what is at the ends of the URLs that *run* asked for, in its order."""
    with index_of(*paths, faults=[]) as index:
        (run,) = (one for one in find_runs(index) if one.id == run.id)
        lines = index.lines_below("test,news)/")
        found = [(place, line) for line in lines if (place := run.position_of(line))]
        found.sort(key=lambda one: one[0])
        return [line.fields["url"].rpartition("/")[2] for _, line in found]


def asked(name: str, **fields: Any) -> bytes:
    return answer(url=f"http://news.test/{name}", **fields)


def test_a_run_that_was_written_is_found_again(tmp_path: Path) -> None:
    arguments = {"site": "https://news.test/", "search": "Größe: 1, 2\r\n\u2028\x1b[0m"}
    fields = new_run("wordpress", "Süddeutsche\n", arguments)
    writer = WarcWriter(tmp_path, "news", software="x", fields=fields)
    for name in "ab":
        writer.write(exchange_records(exchange(uri=f"http://news.test/{name}")))
        writer.close()
    paths = sorted(tmp_path.iterdir())
    (run,) = runs_in(paths)
    assert (run.spider, run.source) == ("wordpress", "Süddeutsche\n")
    assert run.arguments == arguments
    assert theirs(run, *paths) == ["a", "b"]
    assert run.id == fields["isPartOf"]


# Files in any order


def test_files_of_a_run_stand_together_in_any_order(tmp_path: Path) -> None:
    dates = {
        "b": "2024-04-11T08:00:00Z",
        "a": "2024-04-11T09:00:00Z",
        "c": "2024-04-11T07:30:00Z",
    }
    paths = {
        name: archive(tmp_path / f"{name}.warc.gz", info(date), asked(name))
        for name, date in dates.items()
    }
    other = archive(tmp_path / "0.warc.gz", info("2024-04-11T08:30:00Z", isPartOf="urn:uuid:2"))
    for order in (sorted(paths.values()), sorted(paths.values(), reverse=True)):
        one, two = runs_in([order[0], other, *order[1:]])
        assert (one.id, one.started) == ("urn:uuid:1", "2024-04-11T07:30:00Z")
        assert theirs(one, other, *paths.values()) == ["c", "b", "a"]
        assert two.id == "urn:uuid:2"


def test_a_file_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.warc.gz", info(), asked("a"))
    copy = archive(tmp_path / "y.warc.gz", info(), asked("a"))
    joined = archive(tmp_path / "z.warc.gz", *[info(), asked("a")] * 2)
    for paths in ([path, path], [path, copy], [joined]):
        (run,) = runs_in(paths)
        assert theirs(run, *paths) == ["a"]


def test_runs_of_the_same_second_keep_an_order(tmp_path: Path) -> None:
    paths = [
        archive(tmp_path / f"{name}.warc.gz", info(isPartOf=f"urn:uuid:{name}")) for name in "ab"
    ]
    assert {run.id for run in runs_in(paths)} == {run.id for run in runs_in(paths[::-1])}
    assert len(runs_in(paths)) == 2


def test_dates_of_different_precision_are_compared_as_times(tmp_path: Path) -> None:
    """As text, 08:30:00.5Z comes before 08:30:00Z."""
    early = archive(tmp_path / "a.warc.gz", info("2024-04-11T08:30:00Z"))
    late = archive(
        tmp_path / "b.warc.gz", info("2024-04-11T08:30:00.500000Z", isPartOf="urn:uuid:2")
    )
    assert [run.id for run in runs_in([late, early])] == ["urn:uuid:1", "urn:uuid:2"]


def test_members_of_a_wacz_are_kept_apart(tmp_path: Path) -> None:
    wacz = tmp_path / "x.wacz"
    with ZipFile(wacz, "w", ZIP_STORED) as file:
        file.writestr("datapackage.json", "{}")
        file.writestr("archive/a.warc", info() + asked("a") + asked("b"))
        file.writestr("archive/b.warc", info(isPartOf="urn:uuid:2") + asked("c"))
        file.writestr("archive/c.warc", asked("d"))
    one, two = runs_in([wacz])
    assert (theirs(one, wacz), theirs(two, wacz)) == (["a", "b"], ["c"])


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.warc.gz", info(), asked("a"))
    link = tmp_path / "y.warc.gz"
    link.symlink_to(path)
    (run,) = runs_in([link])
    assert theirs(run, path) == ["a"]


# Runs that share a file


def begin(name: str, second: int = 0) -> bytes:
    """Return the warcinfo of the run *name*, whose id is that name too."""
    started = f"2024-04-11T08:30:{second:02d}Z"
    changes = {"isPartOf": f"urn:uuid:{name}", "newsreel-source": f'"{name}"'}
    return info(started, WARC_Record_ID=f"<urn:uuid:{name}-{second}>", **changes)


def test_runs_that_share_a_file_are_told_apart(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "x.warc.gz",
        _info(b"software: newsreel/x\r\n"),
        begin("one"),
        asked("a", WARC_Warcinfo_ID="<urn:uuid:one-0>"),
        begin("two"),
        asked("b", WARC_Warcinfo_ID="<urn:uuid:one-0>"),
        asked("c", WARC_Warcinfo_ID="<urn:uuid:two-0>"),
        asked("d", WARC_Warcinfo_ID="<urn:uuid:one-0>"),
        asked("e", WARC_Warcinfo_ID="<urn:uuid:nobody>"),
        asked("f", WARC_Warcinfo_ID="<urn:uuid:12345678-0000-4000-8000-000000000000>"),
    )
    one, two = runs_in([path])
    assert (theirs(one, path), theirs(two, path)) == (["a", "b", "d"], ["c"])


def test_what_does_not_say_its_run_is_of_the_warcinfo_before_it(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "x.warc",
        begin("one"),
        asked("a"),
        begin("two"),
        asked("b"),
        _info(b"software: other\r\n"),
        asked("c"),
    )
    one, two = runs_in([path])
    assert (theirs(one, path), theirs(two, path)) == (["a"], ["b"])


def test_what_says_nothing_is_not_of_a_run_without_an_id(tmp_path: Path) -> None:
    nameless = begin("one").replace(b"WARC-Record-ID: <urn:uuid:one-0>\r\n", b"")
    assert b"WARC-Record-ID" not in nameless
    path = archive(tmp_path / "x.warc", nameless, asked("a"))
    other = archive(tmp_path / "y.warc", asked("b"), asked("c", WARC_Warcinfo_ID=""))
    (run,) = runs_in([path, other])
    assert theirs(run, path, other) == ["a"]


def test_files_that_were_joined_in_any_order_give_the_order_of_the_run(tmp_path: Path) -> None:
    early = [begin("one", 1), asked("a", WARC_Warcinfo_ID="<urn:uuid:one-1>")]
    late = [begin("one", 2), asked("b", WARC_Warcinfo_ID="<urn:uuid:one-2>")]
    path = archive(tmp_path / "x.warc.gz", *late, *early)
    (run,) = runs_in([path])
    assert theirs(run, path) == ["a", "b"]
    assert run.started == "2024-04-11T08:30:01Z"


def test_a_record_in_a_file_of_its_own_is_of_the_run_that_it_names(tmp_path: Path) -> None:
    """That is what the field is for (WARC/1.1, 5.16)."""
    alone = archive(tmp_path / "a.warc.gz", asked("a", WARC_Warcinfo_ID="<urn:uuid:one-0>"))
    other = archive(tmp_path / "b.warc.gz", begin("one"), asked("b"))
    (run,) = runs_in([alone, other])
    assert sorted(theirs(run, alone, other)) == ["a", "b"]


ODD = ["a", "a:", ":", "a%3A", "", "a b", "\\ud800", "a\\nb", "\\u0000"]


def test_runs_are_found_by_spider_source_and_id(tmp_path: Path) -> None:
    """Whatever they are called: an archive may be anybody's."""
    infos = [
        info(
            newsreel_spider=f'"{spider}"',
            newsreel_source=f'"{source}"',
            isPartOf=f"{spider} {source} {number}",
        )
        for spider in ("wire", "a")
        for source in ODD
        for number in range(2)
    ]
    path = archive(tmp_path / "x.warc.gz", *infos)
    with index_of(path) as index:
        every = find_runs(index)
        assert len(every) == len(infos)
        for run in every:
            same = [one.id for one in every if one.spider == run.spider]
            assert [one.id for one in find_runs(index, run.spider)] == same
            same = [one.id for one in every if (one.spider, one.source) == (run.spider, run.source)]
            assert len(same) == 2
            assert [one.id for one in find_runs(index, run.spider, run.source)] == same
            assert [one.id for one in find_runs(index, run.spider, run.source, run.id)] == [run.id]
        assert find_runs(index, "wire", "nobody") == find_runs(index, "wire", "a", "no id") == []


def test_records_of_a_run_that_nothing_tells_of_are_named(tmp_path: Path) -> None:
    lost = [asked(name, WARC_Warcinfo_ID="<urn:uuid:lost>") for name in "ab"]
    elsewhere = asked("c", WARC_Warcinfo_ID="<urn:uuid:two-0>")
    path = archive(tmp_path / "x.warc", begin("one"), *lost, elsewhere)
    other = archive(tmp_path / "y.warc", begin("two"))
    faults: list[str] = []
    index_of(path, other, faults=faults).close()
    (fault,) = faults
    place = f"{path}: byte {len(begin('one'))}"
    assert fault.startswith(f"{place}: the warcinfo record <urn:uuid:lost> is in none")


def test_archives_of_others_may_have_their_warcinfo_elsewhere(tmp_path: Path) -> None:
    """They have no runs that a replay could make again."""
    path = archive(tmp_path / "x.warc", asked("a", WARC_Warcinfo_ID="<urn:uuid:lost>"))
    index_of(path).close()


def test_no_line_of_another_index_says_whose_it_is(tmp_path: Path) -> None:
    """The names of runs are those of the index that a replay makes itself."""
    path = archive(tmp_path / "warc" / "x.warc.gz", begin("one"), asked("a"))
    other = archive(tmp_path / "warc" / "y.warc.gz", asked("b"))
    lines = [line.replace("{", '{"warcinfo": "0", ', 1) for line in index_lines(other)]
    cdxj = tmp_path / "y.cdxj"
    cdxj.write_text("".join(lines))
    (run,) = runs_in([path, cdxj])
    assert theirs(run, path, cdxj) == ["a"]


# Hostile and foreign files


@pytest.mark.parametrize("name", FIELDS)
def test_without_any_of_the_fields_it_is_no_run_of_ours(tmp_path: Path, name: str) -> None:
    left_out: dict[str, Any] = {name: None}
    path = archive(tmp_path / "x.warc.gz", info(**left_out))
    assert runs_in([path]) == []


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
    assert runs_in([archive(tmp_path / "x.warc.gz", info(**changes))]) == []


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
    found = runs_in([good, odd])
    assert "urn:uuid:2" in {run.id for run in found}


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
    assert [run.id for run in runs_in([bad, good])] == ["urn:uuid:1"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        runs_in([tmp_path / "none.warc.gz"])
