"""Pages for the gate: stories of our own, marked up in the shapes of real sites.

The text is written first and stays the source: ``pages/NAME.txt`` has a head (``title:``,
``day:``, ``url:``), an empty line, and one paragraph a line, in HTML as far as words are linked or
stressed. ``pages/NAME.html`` is the page around it. There ``[[title]]``, ``[[day]]`` and
``[[url]]`` stand for the head, ``[[3]]`` for the third paragraph, ``[[2..5 <p>|</p>]]`` for
paragraphs two to five, each between what is before and behind the bar (in a table row cell by
cell), and ``[[include NAME]]`` for ``surroundings/NAME.html``, which several pages have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from pathlib import Path

HERE = Path(__file__).parent
_SLOT = re.compile(
    r"\[\[(?:(?P<first>[0-9]+)(?:\.\.(?P<last>[0-9]+))?|(?P<name>\w+))(?P<rest>[^\]]*)\]\]"
)
_CELLS = re.compile(r"([^|]+?)(?: \| |$)")
_TAG = re.compile(r"</?[a-z][^>]*>")


@dataclass(frozen=True)
class GoldPage:
    """A page and its gold: ``title``, ``day`` and ``paragraphs`` as a reader sees them."""

    name: str
    head: dict[str, str]
    marked_up: tuple[str, ...]
    template: str

    @property
    def url(self) -> str:
        return self.head["url"]

    @property
    def title(self) -> str:
        return _folded(self.head["title"])

    @property
    def day(self) -> str:
        return self.head["day"]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(_folded(unescape(_TAG.sub("", text))) for text in self.marked_up)

    @cached_property
    def html(self) -> str:
        """The page as it is served. Raises `ValueError` for a slot that nothing fills."""
        return _SLOT.sub(self._filled, self.template)

    @property
    def used(self) -> list[int]:
        """The numbers of the paragraphs that the page shows, in its order."""
        return [n for slot in _SLOT.finditer(self.template) for n in _numbers(slot)]

    def _filled(self, slot: re.Match[str]) -> str:
        if slot["first"]:
            before, _, behind = slot["rest"].strip().partition("|")
            texts = [self.marked_up[number - 1] for number in _numbers(slot)]
            if before.endswith("<tr>"):
                texts = [_CELLS.sub(r"<td>\1</td>", text) for text in texts]
            return "\n".join(f"{before}{text}{behind}" for text in texts)
        if slot["name"] == "include":
            file = HERE / "surroundings" / f"{slot['rest'].strip()}.html"
            return file.read_text(encoding="utf-8").strip()
        if slot["name"] in self.head:
            return escape(self.head[slot["name"]])
        raise ValueError(f"{self.name}: nothing fills {slot[0]}")


def _numbers(slot: re.Match[str]) -> range:
    if not slot["first"]:
        return range(0)
    return range(int(slot["first"]), int(slot["last"] or slot["first"]) + 1)


def _folded(text: str) -> str:
    return " ".join(text.split())


def gold_pages() -> list[GoldPage]:
    """Return all pages, by name."""
    return [_gold_page(path) for path in sorted((HERE / "pages").glob("*.txt"))]


def _gold_page(path: Path) -> GoldPage:
    head, _, story = path.read_text(encoding="utf-8").partition("\n\n")
    named = dict(line.split(": ", 1) for line in head.splitlines())
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    return GoldPage(path.stem, named, tuple(story.splitlines()), page)
