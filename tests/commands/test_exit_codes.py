"""The exit codes of runs."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.lock import ArchiveLock
from crawler.warc import reader
from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from tests.conftest import Scrapy
from tests.running import LIMIT, ROOT
from tests.spiders.conftest import Harbour, harbour

__all__ = ["harbour"]


def test_locked_archive(crawl: Scrapy, harbour: Harbour, archives: Path) -> None:
    archives.mkdir()
    lock = ArchiveLock.alone(archives)
    site = harbour()
    run = crawl(site=site.home)
    assert run.exit_code == 75, run.log
    assert f"process {os.getpid()}" in run.log
    assert "Traceback" not in run.log
    assert site.log == []
    lock.release()
    assert crawl(site=site.home).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("crawl", "wordpress", "-a", "sit=https://a.example/"), "did you mean site?"),
        (("crawl", "wire", "-a", "site=https://a.example/"), "there is no such argument"),
        (("crawl", "warc", "-a", "pathh=x"), "did you mean path?"),
        (("import", "README.md", "-a", "sauce=x"), "did you mean source?"),
        (("import", "README.md", "-a", "path=x"), "-a path=… is given 2 times"),
        (("crawl", "wordpress", "-a", "site=a.example", "-a", "site=b.example"), "2 times"),
        (("crawl", "wordpress", "-a", "crawler=x"), "no spider has an argument -a crawler"),
        (("crawl", "wordpress", "-a", b"source=Haf\xe9n"), "not UTF-8"),
        (("crawl", "warc", "-a", "after=2024-01-02", "-a", "before=2024-01-01"), "earlier than"),
    ],
    ids=["wordpress", "wire", "warc", "import", "path", "twice", "scrapys", "bytes", "period"],
)
def test_arguments_that_cannot_be_used(
    scrapy: Scrapy, archives: Path, words: tuple[str | bytes, ...], said: str
) -> None:
    run = scrapy(*map(os.fsdecode, words))
    assert run.exit_code == 2, run.log
    assert said in run.log
    assert "Traceback" not in run.log
    assert not archives.exists()


def test_archives_that_cannot_be_written(crawl: Scrapy, harbour: Harbour, archives: Path) -> None:
    archives.write_text("a file is in the way", encoding="utf-8")
    site = harbour()
    run = crawl(site=site.home)
    assert run.exit_code == 5, run.log
    assert "ARCHIVES_DIR" in run.log
    assert "Traceback" not in run.log
    assert site.log == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CORPUS_PATH", "text/{title}.txt"),
        ("CORPUS_PATH", "text/article.txt"),
        ("STATE_URI", "postgres://host/db"),
        ("CORPUS_PATH", "text/{ordinal:zz}_{key}.txt"),
        ("ARCHIVE_MODE", "sometimes"),
        ("ARCHIVE_GZIP", "zlib-12"),
        ("ADDRESS_GUARD_ALLOW", "everywhere"),
    ],
)
def test_bad_settings(crawl: Scrapy, setting: str, value: str) -> None:
    run = crawl("-s", f"{setting}={value}", site="https://example.org/", allow=False)
    assert run.exit_code == 2, run.log
    assert setting in run.log
    assert value in run.log
    assert "Traceback" not in run.log


def test_unknown_spider(scrapy: Scrapy) -> None:
    run = scrapy("crawl", "nothing")
    assert run.exit_code == 2, run.log


def test_no_site_at_all(crawl: Scrapy) -> None:
    run = crawl(site="http://127.0.0.1:9/")
    assert run.exit_code == 4, run.log
    assert "127.0.0.1:9" in run.stdout


def _size_of_an_empty_ledger(folder: Path) -> int:
    """Return how large the log becomes that its tables are written to."""
    with closing(open_store(f"sqlite:{folder / 'empty.sqlite'}")):
        return (folder / "empty.sqlite-wal").stat().st_size


def test_full_disk(harbour: Harbour, archives: Path) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "wordpress", "-a", f"site={harbour().home}"]
    command += ["-s", f"ARCHIVES_DIR={archives}", "-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8"]
    limit = _size_of_an_empty_ledger(archives.parent) + 8_000
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 5, done.stderr
    assert "storage failed (exit code 5)" in done.stdout
    assert "Traceback" not in done.stderr
    for path in (archives / "warc").iterdir():
        assert path.stat().st_size <= limit
        assert len(list(reader.records(path))) > 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_run_sealed(archives: Path, number: signal.Signals) -> None:
    with serve(harbour_site(Modes(slow=0.4))) as site:
        command = [sys.executable, "-m", "scrapy", "crawl", "wordpress", "-a", f"site={site.home}"]
        command += ["-s", f"ARCHIVES_DIR={archives}", "-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8"]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + LIMIT
        while len(site.log) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(site.log) >= 4
        process.send_signal(number)
        _, log = process.communicate(timeout=LIMIT)
    assert process.returncode == 128 + number, log
    (path,) = (archives / "warc").iterdir()
    assert path.suffix == ".gz"
    assert len(list(reader.records(path))) > 3
