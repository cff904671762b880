"""How alike two texts are, by sketches small enough to keep for every article.

A sketch is the MinHash (Broder, "On the resemblance and containment of documents", 1997) of a
text's shingles, which are three words in a row. Two sketches have the same value in a place as
often as their texts have a shingle in common: that is their resemblance, the Jaccard index.

News is written by form, too: forecasts, market reports, obituaries. What tells those apart are
names and numbers, so that two or three of them in a row, whatever is between, are shingles as well.
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
"""The resemblance from which on two texts tell one story in nearly the same words."""

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

    It is that of the first 200,000 characters, and empty for a text below 50 words: of so few,
    too many are in any other notice of the kind.
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
    """Return the name of what makes the sketches: those under another name are not comparable.

    Releases of the library changed its values, once without a word: the name holds a probe.
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
    """Each *length* of *words* in a row."""
    starts = (words[start:] for start in range(length))
    return map(" ".join, zip(*starts, strict=False))
