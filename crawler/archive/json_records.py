"""Metadata records of JSON: anybody may have written them, so each value is looked at."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.warc.reader import Record

_MAX_ORDINAL = 10**9
_DEEPEST = 100
_LONGEST_FILE = 600  # letters: an index of the ledger holds it
_LONGEST_NAME = 400  # letters
_NAME_BYTES = 1200  # two names, or one and an address, are in one index
_KINDS = {
    "event": ("an event", ("source",)),
    "outcome": ("an outcome", ("source",)),
    "started": ("a run", ("source", "run")),
    "visits": ("a visits record", ("source",)),
}


def json_content(record: Record, most: int) -> dict[str, Any] | None:
    """Return the object that *record* holds; None if it has none, or more than *most* bytes."""
    if record.header("Content-Type") != "application/json" or len(record.block) > most:
        return None
    try:
        found = json.loads(bytes(record.block).decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_deep(value: object) -> bool:
    """Return whether *value* is nested so deep that not everything can take it, such as pickle."""
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        containers = [v for v in level if isinstance(v, dict | list)]
        if not containers:
            return False
        level = [v for c in containers for v in (c.values() if isinstance(c, dict) else c)]
    return True


def is_text(*values: object) -> bool:
    """Return whether all *values* are strings that can be stored: without lone surrogates."""
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False


def is_name(*values: object) -> bool:
    """Return whether all *values* are texts for which the indexes of a ledger have room."""
    return is_text(*values) and all(
        len(name) <= _LONGEST_NAME and len(name.encode()) <= _NAME_BYTES
        for name in map(str, values)
    )


def nameless(record: Record, most: int) -> str:
    """Return what is wrong with *record*, of what we write, if a name in it is none (`is_name`)."""
    found = json_content(record, most) or {}
    what, names = next((_KINDS[field] for field in _KINDS if field in found), ("", ()))
    bad = (name for name in names if is_text(found.get(name)) and not is_name(found[name]))
    return next((f"{what}'s {name} cannot be {found[name]!r:.80}" for name in bad), "")


def is_moment(value: object) -> bool:
    """Return whether *value* is a day or a moment in ISO 8601."""
    try:
        return is_text(value) and datetime.fromisoformat(str(value)) is not None
    except ValueError:
        return False


def is_text_file(file: object) -> bool:
    """Return whether *file* is the relative path of a text file that stays inside the corpus."""
    if not (isinstance(file, str) and is_text(file)):
        return False
    inside = all(part not in {"", ".", ".."} for part in file.split("/"))
    return inside and len(file) <= _LONGEST_FILE and file.isprintable() and file.endswith(".txt")


def is_ordinal(value: object) -> bool:
    """Return whether *value* can be the ordinal of an article."""
    return type(value) is int and 0 <= value <= _MAX_ORDINAL
