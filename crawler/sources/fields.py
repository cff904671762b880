"""What a field of the sources file may hold.

Each reader returns the value that it was given, or what it stands for, and raises ValueError, whose
message says how to write it, for one that cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lxml import etree

_T = TypeVar("_T")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
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


def address(value: object) -> str:
    """Read an absolute http or https address."""
    parts = urlsplit(text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address that begins with https:// or http://")
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
