"""Tells somebody when the verdict on a source turns, once.

What sends it is Apprise (the extra ``notify``), in a process of its own: libraries below it log the
address, which is a secret, and a service that does not answer holds nobody up for long.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.exceptions import NoticeError, NoticeSettingError
from crawler.rounds.source_health import SourceHealth, SourceVerdict

if TYPE_CHECKING:
    from crawler.state.store import Store

INSTALL = "install Apprise: make notify, or pip install 'apprise>=2.2,<3'"
_SENDER = "crawler.rounds.notice_sender"
_TIMEOUT = 60.0  # seconds
_MOST_LINES = 50
_FAILURES = {
    3: "it holds no address that Apprise understands (https://github.com/caronc/apprise/wiki)",
    4: "the service there did not take it; it is tried again by the next one that tells",
}
_TIMED_OUT = (
    "the service there did not answer in time; it is tried again by the next one that tells"
)
_DEFECT = "Apprise failed; it is tried again by the next one that tells"


@dataclass(frozen=True, slots=True)
class Turn:
    """A source whose verdict turned: to *health*, where somebody was told *before* (or nothing)."""

    health: SourceHealth
    before: str

    @property
    def line(self) -> str:
        """What happened, in a line."""
        health = self.health
        if not health.verdict.is_alarm:
            return f"{health.source} is no longer {self.before} ({health.verdict})"
        why = f": {health.why}" if health.why else ""
        return f"{health.source} is {health.verdict}{why}"


def find_turns(found: Iterable[SourceHealth], told: Mapping[str, str]) -> list[Turn]:
    """Return the sources that became silent or failing, or no longer are, since it was *told*.

    A source of which no read is known any more has no verdict that could turn.
    """
    return [
        Turn(health, told.get(health.source, ""))
        for health in found
        if health.verdict is not SourceVerdict.NEVER_READ
        and _alarm(health) != told.get(health.source, "")
    ]


def _alarm(health: SourceHealth) -> str:
    return health.verdict.value if health.verdict.is_alarm else ""


def told_by(turns: Iterable[Turn]) -> dict[str, str]:
    """Return what `Store.put_told` takes once somebody was told of *turns*."""
    return {turn.health.source: _alarm(turn.health) for turn in turns}


def notify_turns(store: Store, found: Iterable[SourceHealth], variable: str) -> list[Turn]:
    """Tell of the verdicts in *found* that turned, note that in the *store*, and return them.

    *variable* names the environment variable with the address. It may take a minute. Raises
    NoticeError if nobody could be told, and then notes nothing; OSError from the store.
    """
    check_notices(variable)
    turns = find_turns(found, store.told())
    if turns:
        send_turns(turns, variable)
        store.put_told(told_by(turns))
    return turns


def check_notices(variable: str) -> None:
    """Raise `NoticeSettingError` if no notice can be sent at all."""
    if not os.environ.get(variable, "").strip():
        message = "the environment variable that HEALTH_NOTIFY names is not set: set it"
        raise NoticeSettingError(message)
    if importlib.util.find_spec("apprise") is None:
        raise NoticeSettingError(f"no notice can be sent: {INSTALL}")


def send_turns(turns: Sequence[Turn], variable: str) -> None:
    """Send a notice of *turns*, at least one. Raises NoticeError. It may take a minute."""
    alarms = sum(turn.health.verdict.is_alarm for turn in turns)
    title = f"Newsreel: {turns[0].line.partition(':')[0]}"
    if len(turns) > 1:
        title = f"Newsreel: {alarms} of {len(turns)} sources that changed need a look"
    lines = [turn.line for turn in turns[:_MOST_LINES]]
    if len(turns) > _MOST_LINES:
        lines.append(f"and {len(turns) - _MOST_LINES} more: scrapy health lists them")
    _send(title, "\n".join(lines), variable)


def _send(title: str, body: str, variable: str) -> None:
    content = json.dumps({"title": title, "body": body, "variable": variable})
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and a module of ours
            [sys.executable, "-P", "-m", _SENDER],
            input=content.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            timeout=_TIMEOUT,
            check=False,
        )
        failure = _FAILURES.get(done.returncode, _DEFECT if done.returncode else "")
    except subprocess.TimeoutExpired:
        failure = _TIMED_OUT
    if failure:
        raise NoticeError(f"no notice was sent to what HEALTH_NOTIFY names: {failure}")
