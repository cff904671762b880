"""Text files as people's editors write them, those of Windows too."""

from __future__ import annotations

import codecs

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def plain_text(data: bytes) -> bytes:
    """Return *data* as UTF-8 without byte order mark, its lines ended by LF.

    UTF-16 is told by its mark; other bytes than those of a text stay as they are.
    """
    if data.startswith(_WIDE):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            return data
    data = data.removeprefix(codecs.BOM_UTF8)
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data
