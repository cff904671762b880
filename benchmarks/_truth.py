"""Titles and days that pages give themselves, read without Newsreel, to compare with.

It is no truth of its own: Newsreel reads JSON-LD too, and takes the day from there, and some tools
take the day from the URL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

_SCRIPT = re.compile(
    r"<script[^>]*\bapplication/ld\+json\b[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL
)
_KIND = re.compile(r"(?:Article|Posting)$")
_DAY = re.compile(r"/((?:19|20)[0-9]{2})[/-]?([01][0-9])[/-]?([0-3][0-9])(?![0-9])")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FOLD = re.compile(r"[\W_]+")


def json_ld_article(html: str) -> dict[str, Any]:
    """Return the first article in JSON-LD with a headline; empty if there is none."""
    for script in _SCRIPT.findall(html):
        try:
            value = json.loads(script, strict=False)
        except ValueError:
            continue
        for node in _nodes(value):
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if node.get("headline") and any(_KIND.search(str(kind)) for kind in kinds):
                return node
    return {}


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        yield from _nodes(value.get("@graph"))
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def day_in_url(url: str) -> str:
    """Return the day in the path (``2024-01-05``), empty if it has none."""
    found = _DAY.search(urlsplit(url).path)
    return "-".join(found.groups()) if found else ""


def day_of(node: dict[str, Any]) -> str:
    """Return the day of publication in *node* (``2024-01-05``), empty if it is not ISO."""
    found = _ISO_DAY.match(str(node.get("datePublished")))
    return found[0] if found else ""


def is_same_title(one: str, other: str) -> bool:
    """Tell whether two titles have the same letters and digits in the same order."""
    return _folded(one) == _folded(other)


def _folded(title: str) -> str:
    return _FOLD.sub("", unescape(title)).casefold()
