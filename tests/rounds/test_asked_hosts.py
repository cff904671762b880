"""A single crawl asks a host when no other run of the archive is asking it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.state.lock import HostLocks
from tests.rounds.round_sites import RoundSite, serve, write_sources
from tests.running import LIMIT, ROOT

_WAITS = "The crawl waits, since '127.0.1.1' in "


@dataclass(frozen=True)
class Asked:
    """A site, the file with its entry, and the lock of another run on its host."""

    site: RoundSite
    sources: Path
    others: HostLocks


@contextmanager
def waiting_crawl(archives: Path, sources: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a crawl of the entry gull, and give it when it has said that it waits for the host."""
    named = (f"ARCHIVES_DIR={archives}", f"SOURCES_FILE={sources}", "DOWNLOAD_DELAY=0")
    allowed = "ADDRESS_GUARD_ALLOW=127.0.0.0/8"
    options = [f"--set={setting}" for setting in (*named, allowed, "LOG_LEVEL=WARNING")]
    command = [sys.executable, "-m", "scrapy", "crawl", "wire", "-a", "service=gull"]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as crawl:
        assert crawl.stderr
        assert any(_WAITS in line for line in crawl.stderr)
        try:
            yield crawl
        finally:
            crawl.kill()


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Return the folder of an archive that is empty."""
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder


@pytest.fixture
def gull(archives: Path, tmp_path: Path) -> Iterator[Asked]:
    """Serve the site of the entry gull, whose host another run has."""
    site, sources = RoundSite("gull"), tmp_path / "sources.toml"
    with serve([site]):
        write_sources(sources, [site])
        yield Asked(site, sources, HostLocks(archives, ["127.0.1.1"]))


def test_a_crawl_waits_for_a_host_that_another_run_asks(archives: Path, gull: Asked) -> None:
    with waiting_crawl(archives, gull.sources) as crawl:
        assert not gull.site.requested
        gull.others.release()
        _, log = crawl.communicate(timeout=LIMIT)
    assert crawl.returncode == 0, log
    assert len(list((archives / "text").iterdir())) == 3
    HostLocks(archives, ["127.0.1.1"]).release()  # nobody has it any more


def test_a_signal_ends_the_wait(archives: Path, gull: Asked) -> None:
    with waiting_crawl(archives, gull.sources) as crawl:
        crawl.send_signal(signal.SIGTERM)
        _, log = crawl.communicate(timeout=LIMIT)
    gull.others.release()
    assert crawl.returncode == 143, log
    assert not gull.site.requested
