"""WARC files in a bucket: read by ranges, exported from there, and errors that say the fix."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.processes import ProcessPool
from crawler.storage.listing import matching
from crawler.storage.remote_file import RemoteFile
from crawler.warc.container import named_archives
from crawler.warc.reader import Record, read_records, record_at
from tests.recorded import three_crawls
from tests.running import LIMIT, ROOT, scrapy
from tests.world.scale.object_store import BUCKET, ObjectStore, environment, object_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("moto")) as made, environment(made):
        yield made


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory, store: ObjectStore) -> Path:
    """Have an archive whose WARC files are in the bucket too."""
    found = three_crawls(tmp_path_factory.mktemp("recorded")).archives
    for path in (found / "warc").iterdir():
        store.request("PUT", f"/{BUCKET}/all/warc/{path.name}", path.read_bytes())
    store.request("PUT", f"/{BUCKET}/all/warc/not-one.txt", b"x")
    return found


def test_records_are_those_of_the_file(archives: Path) -> None:
    for path in (archives / "warc").iterdir():
        remote = RemoteFile(f"s3://{BUCKET}/all/warc/{path.name}")
        here, there = list(read_records(path)), list(read_records(remote))
        assert [(r.offset, r.length) for r in here] == [(r.offset, r.length) for r in there]
        last = here[-1]
        assert isinstance(last, Record)
        assert bytes(record_at(remote, last.ref("x")).block) == bytes(last.block)


def test_an_export_from_the_bucket_is_that_of_the_folder(archives: Path, tmp_path: Path) -> None:
    def exported(name: str, where: str) -> list[object]:
        target = tmp_path / f"{name}.jsonl"
        # Tests fork from a process whose own children have another environment: not this one.
        command = [sys.executable, "-m", "scrapy", "export", "--from", where, "-o", str(target)]
        command += ["-s", f"ARCHIVES_DIR={tmp_path / 'none'}"]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=LIMIT, check=False)
        assert run.returncode == 0, run.stderr.decode()
        assert not (tmp_path / "none").exists()
        return [json.loads(line) for line in target.read_text().splitlines()]

    local = exported("local", f"{archives}/warc")
    assert len(local) > 5
    assert exported("glob", f"s3://{BUCKET}/all/warc/*.warc.gz") == local
    assert exported("below", f"s3://{BUCKET}/all/") == local
    assert [f.name for f in named_archives([f"s3://{BUCKET}/all/"])] == sorted(
        path.name for path in (archives / "warc").iterdir()
    )


@pytest.mark.parametrize(
    ("where", "changes", "said"),
    [
        ("s3://nosuch/all/*.warc.gz", {}, "no such bucket: make it first"),
        (f"s3://{BUCKET}/none.warc.gz", {}, "there is no such object"),
        (f"s3://{BUCKET}/none/*.warc.gz", {}, "names no archive"),
        (f"s3://{BUCKET}/none.warc.gz", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "sending"),
        ("s3:///x.warc.gz", {}, "no address such as s3://bucket/prefix"),
    ],
)
def test_errors_say_what_to_do(
    store: ObjectStore, tmp_path: Path, where: str, changes: dict[str, str], said: str
) -> None:
    target = tmp_path / "x.jsonl"
    run = scrapy(tmp_path / "a", "export", "--from", where, "-o", str(target), env=changes)
    assert run.exit_code in (1, 2, 5), run.log
    assert said in run.log
    assert "Traceback" not in run.log
    assert store.environment["AWS_SECRET_ACCESS_KEY"] not in run.log
    assert not target.exists()


def test_many_objects_are_listed_over_several_pages(store: ObjectStore, tmp_path: Path) -> None:
    for number in range(1005):
        store.request("PUT", f"/{BUCKET}/many/{number:04d}.warc.gz", b"")
    found = sorted(file.name for file in matching(f"s3://{BUCKET}/many/*"))
    assert found == [f"{number:04d}.warc.gz" for number in range(1005)]


def test_processes_of_a_pool_have_connections_of_their_own(archives: Path) -> None:
    remote = [
        RemoteFile(f"s3://{BUCKET}/all/warc/{path.name}") for path in (archives / "warc").iterdir()
    ]
    sizes = [file.stat().st_size for file in remote]
    with closing(ProcessPool(size, 2)) as pool:
        assert [list(found) for _, found in pool.answers(remote)] == [[size] for size in sizes]


def size(file: RemoteFile) -> Iterator[int]:
    """Yield the size of *file*."""
    yield file.stat().st_size
