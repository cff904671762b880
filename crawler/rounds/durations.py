"""How long something took, for people."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (
    ("days", timedelta(days=1), timedelta(days=2)),
    ("h", timedelta(hours=1), timedelta(hours=2)),
    ("min", timedelta(minutes=1), timedelta(minutes=1)),
)
_WHOLE = 10  # of a unit and more: no decimals


def in_words(length: timedelta) -> str:
    """Return *length* in the largest unit of which it has about two: ``40 min``, ``3.5 days``."""
    for name, unit, least in _UNITS:
        if length >= least:
            number = length / unit
            is_whole = number >= _WHOLE or name == "min"
            text = f"{number:,.0f}" if is_whole else f"{number:.1f}".removesuffix(".0")
            return f"{text} {name}"
    return "0 min"
