"""Gzip members: which library makes them, and how hard it tries."""

from __future__ import annotations

import zlib
from collections.abc import Callable

Compress = Callable[[bytes], bytes]
"""Turns the bytes of a record into a gzip member of its own (WARC/1.1, annex D)."""

_LEVELS = {"isal": range(4), "zlib": range(10)}
_GZIP_WBITS = 31


def compressor(name: str) -> Compress:
    """Return what *name* stands for: ``isal-0`` to ``isal-3``, ``zlib-0`` to ``zlib-9``.

    Raises ValueError for anything else.
    """
    library, _, level = name.partition("-")
    if not level.isdecimal() or int(level) not in _LEVELS.get(library, ()):
        raise ValueError("use isal-0 to isal-3 or zlib-0 to zlib-9")
    if library == "isal":
        from isal import isal_zlib  # noqa: PLC0415 - no need of it for who chose zlib

        return lambda data: isal_zlib.compress(data, int(level), _GZIP_WBITS)
    return lambda data: zlib.compress(data, int(level), _GZIP_WBITS)
