"""For processes of tests: they start at the moment NEWSREEL_NOW, and time passes from there.

SIGUSR1 sets the clock right.
"""

from __future__ import annotations

import datetime
import os
import signal
import time
from typing import Any

_real_time = time.time


class _AnyMoment(type):
    def __instancecheck__(cls, value: object) -> bool:
        return issubclass(type(value), cls.__mro__[1])


class _Shifted(datetime.datetime, metaclass=_AnyMoment):
    by = datetime.timedelta()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return super().now(tz) + cls.by


def restart() -> None:
    """Make this moment NEWSREEL_NOW."""
    moment = _Shifted.fromisoformat(os.environ["NEWSREEL_NOW"]).timestamp()
    _Shifted.by = datetime.timedelta(seconds=moment - _real_time())


def _set_right(*_: object) -> None:
    _Shifted.by = datetime.timedelta()


restart()
signal.signal(signal.SIGUSR1, _set_right)
datetime.datetime = _Shifted  # type: ignore[misc]
time.time = lambda: _real_time() + _Shifted.by.total_seconds()
