"""Uploads beside a crawl: whole or not at all, checked, tried again, and never an older text."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import harbour_site
from tests.recorded import REVISED, edit, spider_arguments
from tests.rounds.round_sites import RoundSite, run_round, write_sources
from tests.rounds.round_sites import serve as serve_sites
from tests.running import LIMIT, LOOPBACK, ROOT, scrapy
from tests.world.scale.object_store import BUCKET, ObjectStore, environment, object_store
from tests.world.scale.stalling_proxy import stalling_proxy
from tests.world.scale.uploading import crawl, here, objects, options, uploads

MB = 1 << 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("moto")) as made, environment(made):
        yield made


def test_a_crawl_uploads_what_it_sealed(store: ObjectStore, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    with serve(harbour_site()) as site:
        run = crawl(archives, spider_arguments(site.home), *options("whole"))
        assert run.exit_code == 0, run.log
    found = objects(store, "whole")
    index = {key: found.pop(key) for key in list(found) if key.startswith("index/")}
    assert found == here(archives)
    (warc,) = (archives / "warc").iterdir()
    lines = (archives / "index" / f"{warc.name}.cdxj").read_bytes()
    assert index == {f"index/{warc.name}.cdxj": lines}
    ((name, (address, sha256, at)),) = uploads(archives).items()
    assert (name, address) == (warc.name, f"s3://{BUCKET}/whole/warc/{warc.name}")
    assert sha256 == hashlib.sha256(warc.read_bytes()).digest()
    assert at.endswith("+00:00")
    stats = run.report["stats"]
    assert stats["upload/files"] == 1
    assert stats["upload/texts"] == len(run.texts)
    assert stats["upload/failed"] == 0


def test_the_text_that_is_held_now_is_the_one_in_the_bucket(
    store: ObjectStore, tmp_path: Path
) -> None:
    archives = tmp_path / "archives"
    with serve(harbour_site()) as site:
        for day in range(1, 4):
            # The first two runs upload nothing, and the file of the third waits with theirs.
            prefix = options("texts") if day == 3 else ()
            run = crawl(archives, spider_arguments(site.home), *prefix)
            assert run.exit_code == 0, run.log
            edit(site, REVISED, day=day, text=f"Correction {day}.")
        found = objects(store, "texts")
        texts = {key: data for key, data in found.items() if key.startswith("text/")}
        assert texts == {k: v for k, v in here(archives).items() if k.startswith("text/")}
        assert sum(b"Correction 2" in text for text in texts.values()) == 1
        run = crawl(archives, spider_arguments(site.home), *options("texts"))
        assert any(b"Correction 3" in text for text in objects(store, "texts").values())
    assert len(uploads(archives)) == 4


def test_what_cannot_be_uploaded_is_named_stays_and_is_tried_again(
    store: ObjectStore, tmp_path: Path
) -> None:
    archives = tmp_path / "archives"
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home)
        run = crawl(archives, arguments, *options("again"), env=nowhere)
        assert run.exit_code == 3, run.log
        (problem,) = run.report["problems"]
        (warc,) = (archives / "warc").iterdir()
        assert problem["kind"] == "not_uploaded"
        assert warc.name in problem["message"]
        assert "newsreel-secret" not in run.log
        assert uploads(archives) == {}
        run = scrapy(archives, "upload", *options("again"), env=nowhere)
        assert run.exit_code == 3
        assert warc.name in run.log
        run = crawl(archives, arguments, *options("again"))
    assert run.exit_code == 0, run.log
    assert warc.name in uploads(archives)
    assert objects(store, "again").items() >= here(archives).items()


def test_a_bucket_that_is_not_there_is_a_problem_in_one_line(
    store: ObjectStore, tmp_path: Path
) -> None:
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home)
        run = crawl(tmp_path / "a", arguments, "-s", "ARCHIVE_UPLOAD=s3://no-such-bucket/a")
    assert run.exit_code == 3, run.log
    assert "there is no such bucket: make it first" in run.report["problems"][0]["message"]


def test_something_else_in_its_place_is_never_overwritten(
    store: ObjectStore, tmp_path: Path
) -> None:
    archives = tmp_path / "archives"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    (warc,) = (archives / "warc").iterdir()
    store.request("PUT", f"/{BUCKET}/taken/warc/{warc.name}", b"another archive's")
    run = scrapy(archives, "upload", *options("taken"))
    assert run.exit_code == 3
    assert "something else lies at" in run.log
    assert objects(store, "taken") == {f"warc/{warc.name}": b"another archive's"}


def test_a_dry_run_says_what_there_is_to_be_done(store: ObjectStore, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    (warc,) = (archives / "warc").iterdir()
    run = scrapy(archives, "upload", "--dry-run", *options("dry"))
    assert (run.exit_code, run.stdout.split(",")[0]) == (0, f"to upload: {warc.name}")
    assert objects(store, "dry") == {}
    assert uploads(archives) == {}
    run = scrapy(archives, "upload", *options("dry"))
    assert run.stdout.startswith(f"s3://{BUCKET}/dry: 1 WARC files")
    assert len(uploads(archives)) == 1
    assert scrapy(archives, "upload").exit_code == 2


@pytest.mark.parametrize("most", [100, 40 * MB // 3, 2 * 40 * MB // 3])
def test_a_kill_leaves_no_object_or_a_whole_one(
    store: ObjectStore, tmp_path: Path, most: int
) -> None:
    """The file is sent in five parts; the process is killed when some of it went through."""
    archives, prefix = tmp_path / "archives", f"killed-{most}"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
    large = made_large(archives)
    with stalling_proxy(store.port, most) as proxy:
        env = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        command = [sys.executable, "-m", "scrapy", "upload", *options(prefix), *LOOPBACK]
        process = subprocess.Popen(
            [*command, "-s", f"ARCHIVES_DIR={archives}"], cwd=ROOT, env=env, text=True
        )
        try:
            assert proxy.stalled.wait(LIMIT)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert objects(store, prefix) == {}
    assert uploads(archives) == {}
    run = scrapy(archives, "upload", *options(prefix))
    assert run.exit_code == 0, run.log
    assert objects(store, prefix)[f"warc/{large.name}"] == large.read_bytes()
    assert list(uploads(archives)) == [large.name]


def made_large(archives: Path) -> Path:
    """Make the one WARC file of *archives* 40 MB, by a record that nothing refers to."""
    (warc,) = (archives / "warc").iterdir()
    body = os.urandom(40 * MB)
    with warc.open("ab") as file:
        file.write(member(body))
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    return warc


def member(body: bytes) -> bytes:
    """Return a gzip member with a resource record of *body*."""
    import gzip

    head = (
        "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Date: 2026-11-30T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:3f2c0c8e-3b8f-4b0e-9d8a-0a1b2c3d4e5f>\r\n"
        "WARC-Target-URI: https://large.example/\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + body + b"\r\n\r\n", 1)


def test_a_round_uploads_and_says_what_it_could_not(store: ObjectStore, tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    sites = [RoundSite("gull"), RoundSite("tern")]
    with serve_sites(sites):
        write_sources(sources, sites)
        nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        run = run_round(archives, sources, *options("round"), env=nowhere)
        assert run.exit_code == 3, run.log
        (warc,) = (archives / "warc").iterdir()
        assert f"not uploaded: {warc.name}: " in run.stdout
        report = json.loads(sorted((archives / "reports").glob("*-round.json"))[-1].read_text())
        assert report["exit_code"] == 3
        assert [line.split(":")[0] for line in report["not_uploaded"]] == [warc.name]
        run = run_round(archives, sources, "--now", *options("round"))
    assert run.exit_code == 0, run.log
    assert list(uploads(archives)) == sorted(uploads(archives))
    assert warc.name in uploads(archives)
    assert objects(store, "round").items() >= here(archives).items()


def test_a_kill_in_a_crawl_loses_nothing(store: ObjectStore, tmp_path: Path) -> None:
    """Files are sealed all the time; the crawl is killed while one of them is being sent."""
    archives = tmp_path / "archives"
    small = ("-s", "ARCHIVE_FILE_SIZE=8000", *options("crawl-killed"))
    with serve(harbour_site()) as site, stalling_proxy(store.port, 30_000) as proxy:
        arguments = spider_arguments(site.home)
        spider = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
        command = [sys.executable, "-m", "scrapy", "crawl", "wordpress", *spider, *small, *LOOPBACK]
        env = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        process = subprocess.Popen([*command, "-s", f"ARCHIVES_DIR={archives}"], cwd=ROOT, env=env)
        try:
            assert proxy.stalled.wait(LIMIT)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        run = crawl(archives, arguments, *small)
    assert run.exit_code == 0, run.log
    found = objects(store, "crawl-killed")
    assert {key: data for key, data in found.items() if not key.startswith("index/")} == here(
        archives
    )
    sealed = list((archives / "warc").glob("*.warc.gz"))  # a torn tail may lie beside them
    assert len(uploads(archives)) == len(sealed) > 3
    run = scrapy(archives, "verify")
    assert run.exit_code == 0, run.stdout
