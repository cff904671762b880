"""What a crawl is replayed from, at which date, and where the replay writes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from tests.background_crawl import Crawl
from tests.recorded import REVISED, SOURCE, Recorded, crawl, edit, publish, spider_arguments
from tests.replaying import content, kept, ledger, replay, reports, texts
from tests.running import scrapy
from tests.servers.site_process import Shape, serving

Pack = Callable[[Recorded, Path], list[Path | str]]
"""Returns what of the archive is replayed; the folder is for files that have to be made."""


def a_folder(recorded: Recorded, _: Path) -> list[Path | str]:
    return [recorded.archives]


def a_glob(recorded: Recorded, _: Path) -> list[Path | str]:
    return [f"{recorded.archives}/warc/newsreel-{SOURCE}-*.warc.gz"]


def its_files(recorded: Recorded, _: Path) -> list[Path | str]:
    return [*reversed(recorded.warcs)]


def a_wacz(recorded: Recorded, folder: Path) -> list[Path | str]:
    return [packed(recorded, folder / "all.wacz")]


def a_wacz_a_run(recorded: Recorded, folder: Path) -> list[Path | str]:
    numbered = enumerate(recorded.warcs)
    return [packed(recorded, folder / f"{number}.wacz", warc) for number, warc in numbered]


def everything_twice(recorded: Recorded, folder: Path) -> list[Path | str]:
    return [recorded.archives / "warc", packed(recorded, folder / "all.wacz")]


def packed(recorded: Recorded, wacz: Path, *warcs: Path) -> Path:
    """Pack the archive, or these files of it alone."""
    return packed_in(recorded.archives, wacz, *warcs)


def packed_in(archives: Path, wacz: Path, *warcs: Path) -> Path:
    """Pack the archive *archives*, or these files of it alone."""
    run = scrapy(archives, "wacz", "-o", str(wacz), *map(str, warcs))
    assert run.exit_code == 0, run.log
    return wacz


@pytest.mark.parametrize(
    "pack", [a_folder, a_glob, its_files, a_wacz, a_wacz_a_run, everything_twice]
)
def test_replay_from(pack: Pack, recorded: Recorded, tmp_path: Path) -> None:
    into = tmp_path / "again"
    run = replay(into, pack(recorded, tmp_path), spider_arguments(recorded.home))
    assert run.exit_code == 0, run.log
    assert kept(into) == recorded.after[-1]


def test_replay_from_an_index(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    # The first answers are errors, within one second: an index has no smaller unit. One request at
    # a time, since of answers that overlap the turn of a second it does not know the order.
    with serve(harbour_site(Modes(fail_first=2, cap=10))) as site:
        crawl(archives, spider_arguments(site.home), "-s", "CONCURRENT_REQUESTS=1")
    run = replay(into, [archives / "index" / "*.cdxj"], spider_arguments(site.home))
    assert run.exit_code == 0, run.log
    assert sorted(texts(into).values()) == sorted(texts(archives).values())
    assert reports(into)[0]["articles"] == reports(archives)[0]["articles"]


def test_in_the_archive_itself(recorded: Recorded, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    shutil.copytree(recorded.archives, archives)
    before = content(archives)
    run = replay(archives, [], spider_arguments(recorded.home))
    assert run.exit_code == 0, run.log
    assert content(archives, without=["replays"]) == before
    (into,) = (archives / "replays").iterdir()
    assert kept(into) == recorded.after[-1]
    assert str(into) in run.stdout
    # The files of the replay are not replayed themselves.
    second = replay(tmp_path / "again", [archives], spider_arguments(recorded.home))
    assert second.exit_code == 0, second.log
    assert kept(tmp_path / "again") == recorded.after[-1]


@dataclass(frozen=True)
class Editions:
    """A site at two times, each crawled whole into an archive of its own."""

    home: str
    archives: tuple[Path, Path]


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    folder = tmp_path_factory.mktemp("editions")
    early, late = folder / "early", folder / "late"
    with serve(harbour_site()) as site:
        crawl(early, spider_arguments(site.home))
        publish(site, 200)
        edit(site, REVISED, day=1, text="It was so after all.")
        crawl(late, spider_arguments(site.home))
    return Editions(site.home, (early, late))


@pytest.mark.parametrize(
    ("at", "edition"),
    [("1999", 0), ("2099-01-01T00:00:00Z", 1), ("20990101000000", 1), ("20990101", 1)],
)
def test_replay_at(editions: Editions, tmp_path: Path, at: str, edition: int) -> None:
    into = tmp_path / "again"
    run = replay(into, editions.archives, spider_arguments(editions.home), "-s", f"REPLAY_AT={at}")
    assert run.exit_code == 0, run.log
    assert kept(into) == kept(editions.archives[edition])
    assert kept(into) != kept(editions.archives[1 - edition])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("REPLAY_AT", "yesterday"),
        ("REPLAY_AT", "2026-13-01T00:00:00Z"),
        ("REPLAY_FROM", "/nowhere/at-all"),
        ("REPLAY_FROM", "/nowhere/*.warc.gz"),
        ("REPLAY_RUN", "urn:uuid:none"),
    ],
)
def test_bad_settings(recorded: Recorded, tmp_path: Path, setting: str, value: str) -> None:
    given = ("-s", f"REPLAY_FROM={recorded.archives}", "-s", f"{setting}={value}")
    run = replay(tmp_path / "again", [], spider_arguments(recorded.home), *given)
    assert run.exit_code == 2, run.log
    assert setting in run.log
    assert value in run.log
    assert "Traceback" not in run.log


def test_two_sources_in_one_archive(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site()) as site, serve(harbour_site(Modes(subfolder="/news"))) as other:
        for post in other.posts.values():
            post.guid = f"https://news.example/?p={post.id}"
        homes = {SOURCE: site.home, "news": other.home}
        for source, home in homes.items():
            crawl(archives, spider_arguments(home, source=source))
    for source, home in homes.items():
        run = replay(into, [archives / "warc"], spider_arguments(home, source=source))
        assert run.exit_code == 0, run.log
    assert len(texts(into)) == 44
    assert kept(into) == kept(archives)


def test_an_exchange_that_is_there_twice_happened_once(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site(Modes(fail_first=2))) as site:
        crawl(archives, spider_arguments(site.home))
    run = scrapy(archives, "wacz")
    assert run.exit_code == 0, run.log
    assert list(archives.glob("*.wacz"))
    run = replay(into, [archives], spider_arguments(site.home))
    assert run.exit_code == 0, run.log
    assert kept(into) == kept(archives)


def test_documents_that_were_imported(tmp_path: Path) -> None:
    archives, into, seeds = tmp_path / "archives", tmp_path / "again", tmp_path / "seeds"
    seeds.mkdir()
    text = " date 2024-03-01 Seed\nIt was there before.\n"
    (seeds / "007_0123456789abcdef.txt").write_text(text, encoding="utf-8")
    (seeds / "post.json").write_text(
        '{"id": 9, "date": "2024-04-01T08:00:00", "guid": {"rendered": "https://x.test/?p=9"},'
        ' "link": "https://x.test/9", "title": {"rendered": "Raw"},'
        ' "content": {"rendered": "<p>A raw post.</p>"}}',
        encoding="utf-8",
    )
    run = scrapy(archives, "import", str(seeds))
    assert run.exit_code == 0, run.log
    shutil.rmtree(seeds)
    run = replay(into, [archives / "warc"], {"path": str(seeds)}, spider="seeds")
    assert run.exit_code == 0, run.log
    assert texts(into) == texts(archives)
    assert len(texts(into)) == 2
    assert ledger(into) == ledger(archives)
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    run = replay(into, [archives / "warc"], spider_arguments(site.home))
    assert run.exit_code == 0, run.log
    assert texts(into) == texts(archives)
    assert ledger(into) == ledger(archives)


def test_a_run_that_was_killed(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serving(Shape(slow=0.05)) as site:
        killed = Crawl(site.home, archives)
        killed.wait_until_written()
        time.sleep(0.7)
        killed.kill()
        assert killed.ended().exit_code == -9
        whole = Crawl(site.home, archives).ended()
        assert whole.exit_code == 0, whole.log
    run = replay(into, [archives / "warc"], spider_arguments(site.home, source="faults"))
    assert run.exit_code in {0, 6}, run.log  # a killed run does not have all its answers
    assert texts(into) == texts(archives)
    assert ledger(into) == ledger(archives)
