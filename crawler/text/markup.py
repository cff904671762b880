"""Markup to paragraphs: ``content.rendered`` and ``title.rendered`` as a reader sees them.

lxml's parser calls :class:`_LineCollector` for each tag and text that it meets (a parser target),
and no tree is built. That is faster, and it escapes two faults of libxml2's trees: everything below
depth 256 (2048 with ``huge_tree``) is dropped silently, and a tag with very many attributes takes
quadratic time.

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
from html import unescape
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.text.element_names import element_names
from crawler.text.elements import (
    BLOCKS,
    CAPTION_CLASSES,
    CAPTIONS,
    EMOJI_IMAGES,
    HEADINGS,
    NEVER_ENDED,
    PREFORMATTED,
    REMOVED,
    TABLE,
)
from crawler.text.normal import normal_line, replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import ParserTarget

_HIDDEN_STYLE = re.compile(
    r"(?:^|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden"
    r"|clip\s*+:\s*+rect\(\s*+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*+\)"
    r"|clip-path\s*+:\s*+inset\(\s*+(?:50|100)%\s*+\))"
    r"\s*+(?:!\s*+important\s*+)?(?:;|$)",
    re.IGNORECASE,
)
_BLOCK_STYLE = re.compile(r"(?:^|;)\s*+display\s*+:\s*+block\s*+(?:;|$)", re.IGNORECASE)

# libxml2 forgets a </p> that closes nothing, browsers make a paragraph of it: <div>a</p>b</div>.
_STRAY_P = re.compile(
    r"</[pP]\s*+>(?=\s*+(?:[^<\s]|<(?!/?(?i:p|div|h[1-6]|[ou]l|li|figure|blockquote)\b)))"
)
# libxml2 takes <script/> for a whole element, browsers for a start tag: what follows would leak.
_SELF_CLOSED = re.compile(r"<([sS](?i:cript|tyle)\b[^<>]*)/>")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")

_BREAK = "\0"  # the parser never hands one out: not raw, not from &#0;
_PARAGRAPH = _BREAK * 2
_END = "\x1a"  # taken out of the fragment, then put behind it in a comment
_EDGES = f" \t\n\r\f{_BREAK}"

_DEPTH = 512
_WORK = 100_000_000
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class MarkupText:
    """The paragraphs of a fragment of HTML, and ``flags`` that say what is missing.

    ``depth``: elements were nested too deep, and all text behind that point is missing.
    ``unclosed``: a comment, quote, script or hidden element never ended, and hid what is behind
    it, as it does in a browser.
    """

    paragraphs: list[str]
    flags: tuple[str, ...] = ()


def read(html: str, *, captions: bool = False) -> MarkupText:
    """Return the paragraphs of ``html``, in reading order, each in normal form.

    Never raises, and takes time in proportion to the length of ``html``.
    """
    collector = _LineCollector(_depth_limit(html), captions=captions)
    flags: tuple[str, ...] = ()
    try:
        _parse(f"{prepare_for_libxml2(html)}<!--{_END}-->", collector)
    except _TooDeepError:
        flags = ("depth",)
    else:
        if not collector.whole:
            flags = ("unclosed",)
    return MarkupText(list(_paragraphs(collector.close())), flags)


def paragraphs(html: str, *, captions: bool = False) -> list[str]:
    """Return only the paragraphs that :func:`read` finds."""
    return read(html, captions=captions).paragraphs


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
    html = replace_surrogates(html.replace(_BREAK, "").replace(_END, "")).replace("</br>", "<br>")
    return _STRAY_P.sub(r"\g<0><hr>", _SELF_CLOSED.sub(r"<\1>", html))


def _parse(html: str, collector: _LineCollector) -> None:
    parser = etree.HTMLParser(target=cast("ParserTarget[list[str]]", collector), huge_tree=True)
    for start in range(0, len(html), _CHUNK):  # an error of ours is raised when feed() returns
        parser.feed(html[start : start + _CHUNK])
    parser.close()


class _TooDeepError(Exception):
    """Elements are nested too deep: the parser is to stop."""


@dataclass(slots=True)
class _Row:
    """A table row being read: where in the lines it and its latest cell began."""

    start: int
    cell: int
    is_layout: bool = False


class _LineCollector:
    """The parser's target, which collects the lines of a fragment; lines may still hold breaks."""

    def __init__(self, depth_limit: int, *, captions: bool) -> None:
        self.lines: list[str] = []
        self.whole = False
        self._depth_limit = depth_limit
        self._removed = REMOVED if captions else REMOVED | CAPTIONS
        names = element_names()
        self._removed_classes = names.plugin_classes | (
            frozenset() if captions else CAPTION_CLASSES
        )
        self._removed_ids = names.plugin_ids
        self._text: list[str] = []
        self._depth = 0
        self._skipped = 0  # depth of the removed element we are in
        self._preformatted = 0
        self._rows: list[_Row] = []
        self._styled_blocks: list[int] = []
        self._ornaments: list[tuple[int, int, int]] = []

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > self._depth_limit:
            raise _TooDeepError
        if self._skipped:
            return
        if tag in BLOCKS:
            self._flush()
        if tag in self._removed or (attrib and self._is_removed(tag, attrib)):
            self._skipped = self._depth
            return
        if attrib:
            self._start_styled(attrib)
        if tag in TABLE:
            self._start_table_part(tag)
        elif tag in PREFORMATTED:
            self._preformatted += 1
        elif tag == "br":
            self._text.append(_PARAGRAPH if self._preformatted else _BREAK)
        elif tag == "q":
            self._text.append("“")
        elif tag == "img" and not EMOJI_IMAGES.isdisjoint(attrib.get("class", "").split()):
            self._text.append(attrib.get("alt", ""))

    def end(self, tag: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._skipped:
            if self._skipped == depth:
                self._skipped = 0
            return
        if tag == "q":
            self._text.append("”")
        if tag in BLOCKS:
            self._end_block(tag)
        if self._styled_blocks and self._styled_blocks[-1] == depth:
            self._styled_blocks.pop()
            self._flush()
        if self._ornaments and self._ornaments[-1][0] == depth:
            self._end_ornament(*self._ornaments.pop())

    def data(self, text: str) -> None:
        if not self._skipped:
            self._text.append(text.replace("\n", _PARAGRAPH) if self._preformatted else text)

    def comment(self, text: str) -> None:
        if text == _END:
            self.whole = not self._skipped

    def close(self) -> list[str]:
        self._flush()
        return self.lines

    def _is_removed(self, tag: str, attrib: Mapping[str, str]) -> bool:
        return tag not in NEVER_ENDED and (
            "hidden" in attrib
            or not self._removed_classes.isdisjoint(attrib.get("class", "").split())
            or attrib.get("id") in self._removed_ids
            or _HIDDEN_STYLE.search(attrib.get("style", "")) is not None
        )

    def _start_styled(self, attrib: Mapping[str, str]) -> None:
        if _BLOCK_STYLE.search(attrib.get("style", "")):
            self._flush()
            self._styled_blocks.append(self._depth)
        # Nested ones are looked at with the outermost, so that each text is looked at once.
        if attrib.get("aria-hidden") == "true" and not self._ornaments:
            self._ornaments.append((self._depth, len(self.lines), len(self._text)))

    def _end_ornament(self, _depth: int, lines: int, texts: int) -> None:
        shown = "".join(self._text[texts:])
        if lines == len(self.lines) and not any(map(str.isalnum, shown)):
            del self._text[texts:]

    def _start_table_part(self, tag: str) -> None:
        if self._rows:
            if tag in ("table", "tr"):
                self._rows[-1].is_layout = True
            else:
                self._rows[-1].cell = len(self.lines)
        if tag == "tr":
            self._rows.append(_Row(len(self.lines), len(self.lines)))

    def _end_block(self, tag: str) -> None:
        self._flush(joined=tag in HEADINGS)
        if tag in PREFORMATTED:
            self._preformatted -= 1
        elif tag == "tr":
            self._end_row(self._rows.pop())
        elif self._rows and tag in ("td", "th"):
            row = self._rows[-1]
            row.is_layout |= len(self.lines) - row.cell > 1

    def _end_row(self, row: _Row) -> None:
        if row.is_layout:
            return
        cells = self.lines[row.start :]
        if len(cells) > 1 and not any(_PARAGRAPH in cell for cell in cells):
            shown = (normal_line(cell.replace(_BREAK, " ")) for cell in cells)
            self.lines[row.start :] = [" | ".join(filter(None, shown))]

    def _flush(self, *, joined: bool = False) -> None:
        if self._text:
            text = "".join(self._text).strip(_EDGES)
            self._text.clear()
            if text:
                self.lines.append(text.replace(_BREAK, " ") if joined else text)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    for text in lines:
        if _BREAK in text:
            yield from _broken(text)
        elif shown := normal_line(text):
            yield shown


def _broken(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text with breaks, joining lines within a sentence."""
    group: list[str] = []
    for piece in map(normal_line, text.split(_BREAK)):
        if group and not (piece and _reads_on(group[-1], piece)):
            yield " ".join(group)
            group.clear()
        if piece:
            group.append(piece)
    if group:
        yield " ".join(group)


def _reads_on(before: str, behind: str) -> bool:
    return (before[-1].isalnum() or before[-1] == ",") and behind[0].islower()
