from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.state.lock import RunLock


def test_second_lock_names_the_first(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    with pytest.raises(BlockingIOError, match=f"held by process {os.getpid()}"):
        RunLock(tmp_path)
    lock.release()
    RunLock(tmp_path).release()
