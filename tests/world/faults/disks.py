"""Disks that are full or read-only."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

from tests.servers.site_process import Shape, serving
from tests.world.faults.held import Held
from tests.world.faults.trial import SkippedError, Trial

# The disk is gone with the name space: what it held is copied out. 1 is its size, 2 where it is
# mounted, 3 what is copied to.
_ON_TMPFS = """mount -t tmpfs -o "size=$1" tmpfs "$2" || exit 9
disk=$2; keep=$3; shift 3; "$@"; code=$?
cp -a "$disk/." "$keep" && exit $code"""
_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 9; shift; exec "$@"'


def limited_files(trial: Trial) -> None:
    """Let no file grow over a limit: a WARC file, the ledger and its log, a text."""
    with trial.keeping_word() as runs:
        for _ in range(2):
            limit = int(1000 * 2 ** trial.random.uniform(0, 10))
            run = trial.start(_tool("prlimit"), f"--fsize={limit}").ended()
            runs.append(run)
            trial.expect(run, 0, 5)
            trial.note(hit=run.exit_code == 5 and bool(Held(trial.archives).warcs))
    trial.conclude()


def small_disk(trial: Trial) -> None:
    """Put the archive on a disk of its own, which fills up."""
    _check_mounts()
    keep = trial.archives.with_suffix(".kept")
    keep.mkdir()
    trial.archives.mkdir()
    needed = sum(path.stat().st_blocks for path in trial.bed.undisturbed.rglob("*")) * 512
    size = str(int(needed * trial.random.uniform(0.1, 1)))
    under = [*_in_namespace(_ON_TMPFS), size, str(trial.archives), str(keep)]
    with trial.keeping_word() as runs:
        run = trial.start(*under).ended()
        runs.append(run)
        shutil.copytree(keep, trial.archives, dirs_exist_ok=True)
    trial.expect(run, 0, 5)
    trial.note(hit=run.exit_code == 5 and bool(Held(trial.archives).warcs))
    trial.conclude()


def read_only(trial: Trial) -> None:
    """Let nothing be written at all: the run ends before its first request."""
    _check_mounts()
    trial.begin_with(trial.bed.undisturbed)
    part = trial.variant(["", "warc", "text"])
    with serving(Shape(stall_after=0)) as site:
        under = [*_in_namespace(_READ_ONLY), str(trial.archives / part)]
        run = trial.start(*under, home=site.home).ended()
        if site.has_been_asked():
            trial.faults.append(f"the site was asked, though {part or 'all'} is read-only")
    trial.expect(run, 5)
    trial.note(hit=run.exit_code == 5)
    trial.conclude()


def _in_namespace(script: str) -> list[str]:
    return [_tool("unshare"), "-m", "sh", "-c", script, "sh"]


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SkippedError(f"there is no {name}")
    return path


@cache
def _check_mounts() -> None:
    probe = [*_in_namespace('mount -t tmpfs -o size=64k tmpfs "$1"'), "/tmp"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SkippedError(f"nothing can be mounted here: {done.stderr.strip()}")
