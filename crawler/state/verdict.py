"""What an article is to what is held: new, a duplicate, a revision or a collision."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from crawler.items import RecordRef
from crawler.state.store import Holding


class Verdict(Enum):
    """A verdict; its value is the stats key below ``article/``.

    ``EARLIER`` is an older text of an article whose newer one is held.
    """

    NEW = "new"
    DUPLICATE = "duplicate"
    REVISION = "revised"
    EARLIER = "earlier"
    COLLISION = "collision"


def captured(origin: RecordRef | None) -> str:
    """Return when *origin* was captured, so that texts compare as times do; empty if unknown."""
    if origin is None:
        return ""
    return f"{origin.date[:19]}.{origin.date[20:].rstrip('Z'):0<9}"


def is_newer(held: Holding, *, modified: str, origin: RecordRef | None) -> bool:
    """Tell whether a text of *origin* is newer than the one *held* of the same article.

    The site's own time of change decides where both tell one, else, or if that is the same, the
    time of the capture. Of one capture what is read later is newer; so is what was not captured.
    """
    if modified and held.modified and modified != held.modified:
        return modified > held.modified
    return origin is None or captured(origin) >= captured(held.origin)


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
    origin: RecordRef | None = None,
) -> tuple[Verdict, Holding | None]:
    """Return the verdict on an article whose (guid, date) is held as *held*, and its rival.

    The rival is the holding that it duplicates, revises, precedes or collides with. *incomplete*
    and *origin* are as those of a `Holding`.
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
            newer = is_newer(holding, modified=modified, origin=origin)
            return (Verdict.REVISION if newer else Verdict.EARLIER), holding
        return Verdict.DUPLICATE, holding
    same = next((holding for holding in held if holding.text_digest == text_digest), None)
    return (Verdict.DUPLICATE, same) if same else (Verdict.COLLISION, held[0])
