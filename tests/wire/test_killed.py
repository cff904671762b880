"""Killed in the middle, a crawl is completed by the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.running import ROOT, scrapy
from tests.wire.crawling import ALL, Wire
from tests.wire.golden import stories

TEXTS = sorted(story.text for story in stories("first").values())
_LIMIT = 300  # seconds


def kill_after(wire: Wire, answers: int) -> int:
    """Crawl, kill the crawl once the service gave *answers*, and return its exit code."""
    arguments = {"url": wire.service.home, **ALL}
    named = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    settings = (f"ARCHIVES_DIR={wire.archives}", "ADDRESS_GUARD_ALLOW=127.0.0.0/8")
    crawl = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "wire", *named]
        + [f"--set={setting}" for setting in (*settings, "DOWNLOAD_DELAY=0.02")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started = time.monotonic()
    while wire.service.requested.total() < answers and crawl.poll() is None:
        assert time.monotonic() < started + _LIMIT, wire.service.requested
        time.sleep(0.005)
    crawl.send_signal(signal.SIGKILL)
    return crawl.wait()


@pytest.mark.parametrize("answers", [[15], [40, 20]], ids=str)
def test_nothing_is_lost_and_nothing_twice(wire: Wire, answers: list[int], tmp_path: Path) -> None:
    for number in answers:
        wire.service.publish("first")
        assert kill_after(wire, number) == -signal.SIGKILL
    run = wire.crawl(**ALL)
    assert sorted(run.texts.values()) == TEXTS, run.stdout
    run = scrapy(wire.archives, "verify")
    assert run.exit_code == 0, run.stdout + run.log
