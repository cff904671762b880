"""A page that is given to an extractor, and what that makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page, as `benchmarks._tools.PageFile` has it."""

    url: str
    body: bytes
    charset: str
    encoding: str

    @property
    def html(self) -> str:
        """The page as text."""
        return self.body.decode(self.encoding, "replace")


@dataclass(frozen=True)
class Found:
    """What a tool read on a page; ``refused`` says why there is no text, or not the whole."""

    text: str = ""
    title: str = ""
    day: str = ""
    authors: tuple[str, ...] = ()
    refused: str = ""


Read = Callable[[Page], Found]
