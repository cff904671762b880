"""The pages over all runs: made step by step as if at once, at a cost that age does not raise."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html

from crawler.reports.run import stem
from crawler.reports.run_days import RoundRow, day_path
from crawler.rounds.report_index import WINDOW, ReportIndex, update_index
from crawler.state.backends import open_store
from crawler.state.sqlite.backend import SqliteStore
from crawler.state.store import EndedRun, Store
from tests.reports.some_reports import HOSTILE, ended

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 7)
NOW = datetime(2026, 3, 7, 23, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        yield store


def put(store: Store, *runs: EndedRun) -> None:
    with store.transaction():
        for run in runs:
            store.put_run(run)


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


def pages(folder: Path) -> dict[str, str]:
    """Return all pages, and the counts of days."""
    found = [*folder.rglob("*.html"), *folder.rglob("????-??-??.json")]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in found}


def table(folder: Path, page: str, section: str) -> list[list[str]]:
    tree = html.fromstring((folder / page).read_text(encoding="utf-8"))
    found = tree.xpath(f"//section[@id='{section}']//tr")
    return [[cell.text_content().strip() for cell in row] for row in found]


def history(count: int) -> Iterator[EndedRun]:
    """Yield the runs of *count* days up to today: three idle ones and one with news each."""
    for back in reversed(range(count)):
        for number in range(3):
            yield ended(number, day(back), source="tern.test", listed=9, held=9)
        yield ended(9, day(back), new=back % 7 + 1, requests=5, bytes=100, listed=9)


def test_a_day_at_a_time_is_as_all_at_once(tmp_path: Path, store: Store) -> None:
    step, whole = tmp_path / "step", tmp_path / "whole"
    rows = [
        RoundRow(
            page=f"{back}-round",
            started=f"{day(back)}T10:00:00+00:00",
            finished=f"{day(back)}T10:05:00+00:00",
            exit_code=0,
            runs=4,
            idle=3,
            new=1,
            revised=0,
            problems=0,
        )
        for back in range(70)
    ]
    for back, run in [
        (int((TODAY - date.fromisoformat(r.ended[:10])).days), r) for r in history(70)
    ]:
        put(store, run)
        if run.counts.get("new"):
            ReportIndex(step, store).update(NOW - timedelta(days=back), rows[back])
    ReportIndex(whole, store).rebuild(NOW, rows)
    assert pages(step).keys() == pages(whole).keys()
    assert pages(step) == pages(whole)
    assert len(list((step / "months").iterdir())) == 4


def test_what_the_index_says(tmp_path: Path, store: Store) -> None:
    (tmp_path / "20260307T000007000000-wire.html").touch()
    put(
        store,
        *(ended(number, day(0), source="tern.test", held=9) for number in range(5)),
        ended(7, day(0), new=12, revised=1),
        ended(8, day(1), new=3, problems=2),
        ended(9, day(WINDOW), new=100),
    )
    ReportIndex(tmp_path, store).update(NOW)
    runs = table(tmp_path, "index.html", "runs")
    assert [(row[0], row[2], row[3], row[6]) for row in runs[1:]] == [
        ("harbour.test", "complete (0)", "12", "0"),
        ("tern.test", "idle, 5 runs", "0", "0"),
        ("harbour.test", "finished, with gaps (3)", "3", "2"),
        ("harbour.test", "complete (0)", "100", "0"),
    ]
    tree = html.fromstring((tmp_path / "index.html").read_text(encoding="utf-8"))
    links = tree.xpath("//section[@id='runs']//a/@href")
    assert links == ["20260307T000007000000-wire.html"]  # the others have no page
    (row,) = tree.xpath("//table[@class='calendar']/tbody/tr")
    cells = [cell.text_content() for cell in row]
    assert (cells[0], cells[-2:], len(cells)) == ("harbour.test", ["3", "12"], WINDOW + 1)


def test_a_source_that_fails_stands_on_top(tmp_path: Path, store: Store) -> None:
    index = ReportIndex(tmp_path, store)
    put(store, ended(0, day(0), new=1), ended(0, day(0), source="tern.test", new=1))
    index.update(NOW)
    assert table(tmp_path, "index.html", "silent") == []
    put(store, *(replace(ended(n, day(0)), exit_code=4) for n in range(1, 4)))
    ReportIndex(tmp_path, store).update(NOW)
    _, row = table(tmp_path, "index.html", "silent")
    assert row[:3] == ["harbour.test", "failing", "3 reads in a row had no answer"]


class Steps:
    """Counts the steps of SQLite's machine, by hundreds."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_an_idle_run_costs_the_same_at_any_age(tmp_path: Path) -> None:
    """Steps of SQLite, and bytes that are written, at the age of four months and of sixteen."""
    costs = []
    for age in (120, 480):
        folder = tmp_path / str(age)
        uri = f"sqlite:{tmp_path / f'{age}.sqlite'}"
        with closing(open_store(uri)) as store:
            put(store, *history(age))
            ReportIndex(folder, store).update(NOW)
            put(store, ended(20_000, day(0), source="tern.test", listed=9, held=9))
            steps = Steps()
            before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
            assert isinstance(store, SqliteStore)
            store._db.set_progress_handler(steps, 100)
            ReportIndex(folder, store).update(NOW)
            store._db.set_progress_handler(None, 0)
        written = [
            path.stat().st_size
            for path in folder.rglob("*.*")
            if before.get(path) != path.stat().st_mtime_ns
        ]
        costs.append((steps.count, len(written), sum(written)))
    (young, few, small), (old, many, large) = costs
    assert old < young * 1.2 + 20
    assert many == few
    assert large < small * 1.1


def test_young_pages_stay_after_an_idle_run(tmp_path: Path, store: Store) -> None:
    today = datetime.now(UTC).date().isoformat()

    def shown_after(run: EndedRun) -> bool:
        put(store, run)
        before = index.stat().st_mtime_ns if index.exists() else 0
        return update_index(tmp_path, store).stat().st_mtime_ns > before

    index = tmp_path / "index.html"
    assert shown_after(ended(1, today, held=9))
    assert not shown_after(ended(2, today, held=9))
    assert shown_after(ended(3, today, new=1))
    an_hour_ago = datetime.now(UTC).timestamp() - 3600
    os.utime(index, (an_hour_ago, an_hour_ago))
    assert shown_after(ended(4, today, held=9))


def test_counts_that_cannot_be_read_are_counted_anew(tmp_path: Path, store: Store) -> None:
    put(store, *history(5))
    ReportIndex(tmp_path, store).update(NOW)
    before = pages(tmp_path)
    for back, text in enumerate(("", "[]", '{"day": 1}', "{", "null")):
        day_path(tmp_path, day(back)).write_text(text)
    (tmp_path / "days" / "sources.json").write_text('{"at": "x"}')
    ReportIndex(tmp_path, store).update(NOW)
    assert pages(tmp_path) == before


def test_hostile_names_are_text(tmp_path: Path, store: Store) -> None:
    name = HOSTILE.encode("utf-8", "replace").decode()
    put(store, replace(ended(0, day(0), new=1), source=name, spider="a", exit_code=4))
    ReportIndex(tmp_path, store).update(NOW)
    for page in tmp_path.rglob("*.html"):
        tree = html.fromstring(page.read_text(encoding="utf-8"))
        assert not tree.xpath("//script | //img")
        assert "<script>" in tree.text_content()


def test_runs_that_ended_at_odd_times(tmp_path: Path, store: Store) -> None:
    """An archive that was merged may tell anything in ISO 8601."""
    run = ended(0, day(0), new=1)
    for number, odd in enumerate(("0001-01-01T00:00:00Z", "20260307", "2026-W10-6", "9999-12-31")):
        put(store, replace(run, id=f"{number}", ended=odd))
    put(store, run)
    ReportIndex(tmp_path, store).rebuild(NOW)
    found = {path.name for path in (tmp_path / "days").glob("*.html")}
    assert found == {"0001-01-01.html", "2026-03-07.html"}
    put(store, *(replace(ended(n, day(0)), exit_code=4) for n in range(1, 4)))
    ReportIndex(tmp_path, store).update(NOW)
    assert "failing" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_ledger_without_runs(tmp_path: Path, store: Store) -> None:
    ReportIndex(tmp_path, store).update(NOW)
    ReportIndex(tmp_path, store).rebuild(NOW)
    assert [path.name for path in tmp_path.rglob("*.html")] == ["index.html"]
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_what_the_operators_page_has_removed_leaves_no_dead_link(
    tmp_path: Path, store: Store
) -> None:
    """The command of docs/operate.md takes old reports; their rounds stay as counts of the day."""
    command = next(
        line.strip()
        for line in (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("find archives/reports")
    )
    folder = tmp_path / "archives" / "reports"
    index = ReportIndex(folder, store)
    put(store, *history(100))
    index.update(NOW)
    for back in (99, 1):
        for run in store.runs_ended(day(back), day(back - 1)):
            for ending in ("json", "html"):
                path = folder / f"{stem(run.started, run.spider)}.{ending}"
                path.write_text("{}", encoding="utf-8")
                os.utime(path, (time.time() - back * 86400,) * 2)
        began, ended = f"{day(back)}T10:00:00+00:00", f"{day(back)}T10:05:00+00:00"
        page = folder / f"{stem(began, 'round')}.html"
        page.write_text("", encoding="utf-8")
        os.utime(page, (time.time() - back * 86400,) * 2)
        counts = dict.fromkeys(("exit_code", "runs", "idle", "new", "revised", "problems"), 1)
        row = RoundRow(page=page.stem, started=began, finished=ended, **counts)
        index.rebuild(NOW, [row])
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    left = {path.name[:8] for path in folder.glob("2*")}
    assert left == {day(1).replace("-", "")}
    index.rebuild(NOW)
    linked = 0
    for path in folder.rglob("*.html"):
        for link in html.fromstring(path.read_text(encoding="utf-8") or "<p/>").xpath("//a/@href"):
            if not link.startswith("#"):
                linked += 1
                assert (path.parent / unquote(link.partition("#")[0])).exists(), (path, link)
    assert linked > 100
    assert len(table(folder, f"days/{day(99)}.html", "rounds")) == 2
