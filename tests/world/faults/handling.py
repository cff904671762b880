"""Files that people packed anew, joined or renamed between two runs; recoveries are killed."""

from __future__ import annotations

from tests.archive.handled import HANDLED
from tests.world.faults.damage import killed
from tests.world.faults.kills import kill_at
from tests.world.faults.syscalls import Call
from tests.world.faults.trial import Trial

_WAYS = ("gunzip_and_gzip", "recompress", "cat", "rename", "gzip_in_blocks", "swap")
"""Those after which each record is in one .warc.gz, as the invariant asks for."""

_WHILE_LOOKING = {
    "write": 20,
    "pwrite64": 90,
    "fsync": 8,
    "fdatasync": 8,
    "link": 1,
    "rename": 4,
    "unlink": 4,
}
"""About how many calls a run makes before it is ready for its first request."""


def handled(trial: Trial) -> None:
    """Handle the files of a whole archive or of one whose crawl died, then kill two recoveries."""
    way = trial.variant(_WAYS)
    is_whole = trial.number // len(_WAYS) % 2 == 0 or way == "swap"  # that takes two sealed files
    trial.begin_with(trial.bed.undisturbed if is_whole else killed(trial.bed))
    HANDLED[way](trial.archives / "warc")
    for _ in range(2):
        name = trial.random.choice(sorted(_WHILE_LOOKING))
        kill_at(trial, Call(name, trial.random.randint(1, _WHILE_LOOKING[name]), ""))
    trial.snapshots.clear()  # the bytes of a file that is packed anew are others
    trial.conclude()
    # That is what a joined or a renamed file is.
    named = [fault for fault in trial.faults if " begins with a warcinfo of " in fault]
    trial.faults = [fault for fault in trial.faults if fault not in named]
