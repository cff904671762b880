"""For processes of tests: the clock is NEWSREEL_DAYS_AHEAD days ahead."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

_AHEAD = datetime.timedelta(days=float(os.environ["NEWSREEL_DAYS_AHEAD"]))
_real_time = time.time


class _AnyMoment(type):
    def __instancecheck__(cls, value: object) -> bool:
        return issubclass(type(value), cls.__mro__[1])


class _Ahead(datetime.datetime, metaclass=_AnyMoment):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return super().now(tz) + _AHEAD


datetime.datetime = _Ahead  # type: ignore[misc]
time.time = lambda: _real_time() + _AHEAD.total_seconds()
