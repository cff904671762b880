"""Requests of a replay that the archive cannot answer, or no longer."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from crawler.warc.reader import Record, records
from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from tests.checks.crawled import Copy
from tests.recorded import Recorded, crawl, spider_arguments
from tests.replaying import ledger, replay, texts, total
from tests.running import Run


@pytest.fixture
def copy(recorded: Recorded, tmp_path: Path) -> Copy:
    """Copy the WARC files of the archive, to be damaged."""
    shutil.copytree(recorded.archives / "warc", tmp_path / "copy" / "warc")
    return Copy(tmp_path / "copy")


def without(copy: Copy, is_meant: Callable[[str], bool]) -> int:
    """Take the exchanges with the URLs that are meant out of the WARC files."""
    count = 0
    for path in copy.warcs:
        data, kept = path.read_bytes(), []
        for record in records(path):
            if is_meant(record.header("WARC-Target-URI") or "") and _is_of_the_wire(record):
                count += 1
            else:
                kept.append(data[record.offset : record.offset + record.length])
        path.write_bytes(b"".join(kept))
    return count


def _is_of_the_wire(record: Record) -> bool:
    return record.type in {"request", "response", "revisit"}


def again(copy: Copy, into: Path, arguments: Mapping[str, str], *options: str) -> Run:
    return replay(into, [copy.folder / "warc"], arguments, *options)


def absent(run: Run) -> list[str]:
    """Return what the report says is not in the archive."""
    problems: list[dict[str, Any]] = run.report["problems"]
    return [problem["message"] for problem in problems if problem["kind"] == "not_in_archive"]


def is_counted(run: Run, times: int) -> bool:
    """Tell whether missing answers were counted *times* times, and never as a 404."""
    stats = run.report["stats"]
    return (
        stats["replay/not_in_archive"] >= times  # nobody needs robots.txt
        and stats["report/problems/not_in_archive"] == times
        and "downloader/response_status_count/404" not in stats
        and stats.get("retry/count", 0) == 0
    )


def test_a_request_that_the_run_did_not_make(
    copy: Copy, recorded: Recorded, tmp_path: Path
) -> None:
    run = again(copy, tmp_path / "again", spider_arguments(recorded.home, after="2024-03-01"))
    assert run.exit_code == 6, run.log
    (message,) = absent(run)
    assert "&after=2024-02-29T23:59:59 is not in the archive" in message
    assert f"the nearest captures are {recorded.home}wp-json/wp/v2/" in message
    assert is_counted(run, 1)
    assert message[:80] in run.stdout
    assert texts(run.archives) == {}


def test_another_site(copy: Copy, tmp_path: Path) -> None:
    run = again(copy, tmp_path / "again", spider_arguments("https://other.test/"))
    assert run.exit_code == 6, run.log
    (message,) = absent(run)
    assert message.startswith("GET https://other.test/ is not in the archive")
    assert is_counted(run, 1)


def test_the_home_page_is_gone(copy: Copy, recorded: Recorded, tmp_path: Path) -> None:
    assert without(copy, lambda url: url == recorded.home) == 6
    run = again(copy, tmp_path / "again", spider_arguments(recorded.home))
    assert run.exit_code == 6, run.log
    assert any(f"GET {recorded.home} is not in the archive" in message for message in absent(run))
    assert run.report["stats"]["replay/not_in_archive"] == len(absent(run))
    assert "downloader/response_status_count/404" not in run.report["stats"]


def test_nobody_needs_the_robots_file(copy: Copy, recorded: Recorded, tmp_path: Path) -> None:
    assert without(copy, lambda url: url.endswith("/robots.txt")) == 6
    run = again(copy, tmp_path / "again", spider_arguments(recorded.home))
    assert run.exit_code == 0, run.log
    assert texts(run.archives) == recorded.after[-1].texts
    assert run.report["problems"] == []


def test_the_rest_is_replayed(tmp_path: Path) -> None:
    folder, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site(Modes(cap=10))) as site:
        crawl(folder, spider_arguments(site.home))
    before, copy = texts(folder), Copy(folder)
    assert without(copy, lambda url: "include=102," in url) == 2
    run = again(copy, into, spider_arguments(site.home))
    assert run.exit_code == 6, run.log
    assert any("include=102," in message for message in absent(run))
    after = texts(into)
    assert 10 <= len(after) < len(before)
    assert after.items() <= before.items()
    assert set(ledger(into)[0]) < set(ledger(folder)[0])


@pytest.mark.parametrize("gone", ["", "nothing/here/"])
def test_a_spider_without_errback(
    copy: Copy, recorded: Recorded, tmp_path: Path, gone: str
) -> None:
    there = f"{recorded.home}wp-json/wp/v2/posts"
    with_it = ",".join([f"{recorded.home}{gone}", f"{recorded.home}wp-json/", f"{there}?no=such"])
    without(copy, lambda url: url == recorded.home)
    own = ("-s", "SPIDER_MODULES=tests.spiders.asking_spider")
    warcs = [copy.folder / "warc"]
    run = replay(tmp_path / "again", warcs, {"urls": with_it}, *own, spider="asking")
    assert run.exit_code == 6, run.log
    assert len(absent(run)) >= 2
    assert is_counted(run, len(absent(run)))
    assert "asking/404" not in run.report["stats"]
    assert "Traceback" not in run.log


def test_a_damaged_record(copy: Copy, recorded: Recorded, tmp_path: Path) -> None:
    fetched = next(
        (path, record)
        for path in copy.warcs
        for record in records(path)
        if record.type == "response" and "include=102," in (record.header("WARC-Target-URI") or "")
    )
    place = copy.flip(fetched)
    run = again(copy, tmp_path / "again", spider_arguments(recorded.home))
    assert run.exit_code in {3, 6}, run.log
    reported = {p["message"] for p in run.report["problems"] if p["kind"] == "warc_damaged"}
    file, _, offset = place.removeprefix("warc/").partition(":")
    assert any(file in message and offset in message for message in reported)
    after = texts(run.archives)
    assert after.items() <= recorded.after[-1].texts.items()
    assert "Traceback" not in run.log


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_torn_file(copy: Copy, recorded: Recorded, tmp_path: Path, share: float) -> None:
    first, second, third = recorded.warcs
    torn = copy.folder / "warc" / first.name
    torn.write_bytes(torn.read_bytes()[: int(torn.stat().st_size * share)])
    for whole in (second, third):
        (copy.folder / "warc" / whole.name).unlink()
    run = again(copy, tmp_path / "again", spider_arguments(recorded.home))
    assert run.exit_code in {3, 6}, run.log
    reported = [p["message"] for p in run.report["problems"] if p["kind"] == "warc_damaged"]
    assert any(torn.name in message for message in reported)
    assert texts(run.archives).items() <= recorded.after[0].texts.items()
    assert "Traceback" not in run.log


def test_damage_is_reported_every_time(copy: Copy, recorded: Recorded, tmp_path: Path) -> None:
    copy.flip(copy.record("request", 1))
    into = tmp_path / "again"
    for _ in range(2):  # the second time finds the index that the first one made
        run = again(copy, into, spider_arguments(recorded.home))
        assert run.exit_code == 3, run.log
        assert texts(into) == recorded.after[-1].texts
        assert total(into, "report/problems/warc_damaged") == 3  # runs
        for part in ("reports", "text", "warc", "index"):
            shutil.rmtree(into / part)
        into.joinpath("ledger.sqlite").unlink()


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive(recorded: Recorded, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "no.warc.gz"
    path.write_bytes(data)
    run = replay(tmp_path / "again", [path], spider_arguments(recorded.home))
    assert run.exit_code in {2, 6}, run.log
    assert "Traceback" not in run.log
