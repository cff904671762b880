"""Scratch folders of killed processes go, also if the one that removes them is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.disk import scratch_folder

ROOT = Path(__file__).parents[1]

KILLED = """
import os, sys
from itertools import count
from pathlib import Path
from crawler.disk import remove_scratch, scratch_folder
from tests.warc.killed_index import kill_at_step

def work(parent):
    remove_scratch(parent, ".x-") if sys.argv[2] == "removing" else use(parent)

def use(parent):
    with scratch_folder(parent, ".x-") as folder:
        fill(folder)

def fill(folder):
    for number in range(5):
        (folder / f"{number}").write_text("x")
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "y").write_text("y")
    (folder / "link").symlink_to(folder / "deep")

for step in count():
    parent = Path(sys.argv[1], str(step))
    (parent / ".x-1").mkdir(parents=True)
    (parent / ".x-1" / ".owner").touch()
    fill(parent / ".x-1")
    child = os.fork()
    if not child:
        kill_at_step(step)
        work(parent)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    remove_scratch(parent, ".x-")
"""


@pytest.mark.parametrize("when", ["removing", "using"])
def test_killed_at_any_step_the_next_one_removes_it(tmp_path: Path, when: str) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), when]
    subprocess.run(command, cwd=ROOT, timeout=120, check=True)
    steps = list(tmp_path.iterdir())
    assert len(steps) > 10
    assert [path for folder in steps for path in folder.iterdir()] == []


AT_ONCE = """
import sys
from pathlib import Path
from crawler.disk import scratch_folder

for _ in range(300):
    with scratch_folder(Path(sys.argv[1]), ".x-") as folder:
        (folder / "x").touch()
"""


def test_many_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_ONCE, str(tmp_path)]
    users = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
    assert [user.wait(timeout=120) for user in users] == [0] * 4
    assert list(tmp_path.iterdir()) == []


def test_what_was_removed_with_all_around_it_is_gone(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    with scratch_folder(parent, ".x-"):
        shutil.rmtree(parent)
    assert not parent.exists()
