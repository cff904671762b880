"""The names in a byline: of persons, of agencies, of desks.

A byline is what stands between headline and story, or what the head of a page says of its author:
``By Jane Doe and Jo Roe, Staff writers``, ``Von Ada Poe | dpa``, ``取材・文：山田太郎``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.text import agencies
from crawler.text.byline_words import AND, AUTHOR, BEHIND, BY, NO_NAME, PARTICLES, ROLES
from crawler.text.normal import normal_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 400
_LONGEST_NAME = 60
_MOST_WORDS = 7
_MOST = 50
_PARTICLE_LABELS = frozenset(("von", "di", "af", "av", "par", "por", "door", "от"))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, set(words)), key=len, reverse=True))


_LABEL = re.compile(
    rf"(?:(?P<by>{_any_of(BY)})(?:\s*[:：]\s*|\s+)|(?:{_any_of(AUTHOR)})\s*[:：/]\s*)",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(
    rf"(?:{_any_of(BY)})\s*[:：]?|(?:{_any_of(AUTHOR)})\s*[:：]", re.IGNORECASE
)
_AUTHOR = re.compile(rf"(?:{_any_of(AUTHOR)})\s+(?=[^\W\d_]\S*\s\S)", re.IGNORECASE)
_LABELS = frozenset((*BY, *AUTHOR))
_BY_INSIDE = re.compile(r".{0,80}\b[Bb][Yy]\s+(?=\S)")
_BEHIND = re.compile(rf"(?<=\w)\s*(?:{_any_of(BEHIND)})$")
_PARTS = re.compile(r"\s+[|–—•·-]+\s+|\s+/\s+|[|•;\t]|\s*[(（\[][^()（）\[\]]{0,80}[)）\]]?$")
_CUT = re.compile(r"\s+(?:@\w|\S{1,80}@\S{0,80}\.|https?:|www\.).*|(?<=\w)@\w+(?![\w.]).*")
_COMMA = re.compile(r"\s*[,，、]\s*")
_AND = re.compile(rf"\s+(?:{_any_of(AND)}|&|\+)\s+", re.IGNORECASE)
_FIRST_AND = re.compile(rf"^\s*(?:{_any_of(AND)}|&|\+)\s+", re.IGNORECASE)
_SLASH = re.compile(r"(?P<name>[^/]+\s[^/]+)/[^/]+")
_NO_NAME = re.compile(r"[@#<>{}=*→←»«?!…:;\"“”„]|\d|://|www\.|\.(?:com|org|net)\b", re.IGNORECASE)
_WIDE = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
_JOINED = re.compile(rf"^\s*(?:{_any_of(AND)}|&|\+|[,，、])\s", re.IGNORECASE)
_AROUND = " .,-–—/•·|»«→←›"
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")


def signatures(byline: str, *, is_sure: bool = True) -> list[str]:
    """Return the names in *byline* as they are written there, those of agencies too.

    Of several lines only the first that has names counts, and those that go on with ``and`` or a
    comma. If not *is_sure*, the text may be no byline: then names must look like some.
    """
    found: list[str] = []
    for line in byline[:_LONGEST].split("\n"):
        is_joined = not found or bool(_JOINED.search(line))
        if names := _names(line, is_sure=is_sure) if is_joined else []:
            found += names
    if any(map(is_full, found)):
        found = [name for name in found if is_full(name) or agency(name)]
    return list(dict.fromkeys(found))[:_MOST]


def _names(line: str, *, is_sure: bool) -> list[str]:
    """Return the names in one line, or the one part of it that names an office if nobody else."""
    parts = [part or "" for part in _PARTS.split(_without_label(_SPACES.sub(" ", line).strip()))]
    found = [name for part in parts for name in _people(part, is_sure=is_sure)]
    if not found and is_sure:
        found = [name for part in parts[:1] if _is_office(name := normal_line(part))]
    return found


def labelled(text: str, *, is_any: bool) -> list[str]:
    """Return the names in *text* if that is a label and names: ``Author: Jane Doe``.

    If *is_any*, a ``By`` is label enough, else the label must name an author and have a colon.
    """
    found = _LABEL.match(text.strip())
    if found is None or (found["by"] and not is_any and found[0].rstrip()[-1] not in ":："):
        return []
    return signatures(text, is_sure=False)


def is_label(text: str) -> bool:
    """Tell whether *text* is a label alone (``By``, ``Author:``), which a name follows."""
    return bool(_LABEL_ALONE.fullmatch(text.strip()))


def agency(name: str) -> str | None:
    """Return the name of the agency that *name* is, None if it is none."""
    return agencies.full_name(name) or agencies.full_name(name.removeprefix("The "))


def _without_label(line: str) -> str:
    """Return *line* without ``By`` and the like in front of the names."""
    line = (
        _AUTHOR.sub("", _CUT.sub("", line), count=1) if _AUTHOR.match(line) else _CUT.sub("", line)
    )
    for _ in range(3):
        found = _LABEL.match(line)
        if found is None or not _is_by(found, line[found.end() :]):
            break
        line = line[found.end() :]
    else:
        return line
    inside = _BY_INSIDE.match(line)
    return line[inside.end() :] if inside else line


def _is_by(found: re.Match[str], rest: str) -> bool:
    """Tell whether a word like ``von`` is a label: not where it begins a name (``Di Stefano``)."""
    label = found["by"]
    is_short = label and label.casefold() in _PARTICLE_LABELS and ":" not in found[0]
    return not is_short or label.islower() or " " in rest.strip()


def _people(text: str, *, is_sure: bool) -> Iterator[str]:
    """Yield the names in a part of a byline that commas and conjunctions join."""
    for part in _COMMA.split(text)[:_MOST]:
        for joined in _AND.split(_FIRST_AND.sub("", part)):
            name = _BEHIND.sub("", normal_line(joined).strip(_AROUND)).strip()
            if joined.strip().endswith("."):
                name = _with_point(name)
            if found := _SLASH.fullmatch(name):
                name = found["name"]
            if agency(name) or _is_name(name, is_sure=is_sure):
                yield name


def _with_point(name: str) -> str:
    """Return *name* with the point that belongs to its last initial (``Joe S.``)."""
    return f"{name}." if len(name.rpartition(" ")[2]) <= 2 else name


def _is_name(name: str, *, is_sure: bool) -> bool:
    if not 1 < len(name) <= _LONGEST_NAME or _NO_NAME.search(name) or not name[0].isalpha():
        return False
    words = name.split()
    plain = {word.casefold().strip(".,") for word in words}
    if len(words) > _MOST_WORDS or not plain.isdisjoint(ROLES) or not plain.isdisjoint(NO_NAME):
        return False
    if name.casefold() in _LABELS or all(word in PARTICLES for word in plain):
        return False
    small = [word for word in words if word.islower() and word.strip("()") not in PARTICLES]
    return not small or (is_sure and len(small) == len(words) and "_" not in name)


def _is_office(name: str) -> bool:
    """Tell whether *name* is of those who work somewhere (``Harbour Times Staff``)."""
    words = {word.casefold() for word in name.split()}
    is_short = 1 < len(words) <= _MOST_WORDS and len(name) <= _LONGEST_NAME
    is_named = not words.isdisjoint(ROLES) and words.isdisjoint(NO_NAME) and name[0].isupper()
    return is_short and is_named and not _NO_NAME.search(name)


def is_full(name: str) -> bool:
    """Tell whether *name* has more than one word, or is written without spaces."""
    return " " in name or bool(_WIDE.search(name))
