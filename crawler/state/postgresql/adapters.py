"""Values on their way to PostgreSQL and back.

Its text has no NUL, and what is no character in UTF-8 is refused. A ledger must not lose an article
for that, so both are written as a mark that no text has, followed by their number.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper, TextLoader

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import Buffer

_MARK = "\U0010ffff"  # a noncharacter, which is for use inside of programs
_REFUSED = re.compile("[\0\ud800-\udfff]")
_MARKED = re.compile(_MARK + "([0-9a-f]{4})")
_JSON_REFUSED = re.compile(r"\\u(?:0000|d[89a-f])")


def storable(text: str) -> str:
    """Return *text* without what PostgreSQL refuses; `restored` undoes it."""
    if _JSON_REFUSED.search(text) and text.startswith("{"):
        text = _storable_json(text)
    return _REFUSED.sub(_number, text)


def restored(text: str) -> str:
    """Return what `storable` was given."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text)


def _number(found: re.Match[str]) -> str:
    return f"{_MARK}{ord(found[0]):04x}"


def _storable_json(text: str) -> str:
    """Return the JSON *text* without escapes that PostgreSQL cannot read when it looks into it."""
    try:
        return json.dumps(_walked(json.loads(text)))
    except ValueError:
        return text


def _walked(value: object) -> object:
    if isinstance(value, str):
        return _REFUSED.sub(_number, value)
    if isinstance(value, dict):
        return {_walked(key): _walked(inner) for key, inner in value.items()}
    return [_walked(inner) for inner in value] if isinstance(value, list) else value


class _TextDumper(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        is_plain = obj.isascii() and "\0" not in obj and "\\u" not in obj
        return super().dump(obj if is_plain else storable(obj))


class _TextLoader(TextLoader):
    def load(self, data: Buffer) -> bytes | str:
        found = super().load(data)
        return restored(found) if isinstance(found, str) and _MARK in found else found


def register(connection: Connection) -> None:
    """Have *connection* take and give values as above; text and numbers have one type each.

    Where types change with values, the server prepares a statement for each of them.
    """
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_loader("text", _TextLoader)
