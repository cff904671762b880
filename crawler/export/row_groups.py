"""Which events have to be folded together: those of one key, and of keys that were linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.export.row_events import IDENTIFIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.export.row_events import RowEvent


def linked_keys(event: RowEvent) -> Iterator[tuple[str, str]]:
    """Yield the two keys that *event* says are of one article, if it says so."""
    if event.kind == IDENTIFIED:
        yield event.content["held"]["key"], event.key
    elif alias := event.content.get("alias"):
        yield event.key, alias


def groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return by each key of the linked *pairs* the first of all keys that it is linked with."""
    first: dict[str, str] = {}
    for one, other in pairs:
        ends = sorted({_first(first, one), _first(first, other)})
        first[ends[-1]] = ends[0]
    return {key: _first(first, key) for key in list(first)}


def group_of(event: RowEvent, linked: Mapping[str, str]) -> str:
    """Return the group of *event*, which is folded with all others of that group alone."""
    return linked.get(event.key, event.key)


def _first(first: dict[str, str], key: str) -> str:
    """Return the first key of the group of *key*, and shorten the way to it."""
    end = key
    while (after := first.setdefault(end, end)) != end:
        end = after
    while first[key] != end:
        first[key], key = end, first[key]
    return end
