"""Seed documents into a corpus, and a crawl that knows them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.state.identity import article_key
from demo.content import Post
from demo.server import serve
from demo.site import build_site
from tests.conftest import Scrapy

CLEAN = (
    " date 2023-07-25 Ferry stays in port\nThe ferry stayed in port on Tuesday.\nNobody minded.\n"
)
DATE = "2024-04-11T15:25:48"
GUID = "https://www.portmerrow.example/index.php/2024/04/11/ferry/"


def raw_post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "date": DATE,
        "modified": DATE,
        "guid": {"rendered": GUID},
        "link": GUID,
        "title": {"rendered": "Ferry &#8216;sails&#8217;"},
        "content": {"rendered": "<p>It sailed.</p>\n<h2>On time</h2>\n<p>At noon.</p>"},
    } | changes


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "000_e3d0cebe9306d85f.txt").write_text(CLEAN, encoding="utf-8")
    (folder / "001_4c68a6d4e38c5eab.txt").write_text(json.dumps(raw_post()), encoding="utf-8")
    return folder


RAW_TEXT = " date 2024-04-11 Ferry ‘sails’\nIt sailed.\nOn time\nAt noon.\n"


def test_clean_texts_as_they_are_and_raw_posts_cleaned(scrapy: Scrapy, seeds: Path) -> None:
    run = scrapy("import", str(seeds))
    assert run.exit_code == 0, run.log
    (first, clean), (second, cleaned) = run.texts.items()
    assert (first, clean) == ("000_e3d0cebe9306d85f.txt", CLEAN)
    assert second.startswith("001_")
    assert cleaned == RAW_TEXT


def test_importing_twice_adds_nothing(scrapy: Scrapy, seeds: Path) -> None:
    texts = scrapy("import", str(seeds)).texts
    run = scrapy("import", str(seeds))
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"duplicate": 2}
    assert run.texts == texts


def test_a_folder_of_seeds_is_a_corpus_that_grows(scrapy: Scrapy, seeds: Path) -> None:
    corpus = ("-s", f"CORPUS_PATH={seeds}/{{ordinal:03d}}_{{key}}.txt")
    run = scrapy("import", str(seeds), *corpus)
    assert run.exit_code == 0, run.log
    names = sorted(path.name for path in seeds.iterdir())
    assert names[:2] == ["000_e3d0cebe9306d85f.txt", "001_4c68a6d4e38c5eab.txt"]
    assert len(names) == 3
    assert names[2].startswith("002_")
    assert (seeds / names[0]).read_text(encoding="utf-8") == CLEAN
    assert (seeds / names[2]).read_text(encoding="utf-8") == RAW_TEXT


def test_a_text_that_was_in_the_folder_is_found_by_later_runs(
    scrapy: Scrapy, seeds: Path, tmp_path: Path
) -> None:
    """The folder is walked by the first run alone, whatever comes of it."""
    folder = tmp_path / "grown"
    corpus = ("-s", f"CORPUS_PATH={folder}/{{ordinal:03d}}_{{key}}.txt")
    folder.mkdir()
    (folder / f"041_{article_key(GUID, DATE)}.txt").write_text("old\n", encoding="utf-8")
    assert scrapy("import", str(seeds / "000_e3d0cebe9306d85f.txt"), *corpus).exit_code == 0
    assert scrapy("import", str(seeds / "001_4c68a6d4e38c5eab.txt"), *corpus).exit_code == 0
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    first, second = sorted(texts)
    assert (first, texts[first]) == (f"041_{article_key(GUID, DATE)}.txt", RAW_TEXT)
    assert second.startswith("042_")
    assert texts[second] == CLEAN


def test_a_text_that_is_put_there_later_is_not_overwritten(
    scrapy: Scrapy, seeds: Path, tmp_path: Path
) -> None:
    for _ in range(2):  # the second one walks the folder, which the first one made
        assert scrapy("import", str(seeds / "000_e3d0cebe9306d85f.txt")).exit_code == 0
    folder = tmp_path / "archives" / "text"
    own = folder / f"001_{article_key(GUID, DATE)}.txt"
    own.write_text("my own\n", encoding="utf-8")
    post = (seeds / "001_4c68a6d4e38c5eab.txt").rename(tmp_path / "post.json")
    run = scrapy("import", str(post))
    assert run.exit_code == 0, run.log
    assert own.read_text(encoding="utf-8") == "my own\n"
    assert run.texts[f"002_{article_key(GUID, DATE)}.txt"] == RAW_TEXT


def test_a_crawl_of_the_same_posts_adds_nothing(scrapy: Scrapy, seeds: Path) -> None:
    texts = scrapy("import", str(seeds)).texts
    posts = [
        Post(
            id=7,
            date=DATE,
            guid=GUID.replace("https:", "http:"),
            title="Ferry &#8216;sails&#8217;",
            content="<p>It sailed.</p>\n<h2>On time</h2>\n<p>At noon.</p>",
        ),
        Post(
            id=8,
            date="2023-07-25T08:00:00",
            title="Ferry stays in port",
            content="<p>The ferry stayed in port on Tuesday.</p><p>Nobody minded.</p>",
        ),
    ]
    with serve(build_site(posts, [], [])) as site:
        for _ in range(2):
            run = scrapy("crawl", "wordpress", "-a", f"site={site.home}")
            assert run.exit_code == 0, run.log
            assert run.report["articles"] == {"duplicate": 2}
            assert run.texts == texts


def test_what_is_no_seed_is_named_and_the_rest_imported(scrapy: Scrapy, seeds: Path) -> None:
    (seeds / "002_notes.txt").write_text("Shopping list\n", encoding="utf-8")
    (seeds / "003_cut.json").write_text('{"id": 7, "date": "2024', encoding="utf-8")
    (seeds / "004_error.json").write_text(json.dumps(raw_post(content=None)), encoding="utf-8")
    run = scrapy("import", str(seeds))
    assert run.exit_code == 3, run.log
    assert len(run.texts) == 2
    for name in ("002_notes.txt", "003_cut.json", "004_error.json"):
        assert name in run.stdout


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("/no/such/folder",)])
def test_wrong_usage_is_exit_code_2(scrapy: Scrapy, arguments: tuple[str, ...]) -> None:
    run = scrapy("import", *arguments)
    assert run.exit_code == 2, run.log
    assert "Traceback" not in run.log


def test_folders_below_and_lists_of_posts(scrapy: Scrapy, seeds: Path) -> None:
    below = seeds / "2024" / "05"
    below.mkdir(parents=True)
    posts = [raw_post(guid={"rendered": f"g{n}"}, link=f"https://a.example/{n}") for n in (1, 2)]
    (below / "posts.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(posts).encode())
    (below / ".hidden").write_text("no seed", encoding="utf-8")
    run = scrapy("import", str(seeds))
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"new": 4}


def test_a_headline_alone_is_a_document(scrapy: Scrapy, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(" date 2024-01-01 Headline\n", encoding="utf-8")
    run = scrapy("import", str(tmp_path / "one.txt"))
    assert list(run.texts.values()) == [" date 2024-01-01 Headline\n"]


def test_an_imported_text_under_its_true_key_is_known_and_revised(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    key = article_key(GUID, DATE)
    (tmp_path / f"000_{key}.txt").write_text(RAW_TEXT, encoding="utf-8")
    scrapy("import", str(tmp_path / f"000_{key}.txt"))
    post = Post(id=7, date=DATE, guid=GUID, title="Ferry &#8216;sails&#8217;")
    post.content = "<p>It sailed.</p>\n<h2>On time</h2>\n<p>At noon.</p>"
    with serve(build_site([post], [], [])) as site:
        first = scrapy("crawl", "wordpress", "-a", f"site={site.home}")
        assert first.report["articles"] == {"duplicate": 1}, first.log
        post.content, post.modified = "<p>It sank.</p>", "2026-01-01T00:00:00"
        second = scrapy("crawl", "wordpress", "-a", f"site={site.home}")
    assert second.report["articles"] == {"revised": 1}, second.log
    assert second.texts == {f"000_{key}.txt": " date 2024-04-11 Ferry ‘sails’\nIt sank.\n"}
