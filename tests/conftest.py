"""What the tests of every room may use: runs of the crawler."""

from __future__ import annotations

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
