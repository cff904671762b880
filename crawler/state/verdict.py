"""What an article is to what is held: new, a duplicate, a revision or a collision."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from crawler.state.store import Holding


class Verdict(Enum):
    """A verdict; its value is the stats key below ``article/``."""

    NEW = "new"
    DUPLICATE = "duplicate"
    REVISION = "revised"
    COLLISION = "collision"


def gives_way(held: int, new: int) -> bool | None:
    """Tell whether a text gives way to another of the same article by how whole they are.

    *held* and *new* are 0 for a whole text, else the letters of an incomplete one. A whole text
    never gives way to an incomplete one, an incomplete one to a whole or a longer one. None: both
    are whole.
    """
    if not (held or new):
        return None
    return bool(held) and (not new or new > held)


def judge(
    held: Sequence[Holding],
    *,
    source: str,
    modified: str,
    text_digest: bytes,
    incomplete: int = 0,
) -> tuple[Verdict, Holding | None]:
    """Return the verdict on an article whose (guid, date) is held as *held*, and its rival.

    The rival is the holding that it duplicates, revises or collides with. *incomplete* is as that
    of a `Holding`.
    """
    if not held:
        return Verdict.NEW, None
    for holding in held:
        if holding.source != source:
            continue
        gives = gives_way(holding.incomplete, incomplete)
        if gives is not None:
            return (Verdict.REVISION if gives else Verdict.DUPLICATE), holding
        if holding.text_digest != text_digest:
            # Without a time of change, what the site sends now is taken to be newer.
            is_newer = not modified or modified > holding.modified
            return (Verdict.REVISION if is_newer else Verdict.DUPLICATE), holding
        return Verdict.DUPLICATE, holding
    same = next((holding for holding in held if holding.text_digest == text_digest), None)
    return (Verdict.DUPLICATE, same) if same else (Verdict.COLLISION, held[0])
