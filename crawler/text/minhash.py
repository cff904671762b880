"""The similarity of texts, estimated from sketches that are small enough to keep for all articles.

A sketch is the MinHash (Broder, "On the resemblance and containment of documents", 1997) of a
text's shingles, which are three words in a row. The share of places in which two sketches have the
same value estimates the share of shingles that the texts have in common (the Jaccard index).

Forecasts, market reports and obituaries are alike in most words, and differ in names and numbers.
So two or three names and numbers in a row, without the words between them, are shingles as well.
"""

from __future__ import annotations

import re
from functools import cache
from operator import eq
from struct import Struct
from typing import TYPE_CHECKING
from zlib import crc32

from rensa import RMinHash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NEAR = 0.45
"""The similarity from which on two texts tell one story in nearly the same words."""

_VALUES = 128
_SEED = 1
_FEWEST_WORDS = 50
_MOST_CHARACTERS = 200_000  # a hostile text has many more, and its shingles ten times as many
_PACKED = Struct(f"<{_VALUES}H")
# Han and kana are written without spaces: each character counts as a word.
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"\w+")


def sketch(paragraphs: Iterable[str]) -> bytes:
    """Return the sketch of a text: 128 values of 16 bits, little-endian.

    It covers the first 200,000 characters. It is empty for a text below 50 words: short notices
    of a kind share most of their words.
    """
    text = "\n".join(paragraphs)[:_MOST_CHARACTERS]
    words = _WORD.findall(_UNSPACED.sub(r" \g<0> ", text))
    return _sketch(words) if len(words) >= _FEWEST_WORDS else b""


def similarity(one: bytes, other: bytes) -> float:
    """Return the estimated share of shingles that two texts have in common, from their sketches.

    The standard error is at most 0.045. Raises ``ValueError`` for what is no sketch.
    """
    if len(one) != _PACKED.size or len(other) != _PACKED.size:
        raise ValueError(f"sketches have {_PACKED.size} bytes, not {len(one)} and {len(other)}")
    same: int = sum(map(eq, _PACKED.unpack(one), _PACKED.unpack(other)))
    return same / _VALUES


@cache
def algorithm() -> str:
    """Return the name of the algorithm; sketches of another algorithm cannot be compared.

    Some releases of the library gave other values without saying so, hence the name holds a
    checksum of a sketch.
    """
    probe = _sketch([f"w{number}" for number in range(_FEWEST_WORDS)])
    return f"minhash-{_VALUES}x16-{crc32(probe):08x}"


def _sketch(words: list[str]) -> bytes:
    minima = RMinHash(num_perm=_VALUES, seed=_SEED)
    minima.update(_shingles(words))
    return _PACKED.pack(*[value & 0xFFFF for value in minima.digest()])


def _shingles(words: list[str]) -> list[str]:
    folded = " ".join(words).casefold().split(" ")
    facts = [word for word in words if not word.islower()]
    return [*_rows(folded, 3), *_rows(facts, 2), *_rows(facts, 3)]


def _rows(words: list[str], length: int) -> Iterator[str]:
    """Return each run of *length* words."""
    starts = (words[start:] for start in range(length))
    return map(" ".join, zip(*starts, strict=False))
