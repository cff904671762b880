"""The keystone: a real WordPress is recorded and stopped, and all of it comes out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import crawl
from tests.replaying import content, kept, replay, total
from tests.running import scrapy
from tests.world.wordpress.site import WordPress

pytestmark = pytest.mark.wordpress

SOURCES = ("wire", "wire-again")
TYPES = "posts,pages,dispatches"


def arguments(home: str, source: str) -> dict[str, str]:
    return {"site": home, "source": source, "post_types": TYPES}


@pytest.fixture(scope="module")
def recorded(
    wordpress_installed: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """Return an archive, and the URL of the site, which has been stopped.

    A first run has everything, the second one finds a new post and an edited one. The third one
    and the fourth one ask for all of it again, as another source: they are made of revisits.
    """
    folder = tmp_path_factory.mktemp("keystone")
    archives = folder / "archives"
    with WordPress.start(folder / "site") as site:
        crawl(archives, arguments(site.url, SOURCES[0]))
        late = {"post_date": "2022-01-01 05:06:07", "post_status": "publish"}
        site.insert_post(post_title="Late", post_content="<p>Late.</p>", **late)
        emoji = int(site.wp("echo get_page_by_path('emoji', OBJECT, 'post')->ID;"))
        site.update_post(emoji, post_content="<p>Edited.</p>")
        for source in (*SOURCES, SOURCES[1]):
            crawl(archives, arguments(site.url, source))
    return archives, site.url


def test_the_archive_is_worth_it(recorded: tuple[Path, str]) -> None:
    held = kept(recorded[0])
    assert len(held.texts) > 300
    assert len(held.history) == 1
    assert total(recorded[0], "archive/records/revisit") >= 8
    assert total(recorded[0], "archive/records/response") >= 8


@pytest.mark.parametrize("is_packed", [False, True], ids=["warc", "wacz"])
def test_it_all_comes_out_again(
    recorded: tuple[Path, str], tmp_path: Path, *, is_packed: bool
) -> None:
    archives, home = recorded
    before, into, sources = content(archives), tmp_path / "again", [archives / "warc"]
    if is_packed:
        sources = [tmp_path / "all.wacz"]
        run = scrapy(archives, "wacz", "-o", str(sources[0]))
        assert run.exit_code == 0, run.log
    for source in SOURCES:
        run = replay(into, sources, arguments(home, source), isolated=True)
        assert run.exit_code == 0, run.stdout + run.log
    assert total(into, "replay/revisits") == total(archives, "archive/records/revisit")
    assert kept(into) == kept(archives)
    assert content(archives) == before
