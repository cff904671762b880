"""JSON as sites really send it, and as pages hold it.

Plugins and broken themes print PHP notices before the JSON and HTML behind it, add a byte
order mark, send Windows-1252 or lone surrogates, turn lists into objects and cut answers off.
What can be read is read, and what had to be repaired is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crawler.sources.sniffing import first_words

# JSON begins at the start of the body or of a line, or behind a tag of a PHP notice.
_START = re.compile(r"(?:\A|[\n>])[ \t\r]*+([\[{])")
_PAGE = re.compile(r"<(?:!doctype|html|head|body|script)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,]*+")
_COMMENT_MARK = re.compile(r"\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)?\s*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MOST_STARTS = 20  # a hostile page may be nothing but brackets, each parsed to the end
_DECODER = json.JSONDecoder(strict=False)
_BOM = b"\xef\xbb\xbf"


class NotJsonError(ValueError):
    """The body holds no JSON; the message has the first words of what came instead."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value, and what had to be repaired to read it.

    ``repairs`` are of ``bom``, ``encoding``, ``before`` and ``after`` (text around the JSON) and
    ``cut`` (the end of a list is missing).
    """

    value: Any
    repairs: tuple[str, ...] = ()


def decode(body: bytes) -> Decoded:
    """Return the JSON value in *body*: the longest list of objects or object that it holds.

    Raises `NotJsonError` if there is none.
    """
    repairs: list[str] = []
    text = _text(body, repairs)
    best: tuple[int, int, Any] | None = None
    for start in _starts(text):
        value, end = _value(text, start)
        if end > start and (best is None or end - start > best[1] - best[0]):
            best = (start, end, value)
        if best and best[1] - best[0] > len(text) // 2:
            break
    if best is None:
        raise NotJsonError(first_words(body))
    start, end, value = best
    if text[:start].strip():
        repairs.append("before")
    if isinstance(value, _CutList):
        repairs.append("cut")
        value = list(value)
    elif text[end:].strip():
        repairs.append("after")
    return Decoded(_without_surrogates(value, text), tuple(repairs))


def decode_script(text: str) -> Any:
    """Return the value with which *text*, of a script element, begins; None if there is none.

    Comment marks may stand before it, and anything behind it.
    """
    mark = _COMMENT_MARK.match(text)
    try:
        value, _ = _DECODER.raw_decode(text, mark.end() if mark else 0)
    except (ValueError, RecursionError):
        return None
    return _without_surrogates(value, text)


def _text(body: bytes, repairs: list[str]) -> str:
    if body.startswith(_BOM):
        repairs.append("bom")
        body = body.removeprefix(_BOM)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        repairs.append("encoding")
        return body.decode("cp1252", "replace")


def _starts(text: str) -> Iterator[int]:
    page = _PAGE.search(text)
    # A challenge page holds JSON too, in its scripts: it is still no answer.
    end = page.start() if page else len(text)
    for match in islice(_START.finditer(text, 0, end), _MOST_STARTS):
        yield match.start(1)


class _CutList(list[Any]):
    """The whole objects of a list whose end never came."""


def _value(text: str, start: int) -> tuple[Any, int]:
    """Return the value that begins at *start* and its end, which is *start* if there is none."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _cut_list(text, start)
    return (value, end) if _is_answer(value) else (None, start)


def _is_answer(value: object) -> bool:
    """Tell whether *value* is an answer, and not part of a PHP notice (``Undefined index [0]``)."""
    if isinstance(value, list):
        return not value or any(isinstance(element, dict) for element in value)
    return isinstance(value, dict)


def _cut_list(text: str, start: int) -> tuple[_CutList | None, int]:
    if text[start] != "[":
        return None, start
    found, position = _CutList(), _behind_separator(text, start + 1)
    while position < len(text) and text[position] == "{":
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = _behind_separator(text, end)
    return (found, position) if found else (None, start)


def _behind_separator(text: str, position: int) -> int:
    separator = _SEPARATOR.match(text, position)
    return separator.end() if separator else position


def _without_surrogates(value: Any, text: str) -> Any:
    """Replace lone surrogates, which no UTF-8 file can hold, by U+FFFD."""
    return _scrubbed(value) if "\\ud" in text or "\\uD" in text else value


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_scrubbed(element) for element in value]
    if isinstance(value, dict):
        return {key: _scrubbed(element) for key, element in value.items()}
    return value
