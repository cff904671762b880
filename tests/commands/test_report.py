"""``scrapy report``, and what a crawl leaves for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.running import Run, scrapy


@contextmanager
def in_the_way(path: Path) -> Iterator[None]:
    """Put a folder where a file is to be written."""
    path.unlink(missing_ok=True)
    path.mkdir()
    yield
    path.rmdir()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Read two sources in a round, of which one fails, and one of them again."""
    folder = tmp_path_factory.mktemp("reports")
    sites = [RoundSite("gull"), RoundSite("tern", fails=True)]
    with serve(sites):
        write_sources(folder / "sources.toml", sites)
        run = run_round(folder / "archives", folder / "sources.toml", "-s", "RETRY_ENABLED=False")
        assert run.exit_code == 3, run.log
        run_round(folder / "archives", folder / "sources.toml", "gull", "--now")
    return run


@pytest.fixture
def archives(made: Run, tmp_path: Path) -> Path:
    """Return a copy of the archive that may be changed."""
    return Path(shutil.copytree(made.archives, tmp_path / "archives"))


def names(archives: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in (archives / "reports").glob(pattern))


def test_pages_lie_beside_their_json(made: Run) -> None:
    (said,) = (line for line in made.stdout.splitlines() if line.startswith("report: "))
    page = Path(said.removeprefix("report: "))
    assert page.suffix == ".html"
    assert "gull</bdi></a>" in page.read_text(encoding="utf-8")
    stems = {name.partition(".")[0] for name in names(made.archives, "*.json")}
    assert {name.partition(".")[0] for name in names(made.archives, "*.html")} == {*stems, "index"}
    index = (made.archives / "reports" / "index.html").read_text(encoding="utf-8")
    for stem in stems:
        assert f'href="{stem}.html"' in index
    assert "idle" in index
    (day,) = names(made.archives, "days/*-*.html")
    assert (
        f'href="../days/{day}"'
        in next((made.archives / "reports" / "months").iterdir()).read_text()
    )


def test_a_report_is_printed(made: Run) -> None:
    last = scrapy(made.archives, "report")
    assert last.exit_code == 0, last.log
    assert last.stdout.startswith("Round: complete\n")
    of_source = scrapy(made.archives, "report", "tern")
    assert of_source.stdout.startswith("tern: the source could not be read\n")
    (path,) = (p for p in made.archives.glob("reports/*.json") if '"tern"' in p.read_text()[:99])
    run = json.loads(path.read_text(encoding="utf-8"))["run"]
    for name in (run, run.removeprefix("urn:uuid:"), path.stem, str(path), path.name[:21]):
        assert scrapy(made.archives, "report", name).stdout == of_source.stdout
    idle = scrapy(made.archives, "report", "gull")
    assert "No new story came" in idle.stdout  # the ledger alone knows it
    assert "SOURCES TO LOOK AT" in scrapy(made.archives, "report", "--all").stdout
    unknown = scrapy(made.archives, "report", "nobody")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "no run, source or report is called so" in unknown.log


def test_pages_are_made_again(archives: Path) -> None:
    reports = archives / "reports"
    before = {path: path.read_bytes() for path in reports.rglob("*.html")}
    for path in before:
        path.unlink()
    shutil.rmtree(reports / "days")
    (reports / "20260101T000000000000-wire.json").write_text("{")
    run = scrapy(archives, "report", "--rebuild")
    assert run.exit_code == 1
    assert "4 pages, 1 faults" in run.stdout
    assert "20260101T000000000000-wire.json is no report" in run.log
    assert {path: path.read_bytes() for path in reports.rglob("*.html")} == before
    for path in before:
        path.unlink()
    again = scrapy(archives, "rebuild")
    assert again.exit_code == 0, again.log
    assert set(reports.rglob("*.html")) == before.keys()


def test_pages_that_cannot_be_written_end_with_5(archives: Path, tmp_path: Path) -> None:
    sites = [RoundSite("skua")]
    with serve(sites), in_the_way(archives / "reports" / "index.html"):
        write_sources(tmp_path / "sources.toml", sites)
        run = run_round(archives, tmp_path / "sources.toml")
        assert run.exit_code == 5, run.log
        assert "The pages over all runs could not be written" in run.log
        assert len(names(archives, "*-round.html")) == 3  # its own pages are there
