"""What an element is by its class and id: the names in ``element_names.toml``, and what they mean.

A word makes boilerplate only of an element that *is* called so. The classes of frameworks say more:
what an element looks like on some screens (``print:hidden``), what it has (``has-sidebar``), whose
label is hidden (``field--label-hidden``).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from crawler.text.elements import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

# Not what stands between digits: sc-f98b1ad2-0 names no advertisement.
_PARTS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+(?=(?:[0-9]+(?:x[0-9]+)?)?(?![A-Za-z0-9]))")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SHOWN = re.compile(r":(?:block|flex|grid|inline(?:-\w+)?|contents|table)\b")
_OVERLAYS = frozenset(("popup", "popover", "rollover", "tooltip"))
_OVERLAID = frozenset(("block", "body", "box", "content", "inner", "text"))
_TITLE = ("title", "heading", "header", "-headline", "_headline")
_LONGEST = 2_000  # letters of names that are looked at


@dataclass(frozen=True, slots=True)
class ElementNames:
    """The content of ``element_names.toml``, which says what each of them is."""

    consent: frozenset[str]
    sure: frozenset[str]
    likely: frozenset[str]
    stems: tuple[str, ...]
    inner: tuple[str, ...]
    tokens: frozenset[str]
    hiding: frozenset[str]
    pictures: frozenset[str]
    inline: frozenset[str]
    negating: frozenset[str]
    topical: tuple[str, ...]
    leads: frozenset[str]
    showing: frozenset[str]
    decks: frozenset[str]
    plugin_classes: frozenset[str]
    plugin_ids: frozenset[str]
    unseen_classes: frozenset[str]
    gates: frozenset[str]


@cache
def element_names() -> ElementNames:
    """Return the names that are known."""
    file = resources.files("crawler.text").joinpath("element_names.toml")
    read = tomllib.loads(file.read_text("utf-8"))
    gates = [name for names in read["gates"].values() for name in names]
    plugins = [name for names in read["plugins"].values() for name in names] + gates
    return ElementNames(
        consent=frozenset(read["consent"]),
        sure=frozenset(read["consent"] + read["sure"]),
        likely=frozenset(read["likely"]),
        stems=tuple(read["stems"]),
        inner=tuple(read["inner"]),
        tokens=frozenset(read["tokens"]),
        hiding=frozenset(read["hiding"]),
        pictures=frozenset(read["pictures"]),
        inline=frozenset(read["inline"]),
        negating=frozenset(read["negating"]),
        topical=tuple(read["topical"]),
        leads=frozenset(read["leads"]),
        showing=frozenset(read["showing"]),
        decks=frozenset(read["decks"]),
        plugin_classes=frozenset(name for name in plugins if not name.startswith("#")),
        plugin_ids=frozenset(name[1:] for name in plugins if name.startswith("#")),
        gates=frozenset(gates),
        unseen_classes=frozenset(read["plugins"]["Screen readers"]),
    )


def is_gate(classes: Iterable[str], identifier: str) -> bool:
    """Tell whether a plugin puts an element with *classes* and the id in front of what it keeps."""
    known = element_names().gates
    return f"#{identifier}" in known or not known.isdisjoint(classes)


def names_of(tag: str, classes: str, identifier: str) -> str:
    """Return the class tokens and the id of an element, joined by spaces.

    A heading's id is an anchor (``toc_1``), and ``widget-title`` names what it is the title of.
    """
    if tag in HEADINGS:
        return " ".join(name for name in classes.split() if not name.endswith(_TITLE))
    return f"{classes} {identifier}"


@dataclass(frozen=True, slots=True)
class BoilerplateWords:
    """The words in the names of an element that make it boilerplate, surely or likely."""

    sure: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()

    @property
    def is_consent(self) -> bool:
        """Whether the element asks for consent."""
        return not self.sure.isdisjoint(element_names().consent)

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.sure or self.likely)


def boilerplate_words(names: str) -> BoilerplateWords:
    """Return what makes boilerplate of an element with the class tokens and id *names*."""
    return _boilerplate_words(names[:_LONGEST])


@lru_cache(maxsize=1 << 14)
def _boilerplate_words(names: str) -> BoilerplateWords:
    known, said = element_names(), _said(names)
    likely = set(filter(_is_likely, said))
    if {"pull", "quote"} <= said:
        likely.add("pullquote")
    return BoilerplateWords(said & known.sure, frozenset(likely | _tokens(names, known)))


def is_called_lead(names: str) -> bool:
    """Tell whether an element with the class tokens and id *names* is called a story's lead."""
    return not _said(names[:_LONGEST]).isdisjoint(element_names().leads)


def is_called_deck(names: str) -> bool:
    """Tell whether an element with the class tokens and id *names* is called a story's summary."""
    return not _said(names[:_LONGEST]).isdisjoint(element_names().decks)


def is_called_shown(names: str) -> bool:
    """Tell whether all that makes boilerplate of an element says but how a story is shown."""
    words = boilerplate_words(names)
    return not words.sure and words.likely <= element_names().showing


def is_picture(names: str) -> bool:
    """Tell whether an element with the class tokens and id *names* is called a picture."""
    return not _said(names[:_LONGEST]).isdisjoint(element_names().pictures)


def is_inline_boilerplate(names: str) -> bool:
    """Tell whether an element in a line, with these class tokens, is no part of the line's text."""
    return _is_inline_boilerplate(names[:_LONGEST])


@lru_cache(maxsize=1 << 14)
def _is_inline_boilerplate(names: str) -> bool:
    known, said = element_names(), _said(names)
    is_overlay = not (said.isdisjoint(_OVERLAYS) or said.isdisjoint(_OVERLAID))
    return is_overlay or not said.isdisjoint(known.inline) or bool(_tokens(names, known))


@lru_cache(maxsize=1 << 14)
def _is_likely(word: str) -> bool:
    known = element_names()
    is_of_stem = word.startswith(known.stems) or any(inner in word for inner in known.inner)
    return is_of_stem or word in known.likely


def _tokens(names: str, known: ElementNames) -> frozenset[str]:
    """Return the names that are boilerplate as a whole, unless they are so on some screens only."""
    found = {token for token in names.split() if token in known.tokens or _hides(token, known)}
    return frozenset() if found and _SHOWN.search(names) else frozenset(found)


def _hides(token: str, known: ElementNames) -> bool:
    return "hidden" in token and known.hiding.issuperset(_PARTS.findall(token.lower()))


@lru_cache(maxsize=1 << 14)
def _said(names: str) -> frozenset[str]:
    """Return the words that say what the element is, in lower case."""
    known = element_names()
    return frozenset(
        word
        for token in names.split()
        if ":" not in token and "[" not in token and not token.startswith(known.topical)
        for word in _words(token)
    )


@lru_cache(maxsize=1 << 14)  # classes of frameworks are the same in ever new combinations
def _words(token: str) -> tuple[str, ...]:
    """Return the words of *token* up to one behind which it says what the element has or lacks."""
    negating = element_names().negating
    words: list[str] = []
    for part in _PARTS.findall(token):
        for word in map(str.lower, _WORDS.findall(part)):
            if word in negating:
                return tuple(words)
            words.append(word)
    return tuple(words)
