"""Nothing is lost, whatever happens: a few trials of each kind.

Many trials: ``python -m tests.world.faults``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world.faults.kinds import KINDS, attempt
from tests.world.faults.trial import Bed, SkippedError
from tests.world.requirements import require

# Which trials of each kind: their numbers choose the variant.
_TRIALS = {
    "kill": [0],
    "kill-at-call": [0],
    "kill-revising": [0],
    "failing-call": [0],
    "killed-recovering": [1],
    "handled": [0, 2],
    "merged": [0, 1],
    "writers": [0, 1],
    "cut-warc": [1],
    "cut-everywhere": [0, 1],
    "spoilt-ledger": [0, 2, 4],
    "lost-derived": [0],
    "limited-files": [0],
    "small-disk": [0],
    "read-only": [0],
    "second-crawl": [0],
    "stopped-once": [0],
    "stopped-twice": [1],
}


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind, numbers in _TRIALS.items() for number in numbers]
)
def test_nothing_is_lost(bed: Bed, tmp_path: Path, kind: str, number: int) -> None:
    try:
        trial = attempt(bed, kind, number, tmp_path / "archives")
    except SkippedError as error:
        require(str(error))
        raise
    assert trial.faults == []
    assert trial.disturbed > 0


def test_every_kind_is_tried() -> None:
    assert _TRIALS.keys() == KINDS.keys()
