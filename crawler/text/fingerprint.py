"""Fingerprints, by which texts are compared: the same text, or nearly the same words."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from crawler.text import minhash
from crawler.text.normal import normal_line

if TYPE_CHECKING:
    from collections.abc import Iterable


def text_digest(title: str, paragraphs: Iterable[str]) -> bytes:
    """Return the SHA-256 (32 bytes) of title and paragraphs in normal form, one a line, in UTF-8.

    The day is no part of it: the same text published again on another day has the same digest.
    """
    return sha256("\n".join(map(normal_line, (title, *paragraphs))).encode()).digest()


@dataclass(frozen=True, slots=True)
class TextFingerprint:
    """The `text_digest` of a text and its sketch (`crawler.text.minhash`)."""

    digest: bytes
    sketch: bytes

    @classmethod
    def from_text(cls, title: str, paragraphs: Iterable[str]) -> Self:
        """Return the fingerprint of the text of an article, in normal form."""
        lines = tuple(paragraphs)
        return cls(text_digest(title, lines), minhash.sketch(lines))

    def similarity(self, other: TextFingerprint) -> float:
        """Return 1 for the same text, else the similarity of the sketches, 0 if it is not near."""
        if self.digest == other.digest:
            return 1
        if not (self.sketch and other.sketch):
            return 0
        similarity = minhash.similarity(self.sketch, other.sketch)
        return similarity if similarity >= minhash.NEAR else 0
