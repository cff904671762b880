"""The spider and the pipelines against a real WordPress on MariaDB."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Scrapy
from tests.running import Run, scrapy
from tests.wordpress.client import get
from tests.wordpress.fixtures import StartSite
from tests.wordpress.site import WordPress

pytestmark = pytest.mark.wordpress

GOLDEN = Path(__file__).parents[1] / "wordpress" / "golden"


def slug(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def feed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def totals(site: WordPress, *types: str) -> int:
    counts = [get(f"{site.url}/?rest_route=/wp/v2/{t}", per_page=1).total for t in types]
    return sum(count or 0 for count in counts)


def seen(run: Run) -> int:
    """Articles written and dropped together: every post that was listed, by its fate."""
    return sum(run.report["articles"].values()) + sum(run.report["dropped"].values())


def test_every_post_of_every_type(crawl: Scrapy, wordpress: WordPress) -> None:
    run = crawl(site=wordpress.url, post_types="posts,pages,dispatches")
    assert run.exit_code == 0, run.log
    assert seen(run) == totals(wordpress, "posts", "pages", "dispatches")
    assert run.report["dropped"]["protected"] == 2
    assert len(run.texts) == run.report["articles"]["new"]


@pytest.fixture(scope="module")
def crawled(
    wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, dict[str, Any]], Path]:
    """The articles of one crawl by slug, and the folder of their texts."""
    folder = tmp_path_factory.mktemp("crawled")
    out = folder / "articles.jsonl"
    arguments = ("crawl", "wordpress", "-a", f"site={wordpress.url}", "-O", str(out))
    run = scrapy(folder / "archives", *arguments)
    assert run.exit_code == 0, run.log
    return {slug(a["url"]): a for a in feed(out)}, folder / "archives" / "text"


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_texts_read_as_a_person_would_copy_them(
    golden: Path, crawled: tuple[dict[str, dict[str, Any]], Path]
) -> None:
    articles, folder = crawled
    text = (folder / articles[golden.stem]["file"]).read_bytes()
    assert text.decode() == golden.read_text(encoding="utf-8")
