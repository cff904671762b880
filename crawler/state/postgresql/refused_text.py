"""Text that PostgreSQL refuses, written in another way.

Its text has no NUL, and what is no character in UTF-8 is refused. A ledger must not lose an article
for that, so both are written as a mark that no text has, followed by their number.
"""

from __future__ import annotations

import json
import re

MARK = "\U0010ffff"
"""A noncharacter, which is for use inside of programs."""

_REFUSED = re.compile("[\0\ud800-\udfff]")
_MARKED = re.compile(MARK + "([0-9a-f]{4})")
_JSON_REFUSED = re.compile(r"\\u(?:0000|d[89a-f])")


def storable(text: str) -> str:
    """Return *text* without what PostgreSQL refuses; done twice it is the same."""
    if _JSON_REFUSED.search(text) and text.startswith("{"):
        text = _storable_json(text)
    return _REFUSED.sub(_number, text)


def restored(text: str) -> str:
    """Return what `storable` was given, but for what it changed inside of JSON."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text)


def _number(found: re.Match[str]) -> str:
    return f"{MARK}{ord(found[0]):04x}"


def _storable_json(text: str) -> str:
    """Return the JSON *text* without escapes that PostgreSQL cannot read when it looks into it."""
    try:
        return json.dumps(_walked(json.loads(text)))
    except (ValueError, RecursionError):  # whoever writes it may nest it a thousand times
        return text


def _walked(value: object) -> object:
    if isinstance(value, str):
        return _REFUSED.sub(_number, value)
    if isinstance(value, dict):
        return {_walked(key): _walked(inner) for key, inner in value.items()}
    return [_walked(inner) for inner in value] if isinstance(value, list) else value
