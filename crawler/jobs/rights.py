"""What a run must be sure of when it sends a request: that nobody else reads what it reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

Right = Callable[[], bool]
"""Tells whether nobody else can have what it is for."""

_rights: WeakKeyDictionary[object, list[Right]] = WeakKeyDictionary()


def require(run: object, right: Right) -> None:
    """Have *run*, which is known by its crawler, send its requests under *right*."""
    _rights.setdefault(run, []).append(right)


def forget(run: object) -> None:
    """Note that *run* has ended, or somebody who kept an archive open and is no run."""
    with suppress(TypeError):  # what no weak reference leads to has no rights either
        _rights.pop(run, None)


def needs_none(run: object) -> bool:
    """Return whether *run* may send requests at any time."""
    return run not in _rights


def may_send(run: object) -> bool:
    """Return whether *run* is sure of all that it needs now."""
    return all(right() for right in _rights.get(run, ()))
