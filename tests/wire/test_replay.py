"""What was recorded comes out again, when the service is gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.replaying import Kept, content, kept, replay, texts, total
from tests.running import scrapy
from tests.wire.crawling import ALL, Wire
from tests.wire.service import serving


@dataclass(frozen=True)
class Recorded:
    """An archive of two runs, and what it held ``after`` each; the service at ``home`` is gone."""

    archives: Path
    home: str
    after: list[Kept]

    @property
    def warcs(self) -> list[Path]:
        """Its WARC files, in the order of the runs."""
        return sorted((self.archives / "warc").iterdir(), key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record two crawls, with a day and a correction between them."""
    folder = tmp_path_factory.mktemp("recorded")
    archives, after = folder / "archives", []
    with serving(folder) as service:
        for editions, days in ((["first"], 0), (["first", "next_day"], 1)):
            service.publish(*editions)
            run = Wire(service, archives, days).crawl(**ALL)
            # The stories that are cut are not tried again for a week.
            assert run.exit_code == (0 if days else 3), run.stdout
            after.append(kept(archives))
    return Recorded(archives, service.home, after)


def arguments(recorded: Recorded) -> dict[str, str]:
    return {"url": recorded.home, **ALL}


def test_one_run(recorded: Recorded, tmp_path: Path) -> None:
    run = replay(tmp_path / "again", recorded.warcs[:1], arguments(recorded), spider="wire")
    assert run.exit_code == 3, run.stdout
    assert texts(tmp_path / "again") == recorded.after[0].texts
    assert kept(tmp_path / "again") == recorded.after[0]


@pytest.mark.parametrize("is_packed", [False, True], ids=["warc", "wacz"])
def test_two_runs(recorded: Recorded, tmp_path: Path, *, is_packed: bool) -> None:
    before, into = content(recorded.archives), tmp_path / "again"
    sources = [recorded.archives / "warc"]
    if is_packed:
        sources = [tmp_path / "all.wacz"]
        run = scrapy(recorded.archives, "wacz", "-o", str(sources[0]))
        assert run.exit_code == 0, run.stdout
    run = replay(into, sources, arguments(recorded), spider="wire", isolated=True)
    assert run.exit_code in (0, 3), run.stdout
    revisits = total(recorded.archives, "archive/records/revisit")
    assert total(into, "replay/revisits") == revisits > 0
    assert kept(into) == recorded.after[1]
    assert content(recorded.archives) == before
