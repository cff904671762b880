"""Markup to paragraphs: ``content.rendered`` and ``title.rendered`` as a reader sees them.

lxml's parser calls a :class:`~crawler.text.line_collector.LineCollector` for each tag and text that
it meets (a parser target), and no tree is built. That is faster, and it escapes two faults of
libxml2's trees: everything below depth 256 (2048 with ``huge_tree``) is dropped silently, and a tag
with very many attributes takes quadratic time.

Where HTML leaves a choice, this is ours:

- ``<br><br>`` ends a paragraph. A single ``<br>`` ends a line, and a line is a paragraph of its own
  (classic posts know no other mark), unless the sentence plainly reads on: a letter or comma before
  it and a lower-case letter behind it. In headings and rows of tables it is a space.
- A table row is one paragraph, its cells joined by `` | ``, empty cells left out. Rows with a table
  inside or with more than one paragraph in a cell are layout, and their paragraphs stay apart.
- Text struck out (``del``, ``s``) is seen and kept, as are ``sup`` and ``sub``; ``q`` gets the
  quotation marks that browsers draw; of ``ruby`` the base text is kept, of ``math`` what is drawn.
- ``aria-hidden`` says nothing about what is seen: such text is kept if it has a letter or digit,
  and taken for an ornament if not.
- Images are silent, except WordPress's emoji images.

Source: HTML Living Standard 13.2 (parsing); :mod:`crawler.text.elements` for the elements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.text.line_collector import BREAK, END, LineCollector, TooDeepError
from crawler.text.normal import normal_line, replace_surrogates
from crawler.text.teaser import Gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import ParserTarget

# libxml2 forgets a </p> that closes nothing, browsers make a paragraph of it: <div>a</p>b</div>;
# it forgets </br> too, and browsers break the line.
_ODD_END = re.compile(
    r"</(?:br>|[pP]\s*+>(?=\s*+(?:[^<\s]|<(?!/?(?i:p|div|h[1-6]|[ou]l|li|figure|blockquote)\b))))"
)
# libxml2 takes <script/> for a whole element, browsers for a start tag: what follows would leak.
_SELF_CLOSED = re.compile(r"<([sS](?i:cript|tyle)\b[^<>]*)/>")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_DEPTH = 512
_WORK = 100_000_000
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class MarkupText:
    """The paragraphs of a fragment of HTML, and ``flags`` that say what is missing.

    ``depth``: elements were nested too deep, and all text behind that point is missing.
    ``unclosed``: a comment, quote, script or hidden element never ended, and hid what is behind
    it, as it does in a browser.

    ``gates`` are the boxes left out that ask to pay or to sign in.
    """

    paragraphs: list[str]
    flags: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()


@lru_cache(maxsize=4)  # a page is compared with other readings of it before it is cleaned
def read(html: str, *, captions: bool = False) -> MarkupText:
    """Return the paragraphs of ``html``, in reading order, each in normal form.

    Never raises, and takes time in proportion to the length of ``html``.
    """
    collector = LineCollector(_depth_limit(html), captions=captions)
    flags: tuple[str, ...] = ()
    try:
        _parse(f"{prepare_for_libxml2(html)}<!--{END}-->", collector)
    except TooDeepError:
        flags = ("depth",)
    else:
        if not collector.whole:
            flags = ("unclosed",)
    shown: list[str] = []
    starts = []
    for line in collector.close():
        starts.append(len(shown))
        shown += _paragraphs(line)
    starts.append(len(shown))
    gates = (Gate(starts[gate.line], normal_line(gate.words)) for gate in collector.gates)
    return MarkupText(shown, flags, tuple(gates))


def paragraphs(html: str, *, captions: bool = False) -> list[str]:
    """Return only the paragraphs that :func:`read` finds."""
    return list(read(html, captions=captions).paragraphs)


def title(html: str) -> str:
    """Return ``title.rendered`` as one line: tags removed, entities decoded.

    References that are still there were escaped twice and are decoded once more.
    """
    if "<" in html:
        opened = html.rfind(">") + 1  # a "<" behind it opens no tag
        shown = " ".join(paragraphs(html[:opened] + html[opened:].replace("<", "&lt;")))
    else:
        shown = unescape(html)
    return normal_line(_REFERENCE.sub(lambda found: unescape(found[0]), shown))


def _depth_limit(html: str) -> int:
    """Return how deep to follow: libxml2 looks for each end tag through all open elements."""
    return max(_DEPTH, _WORK // (1 + html.count("</")))


def prepare_for_libxml2(html: str) -> str:
    """Return ``html`` changed so that libxml2 reads it as browsers do; idempotent."""
    html = replace_surrogates(html.replace(BREAK, "").replace(END, ""))
    return _ODD_END.sub(_understood, _SELF_CLOSED.sub(r"<\1>", html))


def _understood(end: re.Match[str]) -> str:
    return "<br>" if end[0] == "</br>" else f"{end[0]}<hr>"


def _parse(html: str, collector: LineCollector) -> None:
    parser = etree.HTMLParser(target=cast("ParserTarget[list[str]]", collector), huge_tree=True)
    for start in range(0, len(html), _CHUNK):  # an error of ours is raised when feed() returns
        parser.feed(html[start : start + _CHUNK])
    parser.close()


def _paragraphs(line: str) -> Iterator[str]:
    if BREAK in line:
        yield from _broken(line)
    elif shown := normal_line(line):
        yield shown


def _broken(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text with breaks, joining lines within a sentence."""
    group: list[str] = []
    for piece in map(normal_line, text.split(BREAK)):
        if group and not (piece and _reads_on(group[-1], piece)):
            yield " ".join(group)
            group.clear()
        if piece:
            group.append(piece)
    if group:
        yield " ".join(group)


def _reads_on(before: str, behind: str) -> bool:
    return (before[-1].isalnum() or before[-1] == ",") and behind[0].islower()
