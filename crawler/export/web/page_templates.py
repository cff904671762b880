"""Our pages as Jinja templates: all that comes from elsewhere is escaped."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "templates"
STYLE = Path(__file__).parent / "static" / "newsreel.css"
ICON = STYLE.with_name("icon.svg")

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_FIVE_DIGITS = 10_000
_SECONDS = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})")


class Templates:
    """Renders our pages; *shared* is what all of them know."""

    def __init__(self, **shared: object) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "language": language_tag,
            "number": with_thousands,
            "moment": short_moment,
            "words": words,
        }
        self._environment.tests["web"] = is_web
        self._environment.globals |= {"style": style_name(), **shared}

    def render(self, name: str, **values: object) -> str:
        """Return the page *name*."""
        return self._environment.get_template(name).render(**values)


def style_name() -> str:
    """Return the address of the style sheet, another one for each version of it."""
    digest = hashlib.sha256(STYLE.read_bytes()).hexdigest()[:12]
    return f"/-/newsreel/{digest}.css"


def language_tag(value: object) -> str:
    """Return *value* if it can be the ``lang`` of an element, else nothing."""
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else ""


def is_web(value: object) -> bool:
    """Return whether *value* is an address that may be a link: others may be scripts."""
    return isinstance(value, str) and _WEB.match(value) is not None


def with_thousands(value: object) -> str:
    """Return a whole number with a thin space between thousands, from five digits on."""
    if not isinstance(value, int) or abs(value) < _FIVE_DIGITS:
        return str(value)
    return f"{value:,}".replace(",", "\u202f")


def short_moment(value: object) -> str:
    """Return a moment to the minute, as a day and a time; what is none as it is."""
    found = _SECONDS.match(str(value or ""))
    return f"{found[1]} {found[2]}" if found else str(value or "")


def words(value: object) -> str:
    """Return the name of a column or of a stats key as words."""
    return str(value).replace("_", " ").replace("/", ": ")
