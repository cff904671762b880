"""The bands of a sketch, by which the ledger finds texts that are nearly the same."""

from __future__ import annotations

_BAND_BYTES = 6
_BANDS = 16


def bands(sketch: bytes) -> set[int]:
    """Return the pieces of *sketch* by which it is found; an empty one has none.

    Sketches that are near nearly always have one in common, others seldom. Whoever looks for near
    texts asks for a common one, however few there are to compare: what is found must not depend on
    whether an article is held already or still under way. Raises ValueError for a sketch that is
    too short.
    """
    size = _BANDS * _BAND_BYTES
    if 0 < len(sketch) < size:
        raise ValueError(f"a sketch of {len(sketch)} bytes: at least {size} are needed")
    starts = range(0, min(len(sketch), size), _BAND_BYTES)
    return {int.from_bytes(sketch[start : start + _BAND_BYTES], "little") for start in starts}
