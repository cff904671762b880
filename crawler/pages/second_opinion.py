"""A second opinion on where the story of a page stands.

Other extractors say *where* the story is, our own rules say *what* of it is kept. resiliparse is
asked about each page, since it costs little; trafilatura, which is better and dear, only where
resiliparse sees a story that ours lacks. What they find is compared with ours, never written.

That they have less than ours says nothing: measured, it told good texts from bad ones no better
than chance.

They may fail on what a site sends: then they have no opinion, as of a page too large for them, and
the story stays ours, flagged as `UNCONFIRMED`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import trafilatura
from lxml import etree
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.settings import Document

from crawler.pages.letters import WIDE, flat, pieces, told_share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.etree import _Element

logger = logging.getLogger(__name__)

UNCONFIRMED = "unconfirmed"
"""The flag of an article that nobody else sees where we read it."""

# 74,000 links took trafilatura 8 s and 434 MB; 60,000 elements, nested 400 deep, took it 5 s
# and resiliparse 3 s.
_LONGEST = 2_000_000  # letters of markup without scripts
_MOST_TAGS = 40_000  # at both ends of elements
_LEAST_LINE = 60  # letters of a line of prose
_LEAST_WIDE_LINE = 25
_LEAST_LACKED = 200
_LEAST_TOLD, _MUCH, _LONG_STORY = 0.34, 5, 1_500
_SHORT, _SHORT_SHARE = 800, 0.25  # letters of a text, and of the page's prose


def read_quickly(html: str) -> list[str] | None:
    """Return the lines of prose that resiliparse takes for the main content of *html*.

    They are None of a page too large for it, or on which it fails. *html* has passed
    `crawler.pages.tree.parse_page`, which refuses what would choke a parser.
    """
    if html.count("<") > _MOST_TAGS:
        return None
    return _opinion(
        lambda: extract_plain_text(html, main_content=True, alt_texts=False, comments=False)
    )


def read_thoroughly(root: _Element) -> list[str] | None:
    """Return the lines of prose that trafilatura takes for it.

    They are None of a page too large for it, or on which it fails or finds nothing. *root* is what
    `crawler.pages.tree.parse_page` returns; it loses what is never seen.
    """
    etree.strip_elements(root, "script", "style", "svg", with_tail=False)
    html = etree.tostring(root, encoding="unicode", method="html")
    if len(html) > _LONGEST:
        return None
    return _opinion(lambda: _read_by_trafilatura(html))


def _read_by_trafilatura(html: str) -> str | None:
    # Its cache of lines seen before is off unless asked for: texts would depend on their order.
    found = trafilatura.bare_extraction(html, include_comments=False)
    return found.text if isinstance(found, Document) else None


def _opinion(read: Callable[[], str | None]) -> list[str] | None:
    """Return the lines of prose in what another extractor *read*, None without an opinion.

    Raises MemoryError: a text must not depend on the memory of the machine.
    """
    try:
        text = read()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - its errors are not ours, nor documented
        logger.warning(f"no second opinion: {type(error).__name__}: {error}")
        return None
    return None if text is None else _prose(text)


def is_short(lines: Sequence[str], page_letters: int) -> bool:
    """Tell whether *lines* are little of what a page with so many letters of prose holds."""
    letters = sum(map(len, lines))
    return letters < min(_SHORT, _SHORT_SHARE * page_letters)


def is_lacking(lines: Sequence[str], story: list[str]) -> bool:
    """Tell whether there is much in *story*, and less than half of it in *lines*."""
    own = set(lines)
    others = [line for line in story if line not in own]
    if sum(map(len, others)) < _LEAST_LACKED:
        return False
    ours = flat(lines)
    lacked = sum(len(piece) for line in others for piece in pieces(line) if piece not in ours)
    if lacked < _LEAST_LACKED:
        return False
    return 2 * lacked > sum(len(piece) for line in story for piece in pieces(line))


def missing_in(lines: Sequence[str], story: Sequence[str]) -> list[str]:
    """Return those of *lines* of which most is not in *story*."""
    held = flat(story)
    return [line for line in lines if _is_new(line, held)]


def _is_new(line: str, held: str) -> bool:
    """Tell whether most of *line* is not among the letters *held*."""
    parts = pieces(line)
    return 2 * sum(part in held for part in parts) < len(parts)


def _prose(text: str) -> list[str]:
    return [line for line in text.split("\n") if len(line) >= _least(line)]


def _least(line: str) -> int:
    return _LEAST_WIDE_LINE if any(letter >= WIDE for letter in line[:40]) else _LEAST_LINE


def is_likelier(
    title: str, there: Sequence[str], lines: Sequence[str], *, agree: bool = False
) -> bool:
    """Tell whether what is only *there* speaks of the headline *title* more than *lines* do.

    Others take a consent form for the story too, or what readers wrote, if the story is short. Of
    as much that it says of the headline, it is likelier if it is far longer, or if all others
    *agree* that the story is there.
    """
    added = missing_in(there, lines)
    ours, theirs = told_share(title, lines), told_share(title, added)
    letters = sum(map(len, added))
    if not lines or theirs < _LEAST_TOLD:
        return not lines or (agree and ours == 0 and letters > _LONG_STORY)
    return theirs > ours or (theirs == ours and (agree or letters > _MUCH * len("".join(lines))))
