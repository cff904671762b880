"""A post's markup to the clean text of an article: the whole chain."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.text import furniture, markup

EXTRACTOR = "newsreel-text/2"
"""Name and version of the chain, kept with every text; raised whenever a text comes out new."""


@dataclass(frozen=True, slots=True)
class CleanText:
    """A clean article; ``dateline`` and ``syndicated_from`` are what was taken off the text.

    ``flags`` names what could not be read whole (see :class:`crawler.text.markup.Fragment`): such
    a text is not to be passed off as complete.
    """

    title: str
    paragraphs: tuple[str, ...]
    dateline: str | None = None
    syndicated_from: str | None = None
    flags: tuple[str, ...] = ()


def clean(title_html: str, content_html: str, *, captions: bool = False) -> CleanText:
    """Return the text of a post from its ``title.rendered`` and ``content.rendered``.

    Takes any strings and never raises. Its paragraphs, cleaned again, stay as they are.
    """
    fragment = markup.read(content_html, captions=captions)
    story = [text for text in fragment.paragraphs if not furniture.is_furniture(text)]
    story, dateline = furniture.split_dateline(story)
    story, origin = furniture.split_trailer(story)
    return CleanText(markup.title(title_html), tuple(story), dateline, origin, fragment.flags)
