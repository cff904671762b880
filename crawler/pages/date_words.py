"""The words around a day that say which it is, of all languages: data, in ``date_words.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Label = Literal["", "published", "modified", "dated", "other"]
_LABELS: tuple[Label, ...] = ("published", "modified", "dated", "other")
_LONGEST = 60
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")  # of postDate both
_MOST_LETTERS = 120


def label_of(words: str) -> Label:
    """Return what a day is that stands behind *words*: the last of them that says so counts."""
    label: Label = ""
    for found in _labels().finditer(words[-_LONGEST:]):
        name = next(name for name in _LABELS if found[name])
        label = label if label and name == "dated" else name  # the date of publication
    return label


def is_called_date(names: str) -> bool:
    """Tell whether *names*, of a class or an id, call an element the date."""
    return not _names().isdisjoint(_WORD.findall(names[:_MOST_LETTERS]))


@cache
def _labels() -> re.Pattern[str]:
    """Return the expression that finds a label; longer ones first, so that they win."""
    labels = {word: kind for kind in _LABELS for word in _words(kind)}
    kinds = {kind: [word for word in labels if labels[word] == kind] for kind in _LABELS}
    groups = (
        f"(?P<{kind}>{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
        for kind, words in kinds.items()
    )
    wide = r"[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af]"  # scripts without spaces
    return re.compile(rf"(?:(?<![^\W\d_])|(?={wide}))(?:{'|'.join(groups)})", re.IGNORECASE)


@cache
def _names() -> frozenset[str]:
    words = _words("names")
    return frozenset((*words, *map(str.title, words), *map(str.upper, words)))


def _words(kind: str) -> list[str]:
    return [word for words in _languages().values() for word in words.get(kind, ())]


@cache
def _languages() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("crawler.pages") / "date_words.toml").read_text(encoding="utf-8"))
