"""Archives of the paper: one of each tool, made once; and our own crawl of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.running import Run, scrapy
from tests.world.other_tools.makers import MAKERS, Maker
from tests.world.other_tools.paper import Paper, published
from tests.world.requirements import require


@dataclass(frozen=True)
class Foreign:
    """The files that a tool wrote below ``folder``, in the order in which it wrote them."""

    maker: Maker
    folder: Path
    paths: list[Path]


@dataclass(frozen=True)
class Ours:
    """Our own crawl of the paper, and the URLs that it asked for in their order."""

    run: Run
    asked: list[str]


@pytest.fixture(scope="session")
def paper() -> Iterator[Paper]:
    with published() as running:
        yield running


@pytest.fixture(scope="session", params=MAKERS, ids=lambda maker: maker.name)
def foreign(
    request: pytest.FixtureRequest, paper: Paper, tmp_path_factory: pytest.TempPathFactory
) -> Foreign:
    """Return an archive of `Paper.urls`; skipped where the tool is not, unless it must be there."""
    maker: Maker = request.param
    require(maker.missing())
    folder = tmp_path_factory.mktemp("foreign")
    return Foreign(maker, folder, maker.make(folder, paper.urls))


@pytest.fixture(scope="session")
def ours(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Ours:
    before = len(paper.site.log)
    run = crawled(tmp_path_factory.mktemp("ours"), paper)
    return Ours(run, [f"{paper.site.origin}{one.target}" for one in paper.site.log[before:]])


def crawled(archives: Path, paper: Paper, proxy: str = "") -> Run:
    """Crawl the paper over REST, through *proxy* if there is one."""
    env = {"http_proxy": proxy, "no_proxy": ""} if proxy else {}
    run = scrapy(archives, "crawl", "wordpress", "-a", f"site={paper.home}", env=env)
    assert run.exit_code == 0, run.log
    assert len(run.texts) == 22
    return run
