"""What the tables have in common: references to records as JSON, and lists of values in queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields

from crawler.items import RecordRef

PAGE = 500
"""How many rows are read at once: a long read beside a writer lets the log grow without bound."""

_BATCH = 500  # below SQLite's limit of bound parameters in every build
_RECORD = [field.name for field in fields(RecordRef)]


def batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield *values*, each once, as many at a time as a query takes."""
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]


def lies_beyond(column: str) -> str:
    """Return the condition that a record lies in a file (``?``), from a byte on (``?``)."""
    place = f"CAST(json_extract({column}, '$.offset') AS BIGINT)"
    return f"json_extract({column}, '$.file') = ? AND {place} >= ?"


def as_json(record: RecordRef | None) -> str | None:
    """Return *record* as a table holds it."""
    return json.dumps({name: getattr(record, name) for name in _RECORD}) if record else None


def as_record(text: object) -> RecordRef | None:
    """Return the record that a table holds as *text*."""
    return RecordRef(**json.loads(str(text))) if text else None
