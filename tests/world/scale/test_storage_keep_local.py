"""WARC files that are in the bucket alone: everything that reads an archive reads them there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.storage.contents import put_bytes
from crawler.storage.object_stores import obstore
from crawler.storage.remote_file import RemoteFile
from demo.server import serve
from demo.site import harbour_site
from tests.export.web.test_captures import shown
from tests.recorded import REVISED, Recorded, edit, publish, spider_arguments, three_crawls
from tests.replaying import kept
from tests.running import Run, scrapy
from tests.world.scale.object_store import BUCKET, ObjectStore, environment, object_store
from tests.world.scale.uploading import crawl, objects, options, uploads

KEEP = ("-s", "ARCHIVE_KEEP_LOCAL=1d")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("moto")) as made, environment(made):
        yield made


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record an archive of three crawls, which is here."""
    return three_crawls(tmp_path_factory.mktemp("recorded"))


@dataclass(frozen=True)
class Archives:
    """The archive, and a copy of it whose WARC files are in the bucket alone."""

    here: Path
    away: Path

    def same(self, *command: str) -> str:
        """Return what the command writes, which is the same for both."""
        runs = [scrapy(archives, *command) for archives in (self.here, self.away)]
        assert [run.exit_code for run in runs] == [0, 0], runs[1].log
        said = [run.stdout.replace(str(run.archives), "ARCHIVES") for run in runs]
        said[1] = said[1].replace(f"s3://{BUCKET}/away", "ARCHIVES")
        assert said[0] == said[1]
        return said[0]


@pytest.fixture(scope="module")
def archives(
    recorded: Recorded, store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Archives:
    """Have the archive, and one whose files were uploaded and removed."""
    away = tmp_path_factory.mktemp("away") / "archives"
    shutil.copytree(recorded.archives, away)
    take_away(away, "away")
    assert not list((away / "warc").iterdir())
    return Archives(recorded.archives, away)


def take_away(archives: Path, prefix: str) -> None:
    """Upload the WARC files of *archives*, and have them removed as if two days had passed."""
    run = scrapy(archives, "upload", *options(prefix), *KEEP)
    assert run.exit_code == 0, run.log
    assert list((archives / "warc").iterdir())
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE warc SET uploaded = '2026-01-01T00:00:00+00:00'")
    run = scrapy(archives, "upload", *options(prefix), *KEEP)
    assert run.exit_code == 0, run.log


def test_a_text_is_traced_to_its_record_and_its_payload(archives: Archives) -> None:
    for text in sorted((archives.here / "text").iterdir())[:3]:
        for more in ((), ("--payload",), ("--history",)):
            archives.same("trace", text.name, *more)


def test_an_export_has_the_same_rows(archives: Archives, tmp_path: Path) -> None:
    found: list[str] = []
    for one in (archives.here, archives.away):
        target = tmp_path / f"{len(found)}.jsonl"
        run = scrapy(one, "export", "-o", str(target))
        assert run.exit_code == 0, run.log
        found.append(target.read_text())
    assert found[0] == found[1]
    assert found[0].count("\n") > 10


def test_coverage_and_health_look_into_them(archives: Archives) -> None:
    archives.same("coverage")
    assert scrapy(archives.away, "health").exit_code == scrapy(archives.here, "health").exit_code


def test_a_replay_gives_the_same_texts(archives: Archives) -> None:
    run = scrapy(archives.away, "replay", "--check")
    assert run.exit_code == 0, run.stdout + run.log
    assert "identical" in run.stdout


def test_a_wacz_has_them_all(archives: Archives, tmp_path: Path) -> None:
    sizes: list[list[str]] = []
    for one in (archives.here, archives.away):
        target = tmp_path / f"{len(sizes)}.wacz"
        run = scrapy(one, "wacz", "-o", str(target))
        assert run.exit_code == 0, run.log
        sizes.append(run.stdout.split(", ")[1:3])
    assert sizes[0] == sizes[1]


def test_the_index_keeps_their_lines(archives: Archives) -> None:
    def lines(folder: Path) -> list[str]:
        files = (folder / "index").glob("*.cdxj")
        return sorted(line for file in files for line in file.read_text().splitlines())

    assert lines(archives.away) == lines(archives.here)
    run = scrapy(archives.away, "index")
    assert run.exit_code == 0, run.log
    assert lines(archives.away) == lines(archives.here)


def test_they_are_browsed_and_their_captures_shown(archives: Archives, tmp_path: Path) -> None:
    stories: list[tuple[list[object], list[object]]] = []
    for one in (archives.here, archives.away):
        run = scrapy(one, "browse", "--build-only")
        assert run.exit_code == 0, run.log
        (folder := tmp_path / f"shown-{len(stories)}").mkdir()
        found: list[object] = [(c.title, c.made) for c, _ in shown(one, folder)]
        stories.append((rows(one / "corpus.sqlite"), found))
    assert stories[0] == stories[1]
    assert len(stories[0][1]) > 10
    assert scrapy(archives.away, "browse", "--build-only").exit_code == 0


def rows(database: Path) -> list[object]:
    """Return the texts in a browsing database, earlier ones too."""
    with closing(sqlite3.connect(database)) as corpus:
        return list(corpus.execute("SELECT key, number, title, text FROM text ORDER BY 1, 2"))


def test_verify_asks_the_store_or_reads_there(archives: Archives, store: ObjectStore) -> None:
    run = scrapy(archives.away, "verify")
    assert run.exit_code == 0, run.stdout
    assert "3 uploaded files by size and digest, 0 faults" in run.stdout
    run = scrapy(archives.away, "verify", "--uploaded")
    assert run.exit_code == 0, run.stdout
    whole = scrapy(archives.here, "verify").stdout
    assert run.stdout.split(", 3 uploaded")[0] == whole.split(", 0 faults")[0]


def test_verify_names_what_is_wrong_in_the_bucket(
    recorded: Recorded, store: ObjectStore, tmp_path: Path
) -> None:
    archives = tmp_path / "archives"
    shutil.copytree(recorded.archives, archives)
    take_away(archives, "wrong")
    gone, other, _ = (RemoteFile(f"s3://{BUCKET}/wrong/warc/{name}") for name in uploads(archives))
    delete(gone)
    put_bytes(other, b"x")
    run = scrapy(archives, "verify")
    assert run.exit_code == 1
    assert f"{gone}: is missing in the store" in run.stdout
    assert f"{other}: is not the file that was uploaded" in run.stdout
    run = scrapy(
        archives, "verify", "-s", "LOG_LEVEL=INFO", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    )
    assert run.exit_code == 1
    assert "cannot be looked at" in run.stdout
    assert "2 more were not asked about" in run.stdout


def test_nothing_is_removed_that_the_store_has_not(
    recorded: Recorded, store: ObjectStore, tmp_path: Path
) -> None:
    archives = tmp_path / "archives"
    shutil.copytree(recorded.archives, archives)
    run = scrapy(archives, "upload", *options("kept"))
    assert run.exit_code == 0, run.log
    gone, changed, handled = uploads(archives)
    delete(RemoteFile(f"s3://{BUCKET}/kept/warc/{gone}"))
    put_bytes(RemoteFile(f"s3://{BUCKET}/kept/warc/{changed}"), b"x")
    with (archives / "warc" / handled).open("ab") as file:
        file.write(b"\n")
    take_away_fails = scrapy_after_a_year(archives, "kept")
    assert take_away_fails.exit_code == 3
    assert "is not what was uploaded" in take_away_fails.log
    assert "is not the file that was uploaded: it stays" in take_away_fails.log
    assert {path.name for path in (archives / "warc").iterdir()} == {gone, changed, handled}


def delete(remote: RemoteFile) -> None:
    """Delete an object behind the back of its archive."""
    store, key = remote.place()
    obstore().delete(store, key)


def scrapy_after_a_year(archives: Path, prefix: str) -> Run:
    """Run ``scrapy upload`` when the uploads of *archives* are old."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE warc SET uploaded = '2025-01-01T00:00:00+00:00'")
    return scrapy(archives, "upload", *options(prefix), *KEEP)


def test_a_crawl_goes_on_where_its_files_are_away(store: ObjectStore, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home)
        settings = (*options("goes-on"), *KEEP)
        assert crawl(archives, arguments, *settings).exit_code == 0
        before = kept(archives)
        take_away(archives, "goes-on")
        run = crawl(archives, arguments, *settings)
        assert run.exit_code == 0, run.log
        assert "not in" not in run.log  # nothing is missing
        assert kept(archives).texts == before.texts
        publish(site, 300)
        edit(site, REVISED, day=9, text="Corrected.")
        run = crawl(archives, arguments, *settings)
        assert run.exit_code == 0, run.log
        assert run.report["articles"] | {"duplicate": 0} == {"new": 1, "revised": 1, "duplicate": 0}
    run = scrapy(archives, "verify", "--uploaded")
    assert run.exit_code == 0, run.stdout
    assert scrapy(archives, "replay", "--check").exit_code == 0


def test_the_ledger_is_made_anew_from_the_bucket_alone(
    archives: Archives, store: ObjectStore, tmp_path: Path
) -> None:
    anew = tmp_path / "archives"
    anew.mkdir()
    run = scrapy(anew, "rebuild", "--from", f"s3://{BUCKET}/away")
    assert run.exit_code == 0, run.log
    assert run.stdout.startswith("3 WARC files, ")
    assert not (anew / "warc").exists() or not list((anew / "warc").iterdir())
    assert kept(anew).texts == kept(archives.here).texts
    assert held(anew) == held(archives.here)
    assert {name: known[:2] for name, known in uploads(anew).items()} == {
        name: known[:2] for name, known in uploads(archives.away).items()
    }
    run = scrapy(anew, "verify", "--uploaded")
    assert run.exit_code == 0, run.stdout
    assert objects(store, "away").keys() >= {f"warc/{name}" for name in uploads(anew)}
    assert scrapy(anew, "rebuild", "--from", f"s3://{BUCKET}/nothing").exit_code == 2


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_ledger_that_is_damaged_or_lost_is_made_anew_with_them(
    store: ObjectStore, tmp_path: Path, is_lost: bool
) -> None:
    archives = tmp_path / "archives"
    prefix = options(f"damaged-{is_lost}")
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home)
        assert crawl(archives, arguments, *prefix).exit_code == 0
        take_away(archives, f"damaged-{is_lost}")
        before = held(archives)
        ledger = archives / "ledger.sqlite"
        for beside in archives.glob("ledger.sqlite-*"):
            beside.unlink()
        if is_lost:
            ledger.unlink()
        else:
            ledger.write_bytes(ledger.read_bytes()[:4096] + b"\0" * (1 << 16))
        nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        assert crawl(archives, arguments, *prefix, env=nowhere).exit_code == 5
        if is_lost:
            for left in archives.glob("ledger.sqlite*"):
                left.unlink()
        run = crawl(archives, arguments, *prefix)
        assert run.exit_code == 0, run.log
        assert "new" not in run.report["articles"]
    assert held(archives) == before
    assert scrapy(archives, "verify", "--uploaded").exit_code == 0


def held(archives: Path) -> list[object]:
    """Return what the ledger holds: articles and their earlier texts, but for when it was made."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        columns = "key, source, guid, date, modified, url, text_digest, ordinal, file, conversion"
        return [
            json.loads(json.dumps(row, default=bytes.hex))
            for table in ("article", "revision")
            for row in ledger.execute(f"SELECT {columns} FROM {table} ORDER BY key, conversion")
        ]
