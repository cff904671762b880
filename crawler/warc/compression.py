"""Gzip members: which library makes them, at which level."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crawler.warc.gzip_member import GZIP_WBITS

if TYPE_CHECKING:
    from crawler.warc.spool import Buffer

Compress = Callable[[Sequence["Buffer"]], bytes]
"""Makes a gzip member of the pieces of a record (WARC/1.1, annex D)."""

_LIBRARIES = {"isal": ("isal.isal_zlib", 3), "zlib": ("zlib", 9)}
_MOST_AT_ONCE = 1 << 20


def compressor(name: str) -> Compress:
    """Return the compressor *name*: ``isal-0`` to ``isal-3``, ``zlib-0`` to ``zlib-9``.

    Raises ValueError for anything else.
    """
    library, _, level = name.partition("-")
    module, highest = _LIBRARIES.get(library, ("", -1))
    if not level.isdecimal() or int(level) > highest:
        raise ValueError("use isal-0 to isal-3 or zlib-0 to zlib-9")
    gzip_library: Any = import_module(module)  # isal only where it is wanted

    def compress(pieces: Sequence[Buffer]) -> bytes:
        if sum(map(len, pieces)) <= _MOST_AT_ONCE:
            member: bytes = gzip_library.compress(b"".join(pieces), int(level), GZIP_WBITS)
            return member
        return _compress_large(
            gzip_library.compressobj(int(level), zlib.DEFLATED, GZIP_WBITS), pieces
        )

    return compress


def _compress_large(gzip: Any, pieces: Sequence[Buffer]) -> bytes:
    compressed = [
        gzip.compress(memoryview(piece)[start : start + _MOST_AT_ONCE])
        for piece in pieces
        for start in range(0, len(piece), _MOST_AT_ONCE)
    ]
    return b"".join((*compressed, gzip.flush()))
