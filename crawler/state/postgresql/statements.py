"""The shared SQL as PostgreSQL takes it."""

from __future__ import annotations

import re
from functools import cache

_MARK = re.compile(r"\?(\d*)")


@cache
def translated(query: str) -> str:
    """Return *query* with ``$1`` for its first ``?``, and ``$2`` for a ``?2``.

    A ``?`` has the number behind the highest one on its left, as in SQLite.
    """
    highest = 0

    def numbered(mark: re.Match[str]) -> str:
        nonlocal highest
        number = int(mark[1]) if mark[1] else highest + 1
        highest = max(highest, number)
        return f"${number}"

    return _MARK.sub(numbered, query)
