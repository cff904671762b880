"""Workers in processes of their own, and sites that note which of them asks."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import psycopg

from tests.rounds.round_sites import RoundSite
from tests.running import LIMIT, LOOPBACK, ROOT

TIMEOUT = 3.0
"""Seconds after which a worker is taken for dead: a busy machine needs them."""
_AGENT = re.compile(rb"(?im)^user-agent: *([^\r\n]*)")


@dataclass
class WatchedSite(RoundSite):
    """Notes who ``asked``, by the name of the worker, and when (`time.monotonic`).

    After so many requests as it ``waits_after`` it answers no more until ``going`` is set.
    """

    asked: list[tuple[float, str]] = field(default_factory=list)
    waits_after: int = 1_000
    going: threading.Event = field(default_factory=threading.Event)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        found = _AGENT.search(head)
        self.asked.append((time.monotonic(), found[1].decode() if found else ""))
        if len(self.asked) > self.waits_after:
            self.going.wait(LIMIT)
        super().__call__(head, out)

    def count(self, worker: str) -> int:
        """Return how often *worker* has asked."""
        return sum(name == worker for _, name in self.asked)

    def times(self, worker: str) -> list[float]:
        """Return when *worker* asked."""
        return [at for at, name in self.asked if name == worker]


class Worker:
    """``scrapy worker`` with the user agent *name*; ``log`` is the file of its stderr.

    *command* is another one, *inside* the words that put it into a network.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        ledger: str,
        *options: str,
        command: Sequence[str] = ("worker",),
        inside: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        settings = (f"USER_AGENT={name}", f"STATE_URI={ledger}", f"WORKER_TIMEOUT={TIMEOUT}")
        named = [word for setting in settings for word in ("-s", setting)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*inside, sys.executable, "-m", "scrapy", *command, *named, *LOOPBACK, *options],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    @property
    def said(self) -> str:
        """What it has logged by now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, signum: int) -> int:
        """Send *signum*, and return the exit code."""
        self.process.send_signal(signum)
        return self.process.wait(LIMIT)


@contextmanager
def ended(*workers: Worker) -> Iterator[None]:
    """Kill what is left of *workers* after the block."""
    try:
        yield
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()


def until(has_come: Callable[[], object], *workers: Worker) -> None:
    """Wait until *has_come* says so; *workers* stay alive meanwhile."""
    end = time.monotonic() + LIMIT
    while not has_come():
        said = "\n".join(f"{worker.name}: {worker.said}" for worker in workers)
        assert all(worker.process.poll() is None for worker in workers), said
        assert time.monotonic() < end, said
        time.sleep(0.05)


def rows(ledger: str, query: str) -> list[tuple[Any, ...]]:
    """Return what the database of the queue answers; nothing before the queue is made."""
    with (
        suppress(psycopg.errors.UndefinedTable),
        psycopg.connect(ledger, options="-c search_path=newsreel_queue") as connection,
    ):
        return connection.execute(query.encode()).fetchall()
    return []


def results(ledger: str) -> dict[str, list[int]]:
    """Return the exit codes of the runs that ended, by the key of the source."""
    found: dict[str, list[int]] = {}
    for key, code in rows(ledger, "SELECT key, exit_code FROM newsreel_result ORDER BY ended"):
        found.setdefault(key, []).append(code)
    return found
