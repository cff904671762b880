"""What makes two texts the same text."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from crawler.text.normal import line

if TYPE_CHECKING:
    from collections.abc import Iterable


def text_digest(title: str, paragraphs: Iterable[str]) -> bytes:
    """Return the SHA-256 (32 bytes) of title and paragraphs in normal form, one a line, in UTF-8.

    The day is no part of it: the same text published again on another day has the same digest.
    """
    return sha256("\n".join(map(line, (title, *paragraphs))).encode()).digest()
