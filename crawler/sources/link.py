"""A story that a source links: what a feed, a sitemap or a listing tells of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address where an article may be, absolute, and what is said of it there.

    ``guid`` is empty where only the address names the article. ``published`` and ``modified`` are
    written as the source writes them. ``title`` is markup, folded to one line.
    """

    url: str
    guid: str = ""
    title: str = ""
    published: str = ""
    modified: str = ""
    sections: tuple[str, ...] = ()
    language: str = ""
