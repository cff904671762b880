"""Gzip members: which library makes them, and how hard it tries."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.warc.spool import Buffer

Compress = Callable[[Sequence["Buffer"]], bytes]
"""Turns the pieces of a record into a gzip member of its own (WARC/1.1, annex D)."""

_LIBRARIES = {"isal": ("isal.isal_zlib", 3), "zlib": ("zlib", 9)}
_GZIP_WBITS = 31
_STEP = 1 << 20


def compressor(name: str) -> Compress:
    """Return what *name* stands for: ``isal-0`` to ``isal-3``, ``zlib-0`` to ``zlib-9``.

    Raises ValueError for anything else.
    """
    library, _, level = name.partition("-")
    module, highest = _LIBRARIES.get(library, ("", -1))
    if not level.isdecimal() or int(level) > highest:
        raise ValueError("use isal-0 to isal-3 or zlib-0 to zlib-9")
    made_by: Any = import_module(module)  # isal only where it is asked for

    def compress(pieces: Sequence[Buffer]) -> bytes:
        if sum(map(len, pieces)) <= _STEP:
            member: bytes = made_by.compress(b"".join(pieces), int(level), _GZIP_WBITS)
            return member
        return _compress_large(made_by.compressobj(int(level), zlib.DEFLATED, _GZIP_WBITS), pieces)

    return compress


def _compress_large(gzip: Any, pieces: Sequence[Buffer]) -> bytes:
    compressed = [
        gzip.compress(memoryview(piece)[start : start + _STEP])
        for piece in pieces
        for start in range(0, len(piece), _STEP)
    ]
    return b"".join((*compressed, gzip.flush()))
