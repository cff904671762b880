"""Commands that are killed, at moments of their work: the next start cleans what they left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import harbour_site
from tests.recorded import crawl, edit, spider_arguments
from tests.running import LIMIT, ROOT, Run, scrapy

KILLED = """
import importlib, os, signal, sys
place, name = sys.argv.pop(1).rsplit(":")
module, _, owner = place.partition("/")
found = importlib.import_module(module)
owner = getattr(found, owner) if owner else found
whole = getattr(owner, name)

def then_killed(*args, **kwargs):
    found = whole(*args, **kwargs)
    if hasattr(found, "__next__"):
        next(found, None)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, then_killed)
sys.argv[0] = "scrapy"
from scrapy.cmdline import execute
execute()
"""
"""Runs scrapy, and kills it where the function that the first argument names has returned."""

WACZ = "crawler.warc.wacz_writer/WaczWriter"
PACKING = [
    "crawler.disk:_locked_folder",
    "crawler.archive.packing:_add_records",
    f"{WACZ}:add_warc",
    "crawler.archive.made_pages/MadePages:write",
    f"{WACZ}:add_index",
    f"{WACZ}:close",
]
REVISIONS = "crawler.replay.revisions/_RevisionWriter"
APPLYING = [
    "crawler.commands.replay:runs_from",
    "crawler.extensions.process_archive/ProcessArchive:seal",
    f"{REVISIONS}:write",
    "crawler.archive.recorder/Recorder:commit",
    "crawler.text.corpus/Corpus:write",
    f"{REVISIONS}:finish",
]
CAPTIONS = ("-s", "CLEAN_CAPTIONS=1")  # another extraction


@pytest.fixture(scope="module")
def home_and_archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("crawled") / "archives"
    with serve(harbour_site()) as site:
        crawl(folder, spider_arguments(site.home))
        edit(site, 103, day=9, text="This was not so.")
        crawl(folder, spider_arguments(site.home))
        return site.home, folder


@pytest.fixture
def archives(home_and_archives: tuple[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(home_and_archives[1], tmp_path / "archives"))


def killed(archives: Path, where: str, *words: str) -> None:
    """Run ``scrapy WORDS`` on *archives*, which is killed at *where*."""
    options = ["-s", f"ARCHIVES_DIR={archives}", "-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8"]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, where, *words, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def left(archives: Path) -> list[str]:
    """Return what is neither the archive's nor its owner's."""
    strange = (".part", ".new", ".open", ".owner", "-journal")
    return sorted(
        str(path.relative_to(archives))
        for path in archives.rglob("*")
        if (path.name.startswith(".") and not path.name.startswith(".lock"))
        or path.name.endswith(strange)
    )


def crawled_again(archives: Path) -> Run:
    """Start a crawl of the site, which is gone."""
    return scrapy(archives, "crawl", "wordpress", "-a", "site=http://127.0.0.1:1/")


@pytest.mark.parametrize("where", PACKING)
def test_a_packing_that_was_killed(archives: Path, where: str) -> None:
    killed(archives, where, "wacz")
    assert left(archives), "it is killed before it has begun"
    assert not list(archives.glob("newsreel-*.wacz"))
    assert scrapy(archives, "wacz").exit_code == 0
    assert left(archives) == []


@pytest.mark.parametrize("where", [PACKING[0], PACKING[-1]])
def test_the_next_crawl_cleans_it_too(archives: Path, where: str) -> None:
    killed(archives, where, "wacz")
    assert crawled_again(archives).exit_code == 4
    assert left(archives) == []


def test_a_packing_elsewhere(archives: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    out = ["-o", str(tmp_path / "out" / "news.wacz")]
    killed(archives, f"{WACZ}:add_index", "wacz", *out)
    assert left(tmp_path / "out")
    assert scrapy(archives, "wacz", *out).exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["news.wacz"]


@pytest.mark.parametrize("where", APPLYING)
def test_revisions_that_were_killed(archives: Path, where: str) -> None:
    killed(archives, where, "replay", "--apply", *CAPTIONS)
    assert left(archives), "it is killed before it has begun"
    assert crawled_again(archives).exit_code == 4
    assert left(archives) == []
    assert scrapy(archives, "verify").exit_code == 0
    applied = scrapy(archives, "replay", "--apply", *CAPTIONS)
    assert applied.exit_code == 0, applied.stdout + applied.log
    assert left(archives) == []
    checked = scrapy(archives, "replay", "--check", *CAPTIONS)
    assert checked.exit_code == 0, checked.stdout


def test_an_index_elsewhere(archives: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    command = ["index", str(archives / "warc"), "-o", str(tmp_path / "out" / "all.cdxj")]
    killed(archives, "crawler.warc.index_files:_write_run", *command)
    assert left(tmp_path / "out")
    assert scrapy(archives, *command).exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["all.cdxj"]


def strangers(folder: Path) -> Sequence[Path]:
    mine = folder / ".newsreel-wacz-mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("Dear all")
    (folder / ".newsreel-wacz-link").symlink_to(folder / "warc")
    return mine / "letter.txt", *(folder / "warc").iterdir()


def test_what_is_none_of_ours_stays(archives: Path) -> None:
    files = strangers(archives)
    assert scrapy(archives, "wacz").exit_code == 0
    assert all(path.is_file() for path in files)
