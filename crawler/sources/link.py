"""The link to a story, as a feed, a sitemap or a listing has it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.dates import Moment
from crawler.items import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The absolute address of a story, and what the link page says about the story.

    ``guid`` is empty where only the address names the article. ``title`` is markup, folded to one
    line. ``content`` is the markup of the whole text, where a feed has it, and ``record`` then what
    the feed was archived as.
    """

    url: str
    guid: str = ""
    title: str = ""
    published: Moment | None = None
    modified: Moment | None = None
    sections: tuple[str, ...] = ()
    language: str = ""
    content: str = ""
    record: RecordRef | None = None
