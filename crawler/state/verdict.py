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


def judge(
    held: Sequence[Holding], *, source: str, modified: str, text_digest: bytes
) -> tuple[Verdict, Holding | None]:
    """Return the verdict on an article whose (guid, date) is held as *held*, and its rival.

    The rival is the holding that it duplicates, revises or collides with.
    """
    if not held:
        return Verdict.NEW, None
    for holding in held:
        if holding.source == source and holding.text_digest != text_digest:
            # Without a time of change, what the site sends now is taken to be newer.
            is_newer = not modified or modified > holding.modified
            return (Verdict.REVISION if is_newer else Verdict.DUPLICATE), holding
        if holding.source == source:
            return Verdict.DUPLICATE, holding
    same = next((holding for holding in held if holding.text_digest == text_digest), None)
    return (Verdict.DUPLICATE, same) if same else (Verdict.COLLISION, held[0])
