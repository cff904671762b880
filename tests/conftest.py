"""What the tests of every room may use, and what they may not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from tests import running
from tests.running import Run

# Time limits belong to benchmarks: a loaded machine is no defect.
settings.register_profile("newsreel", deadline=None)
settings.load_profile("newsreel")

Scrapy = Callable[..., Run]

_WORLD = Path(__file__).parent / "world"
_EVERYWHERE = ("bash", "cat", "find", "gzip", "make", "openssl", "sort", "true", "unshare")
"""The programs, besides Python, that tests outside the world may run."""
_FOLDER = pytest.StashKey[str]()
_PATH = os.environ.get("PATH", os.defpath)


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder of the programs that are everywhere."""
    folder = tempfile.TemporaryDirectory(prefix="newsreel-programs-")
    config.add_cleanup(folder.cleanup)
    config.stash[_FOLDER] = folder.name
    for name in _EVERYWHERE:
        if path := shutil.which(name):
            Path(folder.name, name).symlink_to(path)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hide all other programs from a test, unless it is one of the world."""
    os.environ["PATH"] = _PATH if _WORLD in item.path.parents else item.config.stash[_FOLDER]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name != "test_house.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once with ``-n auto``."""
    return max(2, os.cpu_count() or 1)


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    return tmp_path / "archives"


@pytest.fixture
def scrapy(archives: Path) -> Scrapy:
    """Run ``scrapy ARGS`` on the test's own archives folder, loopback allowed."""
    return partial(running.scrapy, archives)


@pytest.fixture
def crawl(scrapy: Scrapy) -> Scrapy:
    """Run ``scrapy crawl wordpress -a NAME=VALUE…``."""

    def run(
        *args: str, env: dict[str, str] | None = None, allow: bool = True, **spider: str
    ) -> Run:
        options = [part for name, value in spider.items() for part in ("-a", f"{name}={value}")]
        return scrapy("crawl", "wordpress", *options, *args, env=env, allow=allow)

    return run
