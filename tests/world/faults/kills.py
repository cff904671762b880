"""Sudden death: at any instant, and at every system call that touches the archive."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.background_crawl import Crawl
from tests.world.faults import syscalls
from tests.world.faults.syscalls import FAILS, TRACED, Call
from tests.world.faults.trial import Bed, Trial

_IN_A_ROW = 2
_CODES = {"ledger": (0, 5)}
"""By the kind of file that was hit. SQLite tries a failed checkpoint again at the next start."""
_REVISIONS = 40  # calls; the second edition has so many corrected posts and some
_EARLY = 8  # calls: what a run recovers at its start, it does with its first ones


def at_instants(trial: Trial) -> None:
    """Several kills at random instants: one of the whole run, the others while it writes."""
    for number in range(_IN_A_ROW):
        crawl = trial.start()
        if number:
            crawl.wait_until_written()
        starting = 0 if number else trial.bed.starting
        time.sleep(trial.random.uniform(0, starting + trial.bed.writing))
        is_hit = crawl.has_written()
        crawl.process.send_signal(signal.SIGKILL)
        run = crawl.ended()
        trial.note(hit=is_hit and run.exit_code == -signal.SIGKILL)
    trial.conclude()


def at_calls(trial: Trial) -> None:
    """Several kills, each on entering a call on another part of the archive."""
    for kind in _kinds(trial, _IN_A_ROW):
        kill_at(trial, _pick(trial, kind))
    trial.conclude()


def revising(trial: Trial) -> None:
    """Kills, each on entering a call, of a run that finds corrected posts."""
    trial.edition = 2
    trial.begin_with(trial.bed.undisturbed)
    for kind in trial.random.sample(("text", "ledger", "warc"), _IN_A_ROW):
        names = {call.name for call in census(trial.bed) if call.kind == kind}
        call = Call(trial.random.choice(sorted(names)), trial.random.randint(1, _REVISIONS), kind)
        kill_at(trial, call)
    trial.conclude()


def failing_calls(trial: Trial) -> None:
    """Let calls fail with ENOSPC or EIO, each in a run of its own."""
    with trial.keeping_word() as runs:
        for kind in _kinds(trial, _IN_A_ROW):
            call = _pick(trial, kind, FAILS)
            error = trial.random.choice(FAILS[call.name])
            log = trial.archives.with_suffix(".strace")
            run = trial.start(*syscalls.strace(log, *syscalls.failing(call, error))).ended()
            match syscalls.hit_files(log, trial.archives):
                case [file_kind] if file_kind:  # and no other: standard error, or a pipe
                    trial.expect(run, *_CODES.get(file_kind, (5,)))
                    trial.note(hit=True)
                case _:
                    trial.note(hit=False)
            runs.append(run)
    trial.conclude()


def kill_at(trial: Trial, call: Call, home: str | Path = "") -> None:
    """Start a crawl, of *home* if it is given, and kill it on entering *call*, if it gets there."""
    log = trial.archives.with_suffix(".strace")
    run = trial.start(*syscalls.strace(log, *syscalls.killing(call)), home=home).ended()
    was_killed = run.exit_code == -signal.SIGKILL
    trial.note(hit=was_killed and any(syscalls.hit_files(log, trial.archives)))


@cache
def census(bed: Bed) -> list[Call]:
    """Return every call of an undisturbed crawl on a file of its archive."""
    archives, log = bed.folder / "census", bed.folder / "census.strace"
    run = Crawl(bed.homes[0], archives, tuple(syscalls.strace(log))).ended()
    if run.exit_code:
        raise RuntimeError(f"undisturbed under strace, and exit code {run.exit_code}: {run.log}")
    return list(syscalls.calls(log, archives))


def _kinds(trial: Trial, number: int) -> list[str]:
    kinds = sorted({call.kind for call in census(trial.bed)})
    return trial.random.sample(kinds, min(number, len(kinds)))


def _pick(trial: Trial, kind: str, names: Iterable[str] = TRACED) -> Call:
    wanted = set(names)
    calls = [call for call in census(trial.bed) if call.kind == kind and call.name in wanted]
    call = trial.random.choice(calls)
    if trial.random.random() < 0.3:
        return Call(call.name, trial.random.randint(1, _EARLY), kind)
    return call
