"""What a field of the sources file may hold.

Each reader returns the value that it was given, or what it stands for, and raises ValueError, whose
message says how to write it, for one that cannot be used.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lxml import etree

_T = TypeVar("_T")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DURATION = re.compile(r"(?:[0-9]{1,6}[smhdw])+")
_DURATION_PART = re.compile(r"([0-9]+)([smhdw])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONGEST = timedelta(days=3653)
_DATE = re.compile(r"(?:[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)?")
# XPath 1.0, 3.7 and 4: the names of node types, functions and operators that "(" may stand behind.
_XPATH_NAMES = frozenset(
    (
        *("comment", "text", "processing-instruction", "node", "and", "or", "mod", "div"),
        *("last", "position", "count", "id", "local-name", "namespace-uri", "name", "string"),
        *("concat", "starts-with", "contains", "substring-before", "substring-after", "substring"),
        *("string-length", "normalize-space", "translate", "boolean", "not", "true", "false"),
        *("lang", "number", "sum", "floor", "ceiling", "round"),
    )
)
_XPATH_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_XPATH_CALL = re.compile(r"([\w.-]+)\s*\(")


def text(value: object) -> str:
    """Read any text."""
    if not isinstance(value, str):
        raise ValueError("write a text in quotes")
    return value


def name(value: object) -> str:
    """Read a text that says something."""
    if not text(value).strip():
        raise ValueError("write something between the quotes")
    return text(value)


def line(value: object) -> str:
    """Read one line of text."""
    if not text(value).isprintable():
        raise ValueError("write one line, without control characters")
    return text(value)


def title(value: object) -> str:
    """Read a name of one line."""
    if line(value) != name(value).strip():
        raise ValueError("write a name without white space around it")
    return text(value)


def label(value: object) -> str:
    """Read a name of one line that may stand between others and commas."""
    if "," in title(value):
        raise ValueError("write a name without commas")
    return text(value)


def variable(value: object) -> str:
    """Read the name of an environment variable; the message does not repeat what is none."""
    if not _VARIABLE.fullmatch(text(value)):
        raise ValueError("write the name of an environment variable, as in HERALD_PASSWORD")
    return text(value)


def choice(known: Sequence[str], value: object) -> str:
    """Read one of the texts in *known*."""
    if text(value) not in known:
        raise ValueError(f"write {' or '.join(known)}")
    return text(value)


def flag(value: object) -> bool:
    """Read yes or no, as TOML writes them."""
    if not isinstance(value, bool):
        raise ValueError("write true or false, without quotes")
    return value


def duration(value: object) -> timedelta:
    """Read a time span that is more than none."""
    found = timedelta()
    if _DURATION.fullmatch(text(value)):
        parts = _DURATION_PART.findall(text(value))
        found = sum((int(number) * _UNITS[unit] for number, unit in parts), found)
    if not timedelta() < found <= _LONGEST:
        raise ValueError('write a duration, as in "15m", "6h", "1h30m" or "1d", ten years at most')
    return found


def rhythm(value: object) -> timedelta | None:
    """Read how often something is done: a duration, or None for ``auto``."""
    if value == "auto":
        return None
    try:
        return duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, or "auto"') from None


def past_day(value: object) -> datetime.date:
    """Read an ISO day, as text or as TOML has it."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(day(value))
    except ValueError:
        raise ValueError('write a day, as in "2020-01-31"') from None


def address(value: object) -> str:
    """Read an absolute http or https address."""
    parts = urlsplit(text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address that begins with https:// or http://")
    if parts.username is not None:
        raise ValueError("leave user and password out of the address: the field is credentials")
    return text(value)


def host(value: object) -> str:
    """Read a host, without port."""
    if not _HOST.fullmatch(text(value)):
        raise ValueError("write a host in lower case, as in press.example")
    return text(value)


def pattern(value: object) -> str:
    """Read a regular expression of the `re` module; empty stands for none."""
    _compiled(text(value))
    return text(value)


def dateline(value: object) -> str:
    """Read a regular expression with a group ``mark``; empty stands for none."""
    if text(value) and "mark" not in _compiled(text(value)).groupindex:
        raise ValueError("put the dateline that is to be kept into a group, (?P<mark>…)")
    return text(value)


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except (re.error, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def xpath(value: object) -> str:
    """Read an expression of XPath 1.0 without namespaces and variables; empty stands for none."""
    expression = text(value)
    if not expression:
        return expression
    try:
        etree.XPath(expression)(etree.Element("html"))
    except (etree.XPathError, ValueError) as error:
        raise ValueError(f"not an XPath expression: {error}") from None
    # What stands in a predicate shows only where an element is found.
    bare = _XPATH_LITERAL.sub("''", expression)
    unknown = [called for called in _XPATH_CALL.findall(bare) if called not in _XPATH_NAMES]
    if unknown or "$" in bare or ":" in bare.replace("::", ""):
        what = f"{unknown[0]}()" if unknown else "namespaces and variables"
        raise ValueError(f"not an XPath expression: {what} cannot be used")
    return expression


def day(value: object) -> str:
    """Read an ISO day; empty stands for an unknown one."""
    if text(value) and not _DAY.fullmatch(text(value)):
        raise ValueError('write a day, as in "2024-11-02"')
    return text(value)


def date(value: object) -> str:
    """Read an ISO day, month or year; empty stands for an unknown one."""
    if not _DATE.fullmatch(text(value)):
        raise ValueError('write a day, a month or a year, as in "2024-11-02"')
    return text(value)


def each(read: Callable[[object], _T], value: object) -> tuple[_T, ...]:
    """Read a list whose items *read* takes."""
    if not isinstance(value, list):
        raise ValueError("write a list in square brackets")
    return tuple(map(read, value))


def table(
    shape: Mapping[str, Callable[[object], object]], needed: Set[str], value: object
) -> dict[str, Any]:
    """Read a table of the fields in *shape*, those that are *needed* among them."""
    if not isinstance(value, dict) or not needed <= value.keys() <= shape.keys():
        raise ValueError(f"write a table of {', '.join(shape)} in braces")
    return {field: _field(field, shape[field], given) for field, given in value.items()}


def _field(field: str, read: Callable[[object], object], value: object) -> object:
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None
