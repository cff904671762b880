"""Metadata records of JSON: anybody may have written them, so each value is looked at."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.warc.reader import Record

_MAX_ORDINAL = 10**9
_LONGEST_FILE = 600  # letters: an index of the ledger holds it


def json_content(record: Record, most: int) -> dict[str, Any] | None:
    """Return the object that *record* holds; None if it has none, or more than *most* bytes."""
    if record.header("Content-Type") != "application/json" or len(record.block) > most:
        return None
    try:
        found = json.loads(bytes(record.block).decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_text(*values: object) -> bool:
    """Return whether all *values* are strings that can be stored: without lone surrogates."""
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False


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
