"""Values on their way to PostgreSQL and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper, TextLoader

from crawler.state.postgresql.refused_text import MARK, restored, storable

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import Buffer


class _TextDumper(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        is_plain = obj.isascii() and "\0" not in obj and "\\u" not in obj
        return super().dump(obj if is_plain else storable(obj))


class _TextLoader(TextLoader):
    def load(self, data: Buffer) -> bytes | str:
        found = super().load(data)
        return restored(found) if isinstance(found, str) and MARK in found else found


def register(connection: Connection) -> None:
    """Have *connection* keep any text; text and numbers have one type each.

    Where types change with values, the server prepares a statement for each of them.
    """
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_loader("text", _TextLoader)
