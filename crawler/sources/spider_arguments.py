"""The arguments of the spiders that an entry of the sources file may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import (
    allowed_hosts,
    count,
    known_arguments,
    language_tags,
    period,
    yes_or_no,
)

_SHARED = ("source", "search", "after", "before", "max_articles", "allow_hosts")
WIRE = ("service", "url", "urls", "sections", "permission", *_SHARED)
WORDPRESS = (
    *("site", "source", "post_types", "search", "categories", "tags", "after", "before"),
    *("max_articles", "allow_hosts", "language", "pages"),
)
SHARED = _SHARED
"""Those of the wire spider that it hands on to the WordPress site that it finds."""
OF_SPIDER = {"wire": WIRE, "wordpress": WORDPRESS}

_OF_ENTRY = {
    "site": "it is a field of the entry itself",
    "source": "it is a field of the entry itself",
    "service": "it is the key of the entry",
    "url": "write the field site of the entry",
    "urls": "a round looks for what is new: collect a list with scrapy crawl wire -a urls=FILE",
}
_CHECKS: Mapping[str, Callable[[str, str], object]] = {
    "after": lambda name, text: period(text, ""),
    "before": lambda name, text: period("", text),
    "max_articles": count,
    "allow_hosts": allowed_hosts,
    "language": language_tags,
    "pages": yes_or_no,
}


def check(spider: str, given: Mapping[str, str]) -> None:
    """Raise `BadArgumentError` for arguments that an entry cannot give to *spider*."""
    names = [name for name in OF_SPIDER[spider] if name not in _OF_ENTRY]
    for name, text in given.items():
        if name in _OF_ENTRY:
            raise BadArgumentError(name, text, _OF_ENTRY[name])
        if name.startswith("_"):
            raise BadArgumentError(name, text, f"the arguments are {', '.join(names)}")
        known_arguments({name: text}, names)
        if read := _CHECKS.get(name):
            read(name, text)
    period(given.get("after", ""), given.get("before", ""))


def as_text(value: object) -> str:
    """Return *value* as ``-a`` would have it. Raise ValueError for what has no such form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        raise ValueError("write a text (several with commas), a number, true or false")
    return str(value)
