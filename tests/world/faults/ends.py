"""Runs that a signal ends, and runs that meet another."""

from __future__ import annotations

import signal
import time

from tests.servers.site_process import Shape, serving
from tests.world.faults.held import Held
from tests.world.faults.invariant import warc_violations
from tests.world.faults.trial import Trial

_NEVER = 10_000  # seconds
_WAYS = [(signal.SIGTERM, 1), (signal.SIGINT, 0), (signal.SIGINT, 1), (signal.SIGTERM, 0)]
"""The signal, and the bytes a second that the site sends by then."""


def stopped_once(trial: Trial) -> None:
    """Send a signal, while an answer dribbles in or does not come."""
    _stop(trial)


def stopped_twice(trial: Trial) -> None:
    """Send a second signal, one second after the first, after which the run waits for answers."""
    _stop(trial, f"SHUTDOWN_GRACE={_NEVER}", times=2)


def _stop(trial: Trial, *settings: str, times: int = 1) -> None:
    number, pace = trial.variant(_WAYS)
    shape = Shape(stall_after=trial.random.randrange(4, 40), pace=pace)
    with serving(shape) as site, trial.keeping_word() as runs:
        crawl = trial.start(home=site.home, settings=settings)
        site.wait_for_stall()
        for _ in range(times):
            time.sleep(1)
            crawl.process.send_signal(number)
        run = crawl.ended()
        runs.append(run)
    trial.expect(run, 128 + number)
    trial.faults += warc_violations(Held(trial.archives), sealed=times == 1)
    trial.note(hit=True)
    trial.conclude()


def second_crawl(trial: Trial) -> None:
    """Crawl into an archive that another crawl writes to: the second ends at once."""
    with serving(Shape(slow=0.3)) as site:
        first = trial.start(home=site.home)
        first.wait_until_written()
        second = trial.start(home=site.home).ended()
        is_hit = first.process.poll() is None
        if is_hit:
            trial.expect(second, 75)
        trial.expect(first.ended(), 0)
    trial.note(hit=is_hit)
    trial.conclude()
