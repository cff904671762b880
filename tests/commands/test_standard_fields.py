"""Every record that we write has the fields that WARC/1.1 asks for, and none that it forbids."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import Site, build_site, harbour_site
from tests.recorded import crawl, edit, publish, spider_arguments
from tests.running import scrapy
from tests.spiders.test_changed_posts import change, post
from tests.spiders.test_changed_posts import kinds as kinds_of_events
from tests.warc.standard_fields import kinds, of_record, violations

RECORD = {
    "WARC-Type": "metadata",
    "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000001>",
    "WARC-Date": "2024-04-11T08:00:00.25Z",
    "Content-Type": "application/json",
    "Content-Length": "2",
}


def checked(folder: Path) -> set[str]:
    """Check the WARC files below *folder* and return the types of their records."""
    files = [*folder.rglob("*.warc"), *folder.rglob("*.warc.gz")]
    assert [what for path in files for what in violations(path)] == []
    return set().union(*map(kinds, files))


def test_crawls_with_revisits_outcomes_and_what_could_not_be_reached(archives: Path) -> None:
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home, pages="yes")
        crawl(archives, arguments)
        crawl(archives, arguments)
        publish(site, 200)
        edit(site, 103, day=9, text="This was not so.")
        crawl(archives, arguments)
    crawl(archives, spider_arguments(site.home), expect=4)  # nobody answers there any more
    found = checked(archives)
    assert found == {"warcinfo", "request", "response", "revisit", "metadata", "conversion"}


def test_the_life_of_a_post(archives: Path) -> None:
    with serve(build_site([post(n) for n in range(1, 22)], [], [])) as site:
        _live(site, archives)
    assert kinds_of_events(archives) == ["missing", "redated"]
    checked(archives)


def _live(site: Site, archives: Path) -> None:
    arguments = spider_arguments(site.home)
    crawl(archives, arguments)
    change(site, 3, date="2024-05-03T10:00:00", day=4)
    del site.posts[5]
    crawl(archives, arguments)


def test_revisions_of_a_replay_and_archives_of_others(archives: Path, tmp_path: Path) -> None:
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    applied = scrapy(archives, "replay", "--apply", "-s", "CLEAN_CAPTIONS=1")
    assert applied.exit_code == 0, applied.log
    assert len(list(archives.joinpath("warc").glob("newsreel-replay-*"))) == 1
    read = scrapy(tmp_path / "other", "crawl", "warc", "-a", f"path={archives / 'warc'}")
    assert read.texts
    checked(archives)
    checked(tmp_path / "other")


def test_imports_and_their_identities(archives: Path, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    with serve(harbour_site()) as site:
        first = crawl(tmp_path / "first", spider_arguments(site.home))
        for name, text in list(first.texts.items())[:5]:
            (seeds / name).write_text(text, encoding="utf-8")
        imported = scrapy(archives, "import", str(seeds))
        assert imported.exit_code == 0, imported.log
        crawl(archives, spider_arguments(site.home))
    assert {"conversion", "metadata"} <= checked(archives)


def test_the_pages_that_are_made_at_packing(archives: Path, tmp_path: Path) -> None:
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    packed = scrapy(archives, "wacz", "-o", str(tmp_path / "out.wacz"))
    assert packed.exit_code == 0, packed.log
    with zipfile.ZipFile(tmp_path / "out.wacz") as wacz:
        wacz.extractall(tmp_path / "out")
    assert "resource" in checked(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"WARC-Refers-To-Date": "2024-04-11T08:00:00Z"}, "a metadata with WARC-Refers-To-Date"),
        ({"WARC-Refers-To-Target-URI": "https://a.example/"}, "a metadata with WARC-Refers-To-T"),
        ({"WARC-Type": "conversion"}, "a conversion without WARC-Target-URI"),
        ({"WARC-Date": "2024-04-11 08:00"}, "WARC-Date: '2024-04-11 08:00'"),
        (
            {"WARC-Type": "resource", "WARC-Refers-To": "<urn:x:1>"},
            "a resource with WARC-Refers-To",
        ),
    ],
)
def test_the_table_finds_what_is_wrong(change: dict[str, str], what: str) -> None:
    assert list(of_record(list(RECORD.items()))) == []
    found = list(of_record(list((RECORD | change).items())))
    assert any(one.startswith(what) for one in found), json.dumps(found)
