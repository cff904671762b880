"""Whether an article is at the place of one that is held, on whatever host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.sources.address import place_on_site

if TYPE_CHECKING:
    from crawler.state.store import Holding


def is_at_place_of(held: Holding, *, guid: str, date: str, url: str) -> bool:
    """Tell whether an article of that *guid*, *date* and *url* is *held* but for the host.

    It is of the same day, and has the same path, or a guid like ``…/?p=12`` on another host. That
    its text is alike has to be known from elsewhere.
    """
    if held.date[:10] != date[:10]:
        return False
    places = ((held.url, url), (_absolute(held.guid), _absolute(guid)))
    return any(place_on_site(ours) == place_on_site(theirs) != "" for ours, theirs in places)


def _absolute(guid: str) -> str:
    """Return a normalised guid as the address that it was."""
    return f"https:{guid}" if guid.startswith("//") else guid
