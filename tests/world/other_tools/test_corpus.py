"""`scrapy crawl warc` over what other tools archived: the texts of our own crawl of that site.

Each archive holds every post over REST, and ten of them as web pages too. Those are articles of
their own, since a page does not tell the guid of its post; but they read the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.state.identity import article_key
from tests.running import Run, scrapy
from tests.world.other_tools.conftest import Foreign, Ours
from tests.world.other_tools.paper import Paper

FOUNTAIN = "The fountain is on again."
"""All of a post without a headline. Its page is left out: what it is called is anybody's guess."""


def by_key(run: Run) -> dict[str, str]:
    return {Path(name).stem.partition("_")[2]: text for name, text in run.texts.items()}


@pytest.fixture(scope="module")
def theirs(foreign: Foreign, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the corpus that the foreign archive gives."""
    archives = tmp_path_factory.mktemp("theirs")
    run = scrapy(archives, "crawl", "warc", "-a", f"path={foreign.folder}", allow=False)
    assert run.exit_code == 0, run.log
    return run


def as_pages(paper: Paper, ours: Ours) -> Iterator[str]:
    """Yield what the web pages of the paper should read, each."""
    posts, articles = by_key(ours.run), paper.articles
    for post in paper.site.published():
        if paper.site.permalink(post) in articles:
            yield posts[article_key(post.guid, post.date)]


def test_the_lists_give_the_very_texts_of_our_crawl(theirs: Run, ours: Ours) -> None:
    assert by_key(theirs).items() >= by_key(ours.run).items()


def test_the_pages_read_as_the_posts_do(theirs: Run, ours: Ours, paper: Paper) -> None:
    posts = by_key(ours.run)
    pages = [text for key, text in by_key(theirs).items() if key not in posts]
    found, expected = Counter(pages), Counter(as_pages(paper, ours))
    assert {text for text in found - expected if FOUNTAIN not in text} == set()
    assert {text for text in expected - found if FOUNTAIN not in text} == set()


def test_a_text_is_traced_into_the_foreign_file(theirs: Run, foreign: Foreign) -> None:
    *_, last = theirs.texts
    traced = scrapy(theirs.archives, "trace", str(theirs.archives / "text" / last), allow=False)
    assert traced.exit_code == 0, traced.stdout + traced.log
    assert any(str(path) in traced.stdout for path in foreign.paths)
    assert traced.stdout.rstrip().endswith("verified: yes")
