"""The seed format, the text file an article is kept in: one reader, one writer.

    ␠date␠2023-07-25␠Headline of the article⏎
    First paragraph.⏎

UTF-8, NFC, no byte order mark; an article without a headline has nothing behind the day. Reading
and writing check the same rules, so that ``read(write(d)) == d`` and ``write(read(b)) == b``. These
are fewer rules than those of :mod:`crawler.text.normal`, so that older and foreign clean texts stay
readable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from unicodedata import is_normalized

_HEAD = re.compile(r" date (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?: (?P<title>\S.*))?")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHOWN = 60


class SeedFormatError(ValueError):
    """Bytes or a document that are not the seed format: line, what is there, what should be."""

    def __init__(self, line: int, found: object, expected: str) -> None:
        shown = ascii(found)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        super().__init__(f"seed format, line {line}: found {shown}, expected {expected}")
        self.line = line


@dataclass(frozen=True, slots=True)
class SeedDocument:
    """A clean article; ``date`` is its day of publication (YYYY-MM-DD), ``title`` may be empty."""

    date: str
    title: str
    paragraphs: tuple[str, ...]


def write(doc: SeedDocument) -> bytes:
    """Return the bytes of the text file of ``doc``.

    Raises :exc:`SeedFormatError` for a document that could not be read back as it is.
    """
    check(doc)
    return "".join(f"{text}\n" for text in (_head(doc), *doc.paragraphs)).encode()


def check(doc: SeedDocument) -> None:
    """Raise :exc:`SeedFormatError` for a document that could not be read back as it is."""
    found = _check_lines(_head(doc), doc.paragraphs)
    if found["date"] != doc.date or (found["title"] or "") != doc.title:
        raise SeedFormatError(1, doc.date, "a day, YYYY-MM-DD")


def _head(doc: SeedDocument) -> str:
    return f" date {doc.date} {doc.title}" if doc.title else f" date {doc.date}"


def read(data: bytes) -> SeedDocument:
    """Return the document of a text file; raises :exc:`SeedFormatError` if it is none."""
    head, *paragraphs = _lines(data)
    found = _check_lines(head, paragraphs)
    return SeedDocument(found["date"], found["title"] or "", tuple(paragraphs))


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise SeedFormatError(number, data[error.start : error.end], "UTF-8") from error
    *lines, rest = text.split("\n")
    if rest or not lines:
        raise SeedFormatError(len(lines) + 1, rest, "a newline at the end of the last line")
    return lines


def _check_lines(head: str, paragraphs: list[str] | tuple[str, ...]) -> re.Match[str]:
    """Check the lines against the format and return the match of the first."""
    found = _HEAD.fullmatch(head)
    if not found or not _is_day(found["date"]):
        raise SeedFormatError(1, head, "' date YYYY-MM-DD' with a real day, then ' ' and headline")
    _check_line(1, head[1:])
    for number, paragraph in enumerate(paragraphs, 2):
        _check_line(number, paragraph)
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_line(number: int, text: str) -> None:
    if not text:
        raise SeedFormatError(number, text, "no blank line")
    if found := _FORBIDDEN.search(text):
        raise SeedFormatError(number, found[0], "no control character or line break in a line")
    if text[0] == "\ufeff" or text != text.strip():
        raise SeedFormatError(number, text, "no white space or byte order mark around a line")
    if not is_normalized("NFC", text):
        raise SeedFormatError(number, text, "characters composed (Unicode NFC)")
