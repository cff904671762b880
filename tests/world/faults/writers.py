"""Several writers in one archive, one of which is killed."""

from __future__ import annotations

import signal
import time

from tests.running import scrapy
from tests.world.faults.held import Collected, Held
from tests.world.faults.trial import Trial, said


def killed_of_three(trial: Trial) -> None:
    """Kill one of two crawls and an import, which read the same stories at the same moment.

    Each of the others ends as if it had been alone. The next start, which may come while they still
    write, puts in order what the dead one left.
    """
    at_once = ("ASKED_HOSTS_WAIT=False",)
    crawls = [
        trial.start(source="one", settings=at_once),
        trial.start(source="two", settings=at_once),
        trial.start(home=trial.bed.undisturbed / "warc", source="three"),
    ]
    victim = crawls.pop(trial.random.randrange(3))
    time.sleep(trial.random.uniform(0.5, 1) * trial.bed.starting)
    victim.wait_until_written()
    time.sleep(trial.random.uniform(0, 2 * trial.bed.writing))
    is_hit = victim.has_written()
    victim.process.send_signal(signal.SIGKILL)
    trial.disturbed += 1
    trial.hit += victim.ended().exit_code == -signal.SIGKILL and is_hit
    if trial.variant([True, False]):
        crawls.append(trial.start(source="four", settings=at_once))
    for crawl in crawls:
        run = crawl.ended()
        if run.exit_code:
            trial.faults.append(f"exit code {run.exit_code} of a writer beside: {said(run)}")
        if "Traceback" in run.log:
            trial.faults.append(f"a traceback of a writer beside: {said(run)}")
    _conclude(trial)


def _conclude(trial: Trial) -> None:
    run = trial.start(source="one").ended()
    if run.exit_code:
        trial.faults.append(f"exit code {run.exit_code} at the end: {said(run)}")
    before = _told(Held(trial.archives).collected)
    if before != _told(trial.bed.references[0]):
        trial.faults.append("not every story is held once, with its text")
    trial.verify()
    rebuilt = scrapy(trial.archives, "rebuild")
    if rebuilt.exit_code or _told(Held(trial.archives).collected) != before:
        trial.faults.append(f"a rebuild gives something else: {said(rebuilt)}")
    trial.verify()


def _told(collected: Collected) -> tuple[list[tuple[str, ...]], dict[str, bytes]]:
    """Return the stories without their sources: any of them may have been the first."""
    return sorted(identity[1:] for identity in collected.articles.elements()), collected.texts
