"""fastwarc, warcio and pywb accept every file, and pywb gives the payloads back."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from crawler.warc import message, reader
from tests.running import Run, scrapy
from tests.spiders.conftest import Harbour, harbour
from tests.warc.standard_fields import violations
from tests.world.judges.pywb import started
from tests.world.wordpress.fixtures import StartSite

__all__ = ["harbour"]

BIN = Path(sys.executable).parent


@pytest.fixture
def run(harbour: Harbour, archives: Path) -> Run:
    return scrapy(archives, "crawl", "wordpress", "-a", f"site={harbour().home}")


def warcs(run: Run) -> list[Path]:
    return sorted((run.archives / "warc").iterdir())


def check(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_sealed_and_read_by_fastwarc_and_warcio(run: Run) -> None:
    assert [path.suffix for path in warcs(run)] == [".gz"]
    for path in warcs(run):
        check(BIN / "fastwarc", "check", path)
        check(BIN / "warcio", "check", path)


def test_articles_point_at_the_responses_they_came_from(run: Run) -> None:
    (path,) = warcs(run)
    by_id = {record.header("WARC-Record-ID"): record for record in reader.records(path)}
    conversions = [record for record in by_id.values() if record.type == "conversion"]
    # Beside them, the ledger's outcomes and events are metadata records of their own.
    described = [
        record
        for record in by_id.values()
        if record.type == "metadata" and "WARC-Concurrent-To" in dict(record.headers)
    ]
    assert len(conversions) == len(described) == len(run.texts)
    texts = {text.encode() for text in run.texts.values()}
    for record in conversions + described:
        origin = by_id[record.header("WARC-Refers-To")]
        assert origin.type == "response"
        assert record.header("WARC-Refers-To-Target-URI") is None
    assert {record.block for record in conversions} == texts
    assert [what for path in warcs(run) for what in violations(path)] == []
    for record in described:
        assert by_id[record.header("WARC-Concurrent-To")].type == "conversion"


@contextmanager
def wayback(judges: Path, folder: Path, files: list[Path]) -> Iterator[str]:
    """Serve *files* with pywb on loopback; give the URL of the collection."""
    subprocess.run([judges / "wb-manager", "init", "news"], cwd=folder, check=True, timeout=120)
    subprocess.run(
        [judges / "wb-manager", "add", "news", *files], cwd=folder, check=True, timeout=120
    )
    with started(judges, folder) as collection:
        yield collection


def replayed(collection: str, record: reader.Record) -> bytes:
    """Return the body that pywb gives for *record*, content encoding undone."""
    stamp = "".join(filter(str.isdigit, record.header("WARC-Date") or ""))[:14]
    url = f"{collection}/{stamp}id_/{record.header('WARC-Target-URI')}"
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=120) as answer:
        return decoded(answer.headers.get("Content-Encoding", ""), answer.read())


def decoded(encoding: str, body: bytes) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" else body


def archived(record: reader.Record) -> bytes:
    head, _ = message.split_head(record.block)
    body = message.payload(record.block)
    return zlib.decompress(body, 47) if b"content-encoding: gzip" in head.lower() else body


def good_responses(files: list[Path]) -> list[reader.Record]:
    return [
        record
        for path in files
        for record in reader.records(path)
        if record.type == "response" and b" 200 " in record.block[:15]
    ]


def test_pywb_gives_the_payloads_back(run: Run, judges: Path, tmp_path: Path) -> None:
    records = good_responses(warcs(run))
    assert len(records) > 5
    with wayback(judges, tmp_path, warcs(run)) as collection:
        for record in records:
            assert replayed(collection, record) == archived(record)


@pytest.mark.wordpress
def test_chunked_gzip_of_a_real_wordpress(
    wordpress_site: StartSite, judges: Path, archives: Path, tmp_path: Path
) -> None:
    site = wordpress_site(server="nginx")
    run = scrapy(archives, "crawl", "wordpress", "-a", f"site={site.url}")
    assert run.exit_code == 0, run.log
    records = good_responses(warcs(run))
    heads = [message.split_head(record.block)[0].lower() for record in records]
    assert any(b"transfer-encoding: chunked" in head for head in heads)
    assert any(b"content-encoding: gzip" in head for head in heads)
    for path in warcs(run):
        check(BIN / "fastwarc", "check", path)
    with wayback(judges, tmp_path, warcs(run)) as collection:
        for record in records:
            assert replayed(collection, record) == archived(record)
