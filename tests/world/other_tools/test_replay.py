"""Our own spider over archives that others made of its very requests: the same texts, offline."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.running import Run, scrapy
from tests.world.other_tools import proxies, tools
from tests.world.other_tools.conftest import Ours, crawled
from tests.world.other_tools.makers import MAKERS, Maker
from tests.world.other_tools.paper import Paper, published
from tests.world.requirements import require

LATEST = ("-s", "REPLAY_AT=2999-12-31")
"""Where a tool asked twice, the second answers, which are revisits."""


def replayed(archives: Path, paper: Paper, paths: Iterable[Path], *options: str) -> Run:
    """Run the spider once more, over the archives at *paths*."""
    source = f"REPLAY_FROM={','.join(map(str, paths))}"
    run = scrapy(
        archives,
        *("crawl", "wordpress", "-a", f"site={paper.home}"),
        *("-s", "ARCHIVE_MODE=replay", "-s", source, *options),
        allow=False,
    )
    assert run.exit_code == 0, run.log
    return run


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_the_same_texts_come_from_any_archive(
    maker: Maker, ours: Ours, paper: Paper, tmp_path: Path
) -> None:
    require(maker.missing())
    paths = maker.make(tmp_path, ours.asked)
    before = len(paper.site.log)
    run = replayed(tmp_path / "archives", paper, paths, *(LATEST if maker.twice else ()))
    assert run.texts == ours.run.texts
    kind = "replay/revisits" if maker.twice else "replay/captures"
    assert run.report["stats"][kind] == len(ours.asked)
    assert len(paper.site.log) == before


def test_the_same_texts_come_from_the_crawl_s_own_proxy(tmp_path: Path) -> None:
    require(tools.judges())
    with published() as paper, proxies.warcprox(tmp_path) as proxy:
        run = crawled(tmp_path / "archives", paper, proxy)
    # The site is gone: whatever comes, comes from the archive.
    again = replayed(tmp_path / "again", paper, (tmp_path / "warcs").iterdir())
    assert again.texts == run.texts
