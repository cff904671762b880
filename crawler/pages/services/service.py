"""What the generic page does not know of a news service's pages."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a service made its pages for a time.

    ``since`` and ``until`` (ISO days, empty if unknown) are when its mark-up is known to have
    held. ``body`` is the XPath of the element, or elements, that hold the story, ``drop`` the
    XPaths of what is none of it; empty leaves it to the generic page.
    """

    since: str = ""
    until: str = ""
    body: str = ""
    drop: tuple[str, ...] = ()

    def held(self, day: str) -> bool:
        """Tell whether pages of *day* were made so; of an unknown day (empty) all may be."""
        return not day or (self.since <= day and (not self.until or day <= self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePages:
    """The pages of a news service at ``hosts``, with all hosts below them.

    ``forms`` are tried newest first. ``furniture`` matches whole paragraphs that are none of the
    story, ``dateline`` one in front of the lead that `crawler.text.datelines` does not know.
    ``agency`` is the name of the agency if all stories there are its own.
    """

    key: str
    hosts: tuple[str, ...]
    agency: str = ""
    forms: tuple[Form, ...] = ()
    furniture: re.Pattern[str] | None = None
    dateline: re.Pattern[str] | None = None
