"""The address of a search: what is asked for, and the addresses that ask for a bit more or less."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self
from urllib.parse import urlencode

from crawler.export.browsing.browse_results import Facets

_NAMES = {
    "source": "source",
    "agency": "agency",
    "language": "language",
    "licence": "licence",
    "copy_group": "copies of",
    "after": "from",
    "before": "to",
    "copies": "copies",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST = 2_000  # characters of a value
_MOST_PAGES = 10**9


@dataclass(slots=True, frozen=True, kw_only=True)
class Chip:
    """Something that a search is narrowed to, and the address ``without`` it."""

    name: str
    value: str
    without: str


@dataclass(slots=True, frozen=True)
class SearchAddress:
    """What is asked for at *path*: *values* by name, all that are known, and the *page*."""

    values: Mapping[str, str]
    page: int = 1
    path: str = "/"
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, given: Mapping[str, str], path: str = "/") -> Self:
        """Return what the parameters *given* ask for; what cannot be is left out, and noted."""
        values = {name: given.get(name, "")[:_LONGEST].strip() for name in ("q", *_NAMES)}
        notes = []
        for name in ("after", "before"):
            if values[name] and not _is_day(values[name]):
                notes.append(f"“{values[name][:40]}” is no day such as 2026-05-31: not used.")
                values[name] = ""
        page = given.get("page", "1")
        number = int(page[:10]) if page.isascii() and page[:10].isdigit() else 1
        return cls(values, min(max(1, number), _MOST_PAGES), path, tuple(notes))

    @property
    def is_search(self) -> bool:
        """Whether anything is asked for."""
        return self.page > 1 or any(self.values.values())

    @property
    def facets(self) -> Facets:
        """What the search is narrowed to."""
        chosen = {name: self.values[name] for name in _NAMES if name != "copies"}
        return Facets(**chosen, copies=bool(self.values["copies"]))

    @property
    def chips(self) -> list[Chip]:
        """What the search is narrowed to, one by one."""
        return [
            Chip(name=_NAMES[name], value=_shown(name, value), without=self.narrowed(**{name: ""}))
            for name, value in self.values.items()
            if value and name in _NAMES
        ]

    @property
    def words_only(self) -> str:
        """The address that asks for the same words everywhere."""
        return self._address({"q": self.values["q"]})

    def narrowed(self, **changed: str) -> str:
        """Return the address that asks for the same, but for what is *changed*."""
        return self._address({**self.values, **changed})

    def at_page(self, page: int) -> str:
        """Return the address of the *page*-th page of the same."""
        return self._address({**self.values, "page": str(page) if page > 1 else ""})

    def _address(self, values: Mapping[str, str]) -> str:
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{self.path}?{query}" if query else self.path


def _shown(name: str, value: str) -> str:
    if name == "copies":
        return "shown too"
    return "none named" if value == "-" else value


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False
