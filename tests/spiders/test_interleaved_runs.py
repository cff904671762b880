"""Many sites crawled at once into one archive: their runs are interleaved in its files."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.warc.reader import records
from crawler.warc.runs import told_by
from tests.replaying import offline, replay, texts
from tests.spiders.rounds import two_rounds
from tests.spiders.test_replay_archives import packed_in
from tests.warc.standard_fields import violations

SITES, POSTS = 4, 6
CORPUS_PATH = "text/{source}/{ordinal:03d}_{key}.txt"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Crawl sites in two rounds; return the archive, and the sites, which are gone."""
    archives = tmp_path_factory.mktemp("shared") / "archives"
    how = {"ARCHIVE_FILE_SIZE": 12_000, "CORPUS_PATH": CORPUS_PATH}
    return archives, two_rounds(archives, SITES, POSTS, length=500, **how)


def test_the_files_are_shared_and_the_archive_is_sound(shared: tuple[Path, list[str]]) -> None:
    archives, _ = shared
    files = sorted((archives / "warc").iterdir())
    switches, runs = 0, set()
    for path in files:
        first, *rest = records(path)
        assert first.header("WARC-Filename") == path.name
        infos = {record.id: told_by(record) for record in (first, *rest)}
        named = [record.header("WARC-Warcinfo-ID") or "" for record in rest]
        whose = [infos[name] for name in named if name]
        assert all(whose), "each record is of a run"
        runs |= {run.id for run in whose if run}
        switches += sum(one != other for one, other in pairwise(named) if one and other)
        assert violations(path) == []
    assert len(runs) == 2 * SITES
    assert len(files) > 2
    assert switches > 2 * SITES, "runs followed each other"
    run = offline("verify", "-s", f"ARCHIVES_DIR={archives}", archives=archives)
    assert run.exit_code == 0, run.stdout + run.log


def test_a_text_is_traced_to_the_run_that_collected_it(shared: tuple[Path, list[str]]) -> None:
    archives, homes = shared
    for number, home in enumerate(homes):
        name = next(iter(of_source(archives, number))).rpartition("/")[2]
        options = ("-s", f"ARCHIVES_DIR={archives}", "-s", f"CORPUS_PATH={CORPUS_PATH}")
        run = offline("trace", name, *options, archives=archives)
        assert run.exit_code == 0, run.stdout + run.log
        lines = dict(line.split(": ", 1) for line in run.stdout.splitlines())
        assert json.loads(lines["run-arguments"]) == {"site": home, "source": f"s{number}"}
        assert (lines["run-spider"], lines["source"]) == ("wordpress", f"s{number}")
        assert lines["run"].startswith("urn:uuid:")


def of_source(archives: Path, number: int) -> dict[str, bytes]:
    found = texts(archives)
    return {name: text for name, text in found.items() if name.startswith(f"s{number}/")}


@pytest.mark.parametrize("way", ["as it is", "wacz", "joined"])
def test_each_source_is_replayed_alone(
    shared: tuple[Path, list[str]], tmp_path: Path, way: str
) -> None:
    archives, homes = shared
    source: Path = archives / "warc"
    if way == "wacz":
        source = packed_in(archives, tmp_path / "all.wacz")
    elif way == "joined":
        source = tmp_path / "joined.warc.gz"
        files = sorted((archives / "warc").iterdir(), reverse=True)
        source.write_bytes(b"".join(path.read_bytes() for path in files))
    for number in (0, SITES - 1):
        into = tmp_path / f"again-{number}"
        run = replay(
            into,
            [source],
            {"site": homes[number], "source": f"s{number}"},
            *("-s", f"CORPUS_PATH={CORPUS_PATH}"),
        )
        assert run.exit_code == 0, run.log
        assert texts(into) == of_source(archives, number)
        assert len(of_source(archives, number)) == POSTS


def test_all_runs_are_made_again_and_give_the_same(shared: tuple[Path, list[str]]) -> None:
    archives, _ = shared
    run = offline("replay", "--check", "-s", f"ARCHIVES_DIR={archives}", archives=archives)
    assert run.exit_code == 0, run.stdout + run.log
    assert f"{SITES * POSTS} identical, 0 changed, 0 missing, 0 new" in run.stdout


def test_all_is_made_again_from_the_files_alone(
    shared: tuple[Path, list[str]], tmp_path: Path
) -> None:
    archives, _ = shared
    again = tmp_path / "again"
    again.mkdir()
    (again / "warc").symlink_to(archives / "warc")
    options = ("-s", f"ARCHIVES_DIR={again}", "-s", f"CORPUS_PATH={CORPUS_PATH}")
    run = offline("rebuild", *options, archives=again)
    assert run.exit_code == 0, run.stdout + run.log
    assert texts(again) == texts(archives)


def test_it_is_merged_into_another_archive(shared: tuple[Path, list[str]], tmp_path: Path) -> None:
    archives, _ = shared
    into = tmp_path / "into"
    options = ("-s", f"ARCHIVES_DIR={into}", "-s", f"CORPUS_PATH={CORPUS_PATH}")
    for _ in range(2):
        run = offline("crawl", "warc", "-a", f"path={archives}/warc", *options, archives=into)
        assert run.exit_code == 0, run.stdout + run.log
        assert sorted(texts(into).values()) == sorted(texts(archives).values())
    assert texts(into) == texts(archives)
    run = offline("replay", "--check", *options, archives=into)
    assert f"{SITES * POSTS} identical, 0 changed, 0 missing, 0 new" in run.stdout
    assert run.exit_code == 0, run.stdout + run.log
