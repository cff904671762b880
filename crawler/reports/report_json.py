"""Reports as JSON files: written piece by piece, and read again."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.disk import replacement
from crawler.reports.named_things import NamedThings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_report(report: Any, path: Path) -> None:
    """Write the dataclass *report* to *path*, as a whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacement(path, ".part") as stream:
        stream.writelines(piece.encode("utf-8", "backslashreplace") for piece in _pieces(report))


def _pieces(report: Any) -> Iterator[str]:
    """Yield the JSON of *report*, times as ISO 8601, a long list thing by thing."""
    mark = "{\n"
    for field in fields(report):
        yield f'{mark}  "{field.name}": '
        value = getattr(report, field.name)
        if isinstance(value, NamedThings):
            yield from _list(value)
        else:
            yield _indented(value)
        mark = ",\n"
    yield "\n}\n"


def _list(things: NamedThings[Any]) -> Iterator[str]:
    mark = "[\n    "
    for thing in things:
        yield mark + _indented(thing, "    ")
        mark = ",\n    "
    yield "\n  ]" if len(things) else "[]"


def _indented(value: Any, indent: str = "  ") -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=_plain)
    return text.replace("\n", f"\n{indent}")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, NamedThings) else str(value)
