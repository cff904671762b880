"""WARC files that people packed anew, unpacked, joined or renamed: nothing of them is lost."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from crawler.state.backends import open_store
from demo.server import serve
from demo.site import harbour_site
from tests.archive.handled import DOUBLED, HANDLED
from tests.recorded import DELETED, REVISED, TOUCHED, crawl, edit, publish, spider_arguments
from tests.running import Run, scrapy

Held = dict[str, Any]


@dataclass(frozen=True)
class Original:
    """An archive of two crawls of the site ``home``, which goes on answering."""

    archives: Path
    home: str
    held: Held


def held(archives: Path) -> Held:
    """Return what the ledger holds, but for where it lies."""

    def known(holding: Any) -> Any:
        refs = [ref and ref.record_id for ref in (holding.conversion, holding.origin)]
        return replace(holding, conversion=None, origin=None), *refs

    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        articles = list(store.all())
        identities = [(article.key, article.source) for article in articles]
        captures = [capture for warc in store.warcs() for capture in store.captures(warc.name)]
        return {
            "articles": [known(article) for article in articles],
            "history": [[*map(known, store.history(*identity))] for identity in identities],
            "events": [
                [replace(event, record=None) for event in store.events(*identity)]
                for identity in identities
            ],
            "outcomes": [replace(found, record=None) for found in store.all_outcomes("harbour")],
            "captures": Counter((held.ref.record_id, held.payload_digest) for held in captures),
            "pages": {
                held.ref.uri: (page := store.latest(held.ref.uri)) and page.record_id
                for held in captures
            },
        }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Original]:
    archives = tmp_path_factory.mktemp("handled") / "archives"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
        publish(site, 200)
        edit(site, REVISED, day=1, text="This was not so.")
        edit(site, TOUCHED, day=2)
        site.posts.pop(DELETED)
        crawl(archives, spider_arguments(site.home))
        crawl(archives, spider_arguments(site.home))
        yield Original(archives, site.home, held(archives))


@pytest.fixture(params=HANDLED)
def handled(request: pytest.FixtureRequest, original: Original, tmp_path: Path) -> Path:
    """Return an archive whose files were handled in one of the ways, by name its folder."""
    way = str(request.param)
    archives = tmp_path / way
    shutil.copytree(original.archives, archives)
    HANDLED[way](archives / "warc")
    return archives


def set_aside(archives: Path) -> list[str]:
    return [path.name for path in (archives / "warc").iterdir() if ".torn-" in path.name]


def check_whole(archives: Path, original: Original) -> None:
    assert set_aside(archives) == []
    verified = scrapy(archives, "verify")
    faults = [line for line in verified.stdout.splitlines()[:-1] if not _is_double(line, archives)]
    assert faults == []
    assert verified.exit_code == (archives.name in DOUBLED), verified.stdout
    check_traces(archives)
    replayed = scrapy(archives, "replay", "--check")
    assert replayed.exit_code == 0, replayed.log + replayed.stdout


def _is_double(line: str, archives: Path) -> bool:
    """Return whether *line* says that a record is in two files, which it is."""
    doubled = "WARC-Record-ID: found" in line or "expected" in line
    return archives.name in DOUBLED and doubled


def check_traces(archives: Path) -> list[Run]:
    files = sorted((archives / "text").iterdir())
    traced = [scrapy(archives, "trace", str(path)) for path in (files[0], files[-1])]
    for run in traced:
        assert run.exit_code == 0, run.stdout
        assert "verified: yes" in run.stdout
    return traced


def test_the_next_crawl_finds_every_record_again(original: Original, handled: Path) -> None:
    run = crawl(handled, spider_arguments(original.home))
    assert run.report["articles"].keys() == {"duplicate"}
    assert "forgotten" not in run.log
    assert "what the ledger has of them stays" not in run.log
    now = held(handled)
    assert original.held["captures"].items() <= now.pop("captures").items()
    now["pages"] = {uri: now["pages"][uri] for uri in original.held["pages"]}
    assert now["articles"] == original.held["articles"]
    assert now["history"] == original.held["history"]
    assert now["events"] == original.held["events"]
    assert now["outcomes"] == original.held["outcomes"]
    check_whole(handled, original)


def test_before_that_it_is_said_what_to_do(original: Original, handled: Path) -> None:
    verified = scrapy(handled, "verify")
    assert verified.exit_code == 1
    assert "the next crawl" in verified.stdout
    if handled.name == "gzip_in_blocks":
        return  # records are in pieces, and cannot be read before it is written anew
    displaced = [line for line in verified.stdout.splitlines() if "in the ledger, " in line]
    assert displaced == [], "a line for each record of a file that was handled"
    traced = check_traces(handled)
    if handled.name not in DOUBLED:
        assert any("conversion-moved-to: " in run.stdout for run in traced)
    assert held(handled) == original.held


@pytest.mark.parametrize(
    "handled", ["gunzip", "rename", "cat", "swap", "recompress"], indirect=True
)
def test_a_replay_needs_no_ledger_that_knows_the_places(original: Original, handled: Path) -> None:
    replayed = scrapy(handled, "replay", "--check")
    assert replayed.exit_code == 0, replayed.log + replayed.stdout


def test_a_rebuild_gives_the_same(original: Original, handled: Path) -> None:
    run = scrapy(handled, "rebuild")
    assert run.exit_code == 0, run.log
    now = held(handled)
    for name, expected in original.held.items():
        assert now[name] == expected, name
    check_whole(handled, original)
