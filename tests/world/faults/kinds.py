"""Every kind of disturbance, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.world.faults import damage, disks, ends, handling, kills, merges, writers
from tests.world.faults.trial import Bed, Trial

KINDS: dict[str, Callable[[Trial], None]] = {
    "kill": kills.at_instants,
    "kill-at-call": kills.at_calls,
    "kill-revising": kills.revising,
    "failing-call": kills.failing_calls,
    "killed-recovering": damage.killed_recovering,
    "handled": handling.handled,
    "merged": merges.merged,
    "cut-warc": damage.cut_warc,
    "cut-everywhere": damage.cut_everywhere,
    "spoilt-ledger": damage.spoilt_ledger,
    "lost-derived": damage.lost_derived,
    "limited-files": disks.limited_files,
    "small-disk": disks.small_disk,
    "read-only": disks.read_only,
    "writers": writers.killed_of_three,
    "second-crawl": ends.second_crawl,
    "stopped-once": ends.stopped_once,
    "stopped-twice": ends.stopped_twice,
}


def attempt(bed: Bed, kind: str, number: int, archives: Path, seed: int = 0) -> Trial:
    """Do the *number*-th trial of *kind*. Raises SkippedError where it cannot be done."""
    trial = Trial(bed, archives, Random(f"{kind} {seed} {number}"), number)
    try:
        KINDS[kind](trial)
    finally:
        trial.close()
    return trial
