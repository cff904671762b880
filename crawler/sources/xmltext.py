"""The text of an XML document, cut into pieces and repaired before a parser gets it.

Source: Extensible Markup Language 1.0, fifth edition.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

_HEAD = 1 << 20
_LONGEST_ROOT = 1 << 16
_FIRST_LOOK = 1 << 16  # behind it, look again only when twice as much has come
_LONGEST_PIECE = 1 << 18
_LONGEST_TOKEN = 64
_MOST_ATTRIBUTES = 2_000
_FEWEST_TAGS = 10
_MOST_REFERENCES = 20_000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#?[0-9A-Za-z]{1,32};)?")
_STRAY = re.compile(r"<(?![A-Za-z_:/?\x80-\U0010ffff]|!--|!\[CDATA\[)")
_BY_NUMBER = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'"}
_CDATA = "<![CDATA["
CLOSINGS = {"<!--": "-->", _CDATA: "]]>"}
_SNIPPETS = "script|style|title|textarea|pre|code|xmp|noscript|template|iframe"
_HIDDEN = re.compile(rf"<!--|<\?|<!\[CDATA\[|<({_SNIPPETS})(?=[\s/>])[^<>]*+>", re.IGNORECASE)
_ENDS = {
    "<!--": re.compile("-->"),
    "<?": re.compile(r"\?>"),
    _CDATA: re.compile("]]>"),
    **{name: re.compile(f"</{name}", re.IGNORECASE) for name in _SNIPPETS.split("|")},
}
_HTML = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
TAG_END = re.compile(r"""(?:[^>"']|"[^"]*+"|'[^']*+')*+>""")


class NotThisXmlError(ValueError):
    """A text without a root element of a wanted name; the message says what it is instead."""


def root(chunks: Iterator[str], names: tuple[str, ...]) -> tuple[str, str, str]:
    """Return the start tag of the root, its name, and the text behind it in the chunks read.

    Raises `NotThisXmlError` if there is no root named as one of *names*.
    """
    start = re.compile(rf"<(?:[\w.-]+:)?(?P<name>{'|'.join(names)})(?=[\s/>])")
    head, enough = "", 0
    for chunk in chain(chunks, (None,)):
        head += chunk or ""
        if chunk and _FIRST_LOOK < len(head) < enough:
            continue
        enough = 2 * len(head)
        shown = without_hidden(head)
        found = start.search(shown)
        if found and chunk and len(head) <= _HEAD and "<!--" in shown[: found.start()]:
            continue  # it may stand in a comment that ends later
        end = TAG_END.match(head, found.end()) if found else None
        is_short = bool(found and end and end.end() - found.start() <= _LONGEST_ROOT)
        if found and end and is_short and not _HTML.search(shown, 0, found.start()):
            tag = head[found.start() : end.end()].replace("/>", ">")
            return tag, found["name"], head[end.end() :]
        if end or len(head) > (found.end() + _LONGEST_ROOT if found else _HEAD):
            break
    raise NotThisXmlError("an HTML page" if _HTML.search(head) else "something else")


def without_hidden(text: str) -> str:
    """Return *text* with blanks for what may hold markup of another document, where it ends.

    That is comments, processing instructions, CDATA sections, and what is in the elements of HTML
    that hold scripts and snippets of code.
    """
    parts, position = [], 0
    ends = dict(_ENDS)
    while hidden := _HIDDEN.search(text, position):
        is_element = hidden[1] is not None
        kind = hidden[1].lower() if is_element else hidden[0].upper()
        end = ends[kind].search(text, hidden.end()) if kind in ends else None
        if end is None:
            ends.pop(kind, None)  # there is none further on either
            parts.append(text[position : hidden.end()])
            position = hidden.end()
            continue
        start = hidden.end() if is_element else hidden.start()
        parts.append(text[position:start])
        position = end.start() if is_element else end.end()
        parts.append(" " * (position - start))
    return "".join(parts) + text[position:]


def pieces(chunks: Iterable[str], token: re.Pattern[str]) -> Iterator[str]:
    """Yield the text cut before each *token*; a long record is cut where no tag begins."""
    held = ""
    for chunk in chunks:
        held += chunk
        *cuts, last = [0, *_starts(held, token)]
        yield from _cut(held, [*cuts, last])
        held = held[last:]
        if len(held) > _LONGEST_PIECE:
            last = _safe_cut(held)
            yield held[:last]
            held = held[last:]
    yield from _cut(held, [0, *_starts(held, token, final=True), len(held)])


def _cut(text: str, positions: list[int]) -> Iterator[str]:
    yield from (text[start:end] for start, end in pairwise(positions) if end > start)


def _safe_cut(text: str) -> int:
    """Return where *text* may be cut without splitting a reference or the start of a tag."""
    last = max(text.rfind(sign, len(text) - _LONGEST_TOKEN) for sign in "<&")
    return last if last > 0 else len(text)


def _starts(text: str, token: re.Pattern[str], *, final: bool = False) -> Iterator[int]:
    """Yield where records start, outside comments and CDATA sections that have an end."""
    position = 0
    while found := token.search(text, position):
        position = found.end()
        if end := CLOSINGS.get(found[0]):
            closed = text.find(end, position)
            if closed < 0 and not final:
                return
            position = max(position, closed)
        else:
            yield found.start()


def is_one_tag(piece: str) -> bool:
    """Tell whether *piece* is part of a tag with so many attributes that they fill the memory.

    No attribute holds a ``<`` (XML 1.0, section 3.1).
    """
    return piece.count("=") > _MOST_ATTRIBUTES and piece.count("<") < _FEWEST_TAGS


def repaired(piece: str) -> bytes:
    """Return *piece* in UTF-8, with what is no markup escaped and HTML's references decoded."""
    if piece.count("&") > _MOST_REFERENCES:
        piece = piece.replace("&", " ")
    if piece.count("<") > _MOST_REFERENCES:
        piece = _STRAY.sub(" ", piece)
    return _with_escapes(_CONTROLS.sub("", piece)).encode("utf-8", "replace")


def _with_escapes(piece: str) -> str:
    """Repair *piece* outside CDATA sections."""
    if "&" not in piece and not _STRAY.search(piece):
        return piece
    first, *sections = piece.split(_CDATA)
    repaired = [_escaped(first)]
    for section in sections:
        inside, end, outside = section.partition("]]>")
        repaired += [_CDATA, inside, end, _escaped(outside)]
    return "".join(repaired)


def _escaped(text: str) -> str:
    return _STRAY.sub("&#60;", _REFERENCE.sub(_reference, text))


def _reference(found: re.Match[str]) -> str:
    # Escape by number: after an error, libxml2 drops references by name.
    return html.unescape(found[0]).translate(_BY_NUMBER)
