"""A document as one HTML file that needs nothing else.

All text is escaped by Jinja2; what could turn text around or hide in it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crawler.reports.document import Document, Link, cut, pieces

# Controls, marks that change the direction of what follows, and halves of characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
    "|[\ud800-\udfff]"
)


def html_page(page: Document) -> Iterator[str]:
    """Yield *page* as HTML, piece by piece."""
    return _TEMPLATES.get_template("page.html").generate(page=page)


def harmless(value: object) -> object:
    """Return *value*; text without what is not seen."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSEEN.sub("", value)
    return value


def _brief(number: int) -> str:
    """Return *number* in at most four characters, for a narrow cell."""
    for unit in ("", "k", "M"):
        if number < 1000:
            return f"{number}{unit}"
        number //= 1000
    return f"{number}G"


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("crawler.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"pieces": pieces, "link": Link}
    made.filters |= {"short": cut, "brief": _brief}
    return made


_TEMPLATES = _environment()
