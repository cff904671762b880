"""``scrapy replay``: does the archive give the same texts today as it did then?"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.state.lock import ArchiveLock
from crawler.text.article import EXTRACTOR
from demo.server import serve
from demo.site import harbour_site
from tests.background_crawl import Crawl
from tests.checks.crawled import Copy
from tests.recorded import SOURCE, Recorded, crawl, spider_arguments, three_crawls
from tests.replaying import content, ledger, offline, texts
from tests.running import LIMIT, ROOT, Run, scrapy
from tests.servers.site_process import Shape, serving

CAPTIONS = ("-s", "CLEAN_CAPTIONS=1")  # another extraction
ARTICLES = 24  # in the archive of three crawls


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record three crawls of a site that is gone. Do not change them."""
    return three_crawls(tmp_path_factory.getbasetemp() / "recorded")


@pytest.fixture
def copy(recorded: Recorded, tmp_path: Path) -> Copy:
    """Copy their archive."""
    shutil.copytree(recorded.archives, tmp_path / "archives")
    return Copy(tmp_path / "archives")


# Whoever reads a ledger that another program wrote reads it through, and notes that.
_NOTES = (".lock", ".locks", "ledger.sqlite-sound", "ledger.sqlite-queue")


def replay(archives: Path, *options: str) -> Run:
    """Run ``scrapy replay``, which must not use the network or leave a scratch folder behind."""
    run = offline("replay", *options, "-s", f"ARCHIVES_DIR={archives}", archives=archives)
    assert scratch(archives) == []
    assert "Traceback" not in run.log, run.log
    return run


def check(archives: Path, *options: str) -> Run:
    """Run ``scrapy replay --check``, which must change nothing."""
    before = content(archives, without=_NOTES)
    run = replay(archives, "--check", *options)
    assert content(archives, without=_NOTES) == before
    return run


def scratch(archives: Path) -> list[Path]:
    return list(archives.glob(".replay-*"))


def is_sound(archives: Path) -> bool:
    """Tell whether verify finds nothing, and trace agrees for every sixth text."""
    commands = [["verify"], *(["trace", path.name] for path in Copy(archives).texts[::6])]
    return all(scrapy(archives, *command).exit_code == 0 for command in commands)


def is_rebuilt_the_same(archives: Path) -> bool:
    """Tell whether the WARC files alone give ledger and texts again. Replaces both."""
    before = ledger(archives), texts(archives)
    archives.joinpath("ledger.sqlite").unlink()
    shutil.rmtree(archives / "text")
    run = scrapy(archives, "rebuild")
    return run.exit_code == 0 and before == (ledger(archives), texts(archives))


def last_line(run: Run) -> str:
    return run.stdout.splitlines()[-1]


def test_all_is_as_it_was(copy: Copy) -> None:
    run = check(copy.folder)
    assert run.exit_code == 0, run.stdout + run.log
    assert run.stdout == f"{ARTICLES} identical, 0 changed, 0 missing, 0 new\n"


def test_a_text_that_was_edited(copy: Copy) -> None:
    victim = copy.texts[3]
    before = victim.read_text(encoding="utf-8")
    first, second, *rest = before.splitlines()
    spoilt = "\n".join([first, "Not\x1b[31m so.", *rest, ""])
    victim.write_text(spoilt, encoding="utf-8")
    run = check(copy.folder)
    assert run.exit_code == 1, run.log
    assert last_line(run) == f"{ARTICLES - 1} identical, 1 changed, 0 missing, 0 new"
    assert f"changed {victim.name} ({EXTRACTOR} -> {EXTRACTOR})\n" in run.stdout
    assert "\n-Not\\x1b[31m so.\n" in run.stdout
    assert f"\n+{second}\n" in run.stdout
    run = replay(copy.folder, "--apply")
    assert run.exit_code == 0, run.log
    assert victim.read_text(encoding="utf-8") == before
    assert is_sound(copy.folder)
    assert check(copy.folder).exit_code == 0


def test_another_extraction(copy: Copy) -> None:
    history = ledger(copy.folder)[1]
    run = check(copy.folder, *CAPTIONS)
    assert run.exit_code == 1, run.log
    assert last_line(run) == f"{ARTICLES - 2} identical, 2 changed, 0 missing, 0 new"
    changed = [line.split()[1] for line in run.stdout.splitlines() if line.startswith("changed ")]
    assert len(changed) == 2
    before = {name: copy.folder.joinpath("text", name).read_bytes() for name in changed}
    added = [line for line in run.stdout.splitlines() if line.startswith("+") and line[1] != "+"]
    assert added

    run = replay(copy.folder, "--apply", *CAPTIONS)
    assert run.exit_code == 0, run.log
    assert "2 changed" in last_line(run)
    now = texts(copy.folder)
    assert all(now[name] != before[name] for name in changed)
    assert all(any(line[1:].encode() in now[name] for name in changed) for line in added)
    articles, revisions = ledger(copy.folder)
    assert len(articles) == ARTICLES
    assert {row[-1] for row in revisions if row not in history} == set(changed)
    assert is_sound(copy.folder)
    assert is_rebuilt_the_same(copy.folder)
    assert check(copy.folder, *CAPTIONS).exit_code == 0
    assert check(copy.folder).exit_code == 1


def test_what_does_not_come_again_and_what_is_not_held(copy: Copy) -> None:
    before = ledger(copy.folder), texts(copy.folder)
    copy.sql("DELETE FROM article WHERE ordinal < 5")
    copy.sql("UPDATE article SET source = 'other' WHERE ordinal = 7")
    run = check(copy.folder)
    assert run.exit_code == 1, run.log
    assert last_line(run) == f"{ARTICLES - 6} identical, 0 changed, 1 missing, 6 new"
    assert len([line for line in run.stdout.splitlines() if line.startswith("new 0")]) == 6
    assert f"missing {copy.texts[7].name}" in run.stdout
    copy.sql("UPDATE article SET source = ? WHERE ordinal = 7", SOURCE)
    run = replay(copy.folder, "--apply")
    assert run.exit_code == 0, run.log
    assert (ledger(copy.folder), texts(copy.folder)) == before
    assert is_sound(copy.folder)
    assert check(copy.folder).exit_code == 0


def test_what_does_not_come_again_stays(copy: Copy) -> None:
    copy.sql("UPDATE article SET source = 'other' WHERE ordinal = 7")
    run = replay(copy.folder, "--apply")
    assert run.exit_code == 1, run.log
    assert copy.texts[7].exists()
    assert "1 missing" in last_line(run)


def test_a_text_file_that_is_gone(copy: Copy) -> None:
    before = texts(copy.folder)
    copy.texts[11].unlink()
    run = check(copy.folder)
    assert run.exit_code == 1, run.log
    assert replay(copy.folder, "--apply").exit_code == 0
    assert texts(copy.folder) == before


def test_a_revision_is_compared_as_it_is_now(copy: Copy) -> None:
    (path,) = (path for path in copy.texts if b"It was so after all." in path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"It was so after all.\n", b""))
    run = check(copy.folder)
    assert run.exit_code == 1, run.log
    assert "\n+It was so after all.\n" in run.stdout


def test_one_source_of_two(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    for source in ("east", "west"):
        with serve(harbour_site()) as site:
            for post in site.posts.values():
                post.guid = f"https://{source}.example/?p={post.id}"
            crawl(archives, spider_arguments(site.home, source=source))
    assert last_line(check(archives)).startswith("44 identical, 0 changed")
    rows = [row for row in ledger(archives)[0] if row[1] == "west"]
    west = archives / "text" / rows[0][-1]
    west.write_text("spoilt\n", encoding="utf-8")
    run = check(archives, "--source", "east")
    assert run.exit_code == 0, run.log
    assert last_line(run) == "22 identical, 0 changed, 0 missing, 0 new"
    assert check(archives, "--source", "west").exit_code == 1
    assert replay(archives, "--apply", "--source", "east").exit_code == 0
    assert west.read_text(encoding="utf-8") == "spoilt\n"
    assert check(archives, "--source", "north").exit_code == 2


def test_imports_before_and_after_a_crawl(tmp_path: Path) -> None:
    archives, seeds = tmp_path / "archives", tmp_path / "seeds"
    seeds.mkdir()
    with serve(harbour_site()) as site:
        for number in (3, 40):
            seed = seeds / f"{number:03d}_00000000000000{number:02d}.txt"
            text = f" date 2024-03-{number % 28:02d} Seed {number}\nIt was there.\n"
            seed.write_text(text, encoding="utf-8")
            run = scrapy(archives, "import", str(seed))
            assert run.exit_code == 0, run.log
            crawl(archives, spider_arguments(site.home))
    shutil.rmtree(seeds)
    run = check(archives)
    assert run.exit_code == 0, run.stdout + run.log
    assert last_line(run) == "24 identical, 0 changed, 0 missing, 0 new"


def test_where_settings_put_ledger_and_texts(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    elsewhere = (
        *("-s", f"STATE_URI=sqlite:{tmp_path / 'other.sqlite'}"),
        *("-s", f"CORPUS_PATH={tmp_path}/corpus/{{source}}/{{year}}/{{ordinal}}_{{key}}.txt"),
    )
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home), *elsewhere)
    corpus = content(tmp_path / "corpus")
    run = check(archives, *elsewhere)
    assert run.exit_code == 0, run.log
    assert last_line(run) == "22 identical, 0 changed, 0 missing, 0 new"
    run = replay(archives, "--apply", *elsewhere, *CAPTIONS)
    assert run.exit_code == 0, run.log
    after = content(tmp_path / "corpus")
    assert after.keys() == corpus.keys()
    assert len(after.items() - corpus.items()) == 2
    assert check(archives, *elsewhere, *CAPTIONS).exit_code == 0


def test_an_archive_in_use(copy: Copy) -> None:
    lock = ArchiveLock.alone(copy.folder)
    try:
        run = check(copy.folder)
    finally:
        lock.release()
    assert run.exit_code == 75, run.log


def test_without_a_ledger(copy: Copy) -> None:
    copy.folder.joinpath("ledger.sqlite").unlink()
    run = check(copy.folder)
    assert run.exit_code == 5, run.log
    assert "run scrapy rebuild" in run.log


def test_a_run_of_a_spider_that_is_no_more(copy: Copy) -> None:
    run = check(copy.folder, "-s", "SPIDER_MODULES=tests.spiders.asking_spider")
    assert run.exit_code == 2, run.log
    assert "'wordpress'" in run.log


def test_no_runs(tmp_path: Path) -> None:
    (tmp_path / "archives" / "warc").mkdir(parents=True)
    run = check(tmp_path / "archives")
    assert run.exit_code == 2, run.log
    assert "ARCHIVES_DIR" in run.log


@pytest.mark.parametrize(
    "options",
    [(), ("--check", "--apply"), ("--check", "more"), ("--check", "-s", "ARCHIVES_DIR=/no/where")],
)
def test_usage(copy: Copy, options: tuple[str, ...]) -> None:
    run = offline("replay", "-s", f"ARCHIVES_DIR={copy.folder}", *options, archives=copy.folder)
    assert run.exit_code == 2, run.log
    assert "Traceback" not in run.log


@contextmanager
def under_way(archives: Path, sign: str) -> Iterator[subprocess.Popen[str]]:
    """Start ``scrapy replay --apply``; yield it once its scratch folder has files *sign*."""
    command = [sys.executable, "-m", "scrapy", "replay", "--apply", *CAPTIONS]
    with subprocess.Popen(
        [*command, "-s", f"ARCHIVES_DIR={archives}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        limit = time.monotonic() + LIMIT
        while not list(archives.glob(f".replay-*/{sign}")):
            assert process.poll() is None, "it ended before it could be interrupted"
            assert time.monotonic() < limit
            time.sleep(0.01)
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("sign", ["replay.cdxj*", "text/*"], ids=["early", "under way"])
def test_interrupted(copy: Copy, number: signal.Signals, sign: str) -> None:
    before = content(copy.folder, without=[".lock", ".locks"])
    with under_way(copy.folder, sign) as process:
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + number, stdout + stderr
    assert scratch(copy.folder) == []
    assert content(copy.folder, without=[".lock", ".locks"]) == before
    assert "Traceback" not in stderr, stderr


def test_what_a_kill_leaves_is_cleared_away(copy: Copy) -> None:
    with under_way(copy.folder, "text/*") as process:
        process.kill()
    assert scratch(copy.folder)
    assert replay(copy.folder, "--check").exit_code == 0


def test_an_archive_with_a_run_that_was_killed(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    with serving(Shape(slow=0.05)) as site:
        killed = Crawl(site.home, archives)
        killed.wait_until_written()
        time.sleep(0.7)
        killed.kill()
        assert killed.ended().exit_code == -signal.SIGKILL
        assert Crawl(site.home, archives).ended().exit_code == 0
    run = check(archives)
    assert last_line(run) == "82 identical, 0 changed, 0 missing, 0 new"
    assert run.exit_code == 0, "that the killed run got no more answers is no change"
