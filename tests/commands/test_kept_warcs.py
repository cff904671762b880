"""Commands that read the WARC files of an archive: none of these is removed meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.state.lock import files_kept
from tests.archive.recording import Recording
from tests.running import LIMIT, ROOT

COMMANDS = {
    "verify": ["verify"],
    "index": ["index"],
    "wacz": ["wacz"],
    "export": ["export", "-o", "-"],
    "coverage": ["coverage"],
}


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="Linux tells who waits for a lock")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_waits_until_nobody_removes_a_file(tmp_path: Path, command: str) -> None:
    with Recording(tmp_path) as run:
        run.text("a", "The first text.")
        run.end()
    words = [sys.executable, "-m", "scrapy", *COMMANDS[command], "-s", f"ARCHIVES_DIR={tmp_path}"]
    with files_kept(tmp_path / "warc", alone=True):
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until_it_waits(process)
    _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode in {0, 1}, errors  # there is no text file, as verify says
    assert b"Traceback" not in errors


def wait_until_it_waits(process: subprocess.Popen[bytes]) -> None:
    begin = time.monotonic()
    waiting = f"-> FLOCK  ADVISORY  READ {process.pid} "
    while waiting not in Path("/proc/locks").read_text():
        if process.poll() is not None:
            pytest.fail(f"it ended: {process.communicate()}")
        assert time.monotonic() - begin < LIMIT
        time.sleep(0.05)
