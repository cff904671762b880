"""The parser's target: collects the lines of a fragment of HTML while it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.text.boilerplate import is_related_links_label
from crawler.text.doubtful_boxes import DoubtfulBoxes
from crawler.text.element_names import element_names, is_gate, is_inline_boilerplate
from crawler.text.elements import (
    BLOCKS,
    CAPTION_CLASSES,
    CAPTIONS,
    DOUBTFUL,
    EMOJI_IMAGES,
    HEADINGS,
    NEVER_ENDED,
    PREFORMATTED,
    REMOVED,
    TABLE,
)
from crawler.text.named_boxes import NamedBoxes
from crawler.text.normal import normal_line
from crawler.text.shortcodes import without_shortcodes
from crawler.text.teaser import LAST_PART, Gate, is_paywall_notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

_HIDDEN_STYLE = re.compile(
    r"(?:^|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden"
    r"|clip\s*+:\s*+rect\(\s*+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*+\)"
    r"|clip-path\s*+:\s*+inset\(\s*+(?:50|100)%\s*+\))"
    r"\s*+(?:!\s*+important\s*+)?(?:;|$)",
    re.IGNORECASE,
)
_BLOCK_STYLE = re.compile(r"(?:^|;)\s*+display\s*+:\s*+block\s*+(?:;|$)", re.IGNORECASE)

BREAK = "\0"  # the parser never hands one out: not raw, not from &#0;
END = "\x1a"  # taken out of the fragment, then put behind it in a comment
_PARAGRAPH = BREAK * 2
_EDGES = f" \t\n\r\f{BREAK}"

_INLINE = frozenset(
    ("span", "a", "small", "time", "label", "em", "i", "b", "strong", "cite", "font")
)
_BREAKS = frozenset(("br", "line-break", "linebreak"))  # classes of what stands for a <br>
_LEAST_LINKED, _LEAST_LINKED_LONG = 0.5, 0.85  # of a line that is a link to another story
_SHORT = 100
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_LEAST_PROSE = 40  # letters of a line: fewer are a label, a name, a link


class TooDeepError(Exception):
    """Elements are nested too deep: the parser is to stop."""


def is_removed(tag: str, attrib: Mapping[str, str], classes: Set[str], ids: Set[str]) -> bool:
    """Tell whether an element is hidden, or no text: by one of *classes*, or an id of *ids*."""
    if tag in NEVER_ENDED:
        return False
    if "hidden" in attrib or attrib.get("id") in ids:
        return True
    if (names := attrib.get("class")) and not classes.isdisjoint(names.split()):
        return True
    style = attrib.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


@dataclass(slots=True)
class _Row:
    """A table row being read: where in the lines it and its latest cell began."""

    start: int
    cell: int
    is_layout: bool = False


class LineCollector:
    """The parser's target, which collects the lines of a fragment; lines may still hold breaks."""

    def __init__(self, depth_limit: int, *, captions: bool) -> None:
        self.lines: list[str] = []
        self.whole = False
        self.gates: list[Gate] = []
        """What asks to pay or to sign in among what was left out, once it is closed."""
        self._depth_limit = depth_limit
        self._removed = REMOVED if captions else REMOVED | CAPTIONS
        names = element_names()
        hidden = names.plugin_classes | (frozenset() if captions else CAPTION_CLASSES)
        self._removed_names = hidden, names.plugin_ids
        self._text: list[str] = []
        self._depth = 0
        self._skipped = 0  # depth of the removed element we are in
        self._preformatted = 0
        self._rows: list[_Row] = []
        self._styled_blocks: list[int] = []
        self._ornaments: list[tuple[int, int, int]] = []
        self._boxes = NamedBoxes(captions=captions)
        self._doubtful = DoubtfulBoxes()
        self._gates: list[tuple[int, list[str]]] = []  # lines in front of it, its texts
        self._in_gate = False
        self._never_shown = names.unseen_classes | hidden - names.plugin_classes
        self._captions = captions
        self._links = 0
        self._linked = 0  # letters of the text being read that are in links
        self._has_code = False  # the text being read
        self._prose = 0
        self._label: int | None = None  # the line with a label of links, if only links are behind

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > self._depth_limit:
            raise TooDeepError
        if self._skipped:
            return
        if tag in BLOCKS:
            self._flush()
        is_out = tag in self._removed or (attrib and self._is_removed(tag, attrib))
        if is_out and self._leave_out(tag, attrib):
            return
        if attrib:
            self._start_styled(attrib)
        if (attrib or tag == "aside") and not (self._rows or self._doubtful.depth):
            self._boxes.start(tag, attrib, self._depth, len(self.lines), self._prose)
        self._has_code |= tag in _CODE
        if tag in TABLE:
            self._start_table_part(tag)
        elif tag in PREFORMATTED:
            self._preformatted += 1
        elif tag == "br" or (tag == "span" and _is_break(attrib)):
            self._text.append(_PARAGRAPH if self._preformatted else BREAK)
        elif tag == "a":
            self._links += 1
        elif tag == "q":
            self._text.append("“")
        elif tag == "img" and not EMOJI_IMAGES.isdisjoint(attrib.get("class", "").split()):
            self._text.append(attrib.get("alt", ""))

    def end(self, tag: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._skipped:
            if self._skipped == depth:
                self._skipped, self._in_gate = 0, False
            return
        if tag == "q":
            self._text.append("”")
        elif tag == "a" and self._links:
            self._links -= 1
        if tag in BLOCKS:
            self._end_block(tag)
            if self._boxes.is_open(depth):
                self._boxes.end(len(self.lines), self._prose)
            elif self._doubtful.depth == depth:
                self._doubtful.end(len(self.lines))
        if self._styled_blocks and self._styled_blocks[-1] == depth:
            self._styled_blocks.pop()
            self._flush()
        if self._ornaments and self._ornaments[-1][0] == depth:
            self._end_ornament(*self._ornaments.pop())

    def data(self, text: str) -> None:
        if self._in_gate:
            self._gates[-1][1].append(text)
        elif not self._skipped:
            self._text.append(text.replace("\n", _PARAGRAPH) if self._preformatted else text)
            if self._links:
                self._linked += len(text)

    def comment(self, text: str) -> None:
        if text == END:
            self.whole = not (self._skipped or self._doubtful.depth)

    def close(self) -> list[str]:
        self._flush()
        doubtful, prose = self._doubtful.goes(self._prose, len(self.lines))
        gone = bytearray(len(self.lines))
        for lines in (*doubtful, *self._boxes.goes(prose)):
            gone[lines.start : lines.stop] = b"\1" * len(lines)
        self.gates = self._removed_gates(gone)
        return [line for line, is_gone in zip(self.lines, gone, strict=True) if not is_gone]

    def _removed_gates(self, gone: bytearray) -> list[Gate]:
        """Return the gates among boxes and lines that are *gone*, each by the lines above it."""
        stay, kept, last_part = 0, [], len(self.lines) - 2 * LAST_PART
        gates: list[Gate] = []
        for number, line in enumerate(self.lines):
            kept.append(stay)
            is_looked_at = gone[number] and number >= last_part
            shown = normal_line(line.replace(BREAK, " ")) if is_looked_at else ""
            if shown and is_paywall_notice(shown):
                gates.append(Gate(stay, shown))
            stay += not gone[number]
        kept.append(stay)
        gates += (
            Gate(kept[line], " ".join(" ".join(texts).split())) for line, texts in self._gates
        )
        return gates

    def _is_removed(self, tag: str, attrib: Mapping[str, str]) -> bool:
        if tag in _INLINE and not self._captions and is_inline_boilerplate(attrib.get("class", "")):
            return True
        return is_removed(tag, attrib, *self._removed_names)

    def _leave_out(self, tag: str, attrib: Mapping[str, str]) -> bool:
        """Leave an element out at once, or return False: it stays if it holds most of the text."""
        is_sure = tag not in BLOCKS or (tag in self._removed and tag not in DOUBTFUL)
        is_within = self._rows or self._doubtful.depth
        names = attrib.get("class", "").split()
        if is_gate(names, attrib.get("id", "")):
            self._gates.append((len(self.lines), []))
            self._in_gate = is_sure = True
        if is_sure or is_within or not self._never_shown.isdisjoint(names):
            self._skipped = self._depth
            return True
        self._doubtful.start(self._depth, len(self.lines))
        return False

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
            shown = (normal_line(cell.replace(BREAK, " ")) for cell in cells)
            self.lines[row.start :] = [" | ".join(filter(None, shown))]

    def _flush(self, *, joined: bool = False) -> None:
        if self._text:
            text = "".join(self._text)
            self._text.clear()
            if not (self._preformatted or self._has_code):
                text = without_shortcodes(text, _PARAGRAPH)
            if text := text.strip(_EDGES):
                self.lines.append(text.replace(BREAK, " ") if joined else text)
                is_prose = len(text) >= _LEAST_PROSE and not joined
                prose = max(0, len(text) - self._linked) if is_prose else 0
                if self._doubtful.depth:
                    self._doubtful.add(len(self.lines) - 1, text, prose, is_heading=joined)
                else:
                    self._prose += prose
                    self._look_at_links(text)
        self._linked = 0
        self._has_code = False

    def _look_at_links(self, text: str) -> None:
        """Note the last line, *text*, if it is a link behind a label of links to other stories."""
        line = len(self.lines) - 1
        least = _LEAST_LINKED if len(text) <= _SHORT else _LEAST_LINKED_LONG
        if self._label is not None and self._linked >= least * len(text) and not self._rows:
            self._boxes.remove(self._label, line + 1)
        else:
            is_label = len(text) <= _LEAST_PROSE and is_related_links_label(text)
            self._label = line if is_label and not self._rows else None


def _is_break(attrib: Mapping[str, str]) -> bool:
    return bool(attrib) and not _BREAKS.isdisjoint(attrib.get("class", "").split())
