"""What a field of the sources file may hold; each reader raises ValueError with the fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from typing import Any, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_DAY = re.compile(r"(?:[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)?")


def text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError("write a text in quotes")
    return value


def name(value: object) -> str:
    """A text that says something."""
    if not text(value).strip():
        raise ValueError("write something between the quotes")
    return text(value)


def address(value: object) -> str:
    """An absolute http or https address."""
    parts = urlsplit(text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address that begins with https:// or http://")
    return text(value)


def host(value: object) -> str:
    """A host, without port."""
    if not _HOST.fullmatch(text(value)):
        raise ValueError("write a host in lower case, as in press.example")
    return text(value)


def pattern(value: object) -> str:
    """A regular expression of the `re` module; empty stands for none."""
    try:
        return re.compile(text(value)).pattern
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def day(value: object) -> str:
    """An ISO day, month or year; empty stands for an unknown one."""
    if not _DAY.fullmatch(text(value)):
        raise ValueError('write a day, a month or a year, as in "2024-11-02"')
    return text(value)


def each(read: Callable[[object], _T], value: object) -> tuple[_T, ...]:
    """A list whose items *read* takes."""
    if not isinstance(value, list):
        raise ValueError("write a list in square brackets")
    return tuple(map(read, value))


def table(
    shape: Mapping[str, Callable[[object], object]], needed: Set[str], value: object
) -> dict[str, Any]:
    """A table of the fields in *shape*, those that are *needed* among them."""
    if not isinstance(value, dict) or not needed <= value.keys() <= shape.keys():
        raise ValueError(f"write a table of {', '.join(shape)} in braces")
    return {field: shape[field](given) for field, given in value.items()}
