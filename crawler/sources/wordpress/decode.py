"""Reading what a WordPress REST endpoint really sends.

Plugins and broken themes print PHP notices before the JSON and HTML behind it, add a byte
order mark, send Windows-1252 or lone surrogates, turn lists into objects and cut answers off.
What can be read is read; what was wrong is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from w3lib.html import remove_tags, remove_tags_with_content

# JSON begins the body, a line, or what a tag of a PHP notice leaves: never in mid-sentence.
_START = re.compile(r"(?:\A|[\n>])[ \t\r]*+([\[{])")
_PAGE = re.compile(r"<(?:!doctype|html|head|body|script)\b", re.IGNORECASE)
_TAIL = re.compile(r"[\s,]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_STARTS = 20  # a hostile page may be nothing but brackets, each parsed to the end
_DECODER = json.JSONDecoder(strict=False)


class NotJsonError(ValueError):
    """The body holds no JSON; the message has the first words of what came instead."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded value and the noise around it (stats keys, e.g. ``bom``, ``cut``)."""

    value: Any
    noise: tuple[str, ...] = field(default=())


def first_words(body: bytes, limit: int = 120) -> str:
    """Return the beginning of *body* as a person would read it, on one line."""
    text = remove_tags_with_content(body[:8192].decode("utf-8", "replace"), ("script", "style"))
    text = remove_tags(text)
    words = "".join(c if c.isprintable() else " " for c in text).split()
    return " ".join(words)[:limit] or "nothing"


def decode(body: bytes) -> Decoded:
    """Return the JSON value in *body*: the longest list of objects or object that it holds.

    Raises `NotJsonError` if there is none.
    """
    noise: list[str] = []
    text = _text(body, noise)
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
        noise.append("before")
    if isinstance(value, _Cut):
        noise.append("cut")
        value = list(value)
    elif text[end:].strip():
        noise.append("after")
    return Decoded(_whole(value, body), tuple(noise))


def _text(body: bytes, noise: list[str]) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        noise.append("bom")
        body = body[3:]
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        noise.append("encoding")
        return body.decode("cp1252", "replace")


def _starts(text: str) -> Iterator[int]:
    page = _PAGE.search(text)
    # A challenge page holds JSON too, in its scripts: it is still no answer.
    end = page.start() if page else len(text)
    for match in islice(_START.finditer(text, 0, end), _MAX_STARTS):
        yield match.start(1)


class _Cut(list[Any]):
    """The whole objects of a list whose end never came."""


def _value(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _cut_list(text, start)
    return (value, end) if _plausible(value) else (None, start)


def _plausible(value: object) -> bool:
    """PHP notices hold brackets of their own: ``Undefined index [0]`` is no answer."""
    if isinstance(value, list):
        return not value or any(isinstance(element, dict) for element in value)
    return isinstance(value, dict)


def _cut_list(text: str, start: int) -> tuple[_Cut | None, int]:
    if text[start] != "[":
        return None, start
    found, position = _Cut(), _TAIL.match(text, start + 1).end()  # type: ignore[union-attr]
    while position < len(text) and text[position] == "{":
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = _TAIL.match(text, end).end()  # type: ignore[union-attr]
    return (found, position) if found else (None, start)


def _whole(value: Any, body: bytes) -> Any:
    """Replace lone surrogates, which no UTF-8 file can hold, by U+FFFD."""
    return _scrub(value) if b"\\ud" in body or b"\\uD" in body else value


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_scrub(element) for element in value]
    if isinstance(value, dict):
        return {key: _scrub(element) for key, element in value.items()}
    return value
