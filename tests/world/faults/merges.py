"""Another archive of the same site is merged into one whose crawl died; the merge is killed too."""

from __future__ import annotations

from tests.world.faults.damage import killed
from tests.world.faults.kills import kill_at
from tests.world.faults.syscalls import Call
from tests.world.faults.trial import Trial

_WHILE_MERGING = {
    "write": 40,
    "pwrite64": 300,
    "fsync": 60,
    "fdatasync": 8,
    "rename": 60,
    "unlink": 4,
}
"""About how many calls a merge makes."""


def merged(trial: Trial) -> None:
    """Kill two merges of a part with the whole, or of the whole with a part."""
    part, whole = killed(trial.bed), trial.bed.undisturbed
    into, other = trial.variant([(part, whole), (whole, part)])
    trial.begin_with(into)
    for _ in range(2):
        name = trial.random.choice(sorted(_WHILE_MERGING))
        call = Call(name, trial.random.randint(1, _WHILE_MERGING[name]), "")
        kill_at(trial, call, home=other / "warc")
    run = trial.start(home=other / "warc").ended()
    is_sealed = any((other / "warc").glob("*.warc.gz"))
    trial.expect(run, *((0, 3) if is_sealed else (2,)))  # what is not sealed is named, or is all
    trial.conclude()
