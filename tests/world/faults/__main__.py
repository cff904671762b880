"""Many trials: ``python -m tests.world.faults --trials 20 --seed 1 --kinds kill cut-warc``.

Prints what each kind came to; the exit code is 1 if anything broke the invariant.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.site_process import editions
from tests.world.faults.kinds import KINDS, attempt
from tests.world.faults.trial import Bed, SkippedError


@dataclass
class Tally:
    """What the trials of one kind came to."""

    trials: int = 0
    disturbed: int = 0
    hit: int = 0
    faults: list[str] = field(default_factory=list)
    skipped: str = ""

    def row(self, kind: str) -> str:
        """One line of the table."""
        counts = f"{self.trials:7} {self.disturbed:12} {self.hit:9} {len(self.faults):7}"
        return f"{kind:14} {counts}  {self.skipped}"


def trials(bed: Bed, kind: str, number: int, seed: int, deadline: float) -> Tally:
    """Do *number* trials of one kind, fewer if *deadline* (of ``time.monotonic``) comes first."""
    tally = Tally()
    for count in range(number):
        if time.monotonic() > deadline:
            tally.skipped = f"the time was over after {count} trials"
            break
        folder = bed.folder / f"{kind}-{count}"
        try:
            trial = attempt(bed, kind, count, folder, seed)
        except SkippedError as error:
            tally.skipped = f"skipped: {error}"
            break
        tally.trials += 1
        tally.disturbed += trial.disturbed
        tally.hit += trial.hit
        tally.faults += [f"{kind} --seed {seed}, trial {count}: {fault}" for fault in trial.faults]
        shutil.rmtree(folder, ignore_errors=True)
    return tally


def main() -> int:
    """Do the trials that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.world.faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=10, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--minutes", type=float, default=60, help="begin no trial later than that")
    options = parser.parse_args()
    deadline = time.monotonic() + 60 * options.minutes
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="newsreel-faults-") as folder, editions() as homes:
        bed = Bed(homes, Path(folder))
        print("kind            trials  disturbed  mid-crawl  faults")
        for kind in options.kinds:
            tally = trials(bed, kind, options.trials, options.seed, deadline)
            print(tally.row(kind), flush=True)
            for fault in tally.faults:
                print("  ", fault, flush=True)
            faults += tally.faults
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
