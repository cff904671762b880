"""The names in a byline: of persons, of agencies, of desks.

A byline is what stands between headline and story, or what the head of a page says of its author:
``By Jane Doe and Jo Roe, Staff writers``, ``Von Ada Poe | dpa``, ``取材・文：山田太郎``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from crawler.text import agencies
from crawler.text.boilerplate_phrases import phrases
from crawler.text.normal import normal_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 400
_LONGEST_NAME = 60
_MOST_WORDS = 7
_MOST = 50
_PARTICLE_LABELS = frozenset(("von", "di", "af", "av", "par", "por", "door", "от"))


_BY_INSIDE = re.compile(r".{0,80}\b[Bb][Yy]\s+(?=\S)")
_PARTS = re.compile(r"\s+[|–—•·-]+\s+|\s+/\s+|[|•;\t]|\s*[(（\[][^()（）\[\]]{0,80}[)）\]]?$")
_CUT = re.compile(r"\s+(?:@\w|\S{1,80}@\S{0,80}\.|https?:|www\.).*|(?<=\w)@\w+(?![\w.]).*")
# Of the labels of authors those that hardly stand for anything else (``Text`` does).
_AUTHOR_ALONE = (
    r"(?:autor|auth?eur|author|verfasser|автор|forfatter|författare)"
    r"(?:s|in|en|innen|a|as|es|e|ka|i|и|ы)?(?:/\w{1,9})?"
)
_DAY = re.compile(r"(?:^|\s)\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b")
_NEXT_LABEL = re.compile(r"[\s,]+\w{1,20}:\s.*")  # ``Text: Jane Doe Photos: Jo Roe``
_COMMA = re.compile(r"\s*[,，、]\s*")
_SLASH = re.compile(r"(?P<name>[^/]+\s[^/]+)/[^/]+")
_NO_NAME = re.compile(r"[@#<>{}=*→←»«?!…:;\"“”„]|\d|://|www\.|\.(?:com|org|net)\b", re.IGNORECASE)
_WIDE = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
_BRACKETS = " ()（）[]【】"
_AROUND = " .,-–—/•·|»«→←›"
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of bylines in all languages (docs/phrases.md), as patterns and sets.

    ``label`` matches one in front of a name, its group ``by`` one that needs no colon, ``alone``
    one that is all there is, ``author`` one that stands there without its colon. ``behind``
    matches one at the end of a name, ``joining`` one between two, ``joined`` one that goes on.
    """

    label: re.Pattern[str]
    alone: re.Pattern[str]
    author: re.Pattern[str]
    behind: re.Pattern[str]
    joining: re.Pattern[str]
    joined: re.Pattern[str]
    labels: frozenset[str]
    roles: frozenset[str]
    no_names: frozenset[str]
    particles: frozenset[str]


@cache
def _words() -> _Words:
    by, author = _any_of(phrases("bylines")), _any_of(phrases("author_labels"))
    words = phrases("joining_words")
    joining = f"{_any_of(words)}|&|\\+"
    loud = _any_of(word.upper() for word in words if len(word) > 1)
    return _Words(
        label=_pattern(rf"(?:(?P<by>{by})(?:\s*[:：]\s*|\s+)|(?:{author})\s*[:：/]\s*)"),
        alone=_pattern(rf"(?:{by})\s*[:：]?|(?:{author})\s*[:：]|{_AUTHOR_ALONE}"),
        author=_pattern(rf"(?:{author})\s+(?=[^\W\d_]\S*\s\S|{_WIDE.pattern})"),
        behind=_pattern(rf"(?<=\w)\s*(?:{_any_of(phrases('after_names'))})$"),
        joining=re.compile(rf"\s+(?:{joining}|{loud})\s+"),
        joined=re.compile(rf"\s*(?:{joining}|[,，、])\s+"),
        labels=frozenset(phrases("bylines", "author_labels")),
        roles=frozenset(phrases("roles")),
        no_names=frozenset(phrases("no_names")),
        particles=frozenset(phrases("name_particles")),
    )


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def signatures(byline: str, *, is_sure: bool = True) -> list[str]:
    """Return the names in *byline* as they are written there, those of agencies too.

    Of several lines only the first that has names counts, and those that go on with ``and`` or a
    comma. If not *is_sure*, the text may be no byline: then names must look like some.
    """
    found: list[str] = []
    for line in byline[:_LONGEST].split("\n"):
        is_joined = not found or bool(_words().joined.match(line))
        if names := _names(line, is_sure=is_sure) if is_joined else []:
            found += names
    if any(map(is_full, found)):
        found = [name for name in found if is_full(name) or agency(name)]
    return list(dict.fromkeys(found))[:_MOST]


def _names(line: str, *, is_sure: bool) -> list[str]:
    """Return the names in one line, or the one part of it that names an office if nobody else."""
    plain = _DAY.sub(" | ", _CUT.sub("", _SPACES.sub(" ", line).strip()))
    parts = [_without_label(part or "") for part in _PARTS.split(plain)]
    found = [name for part in parts for name in _people(part, is_sure=is_sure)]
    if not found and is_sure:
        found = [name for part in parts[:1] if _is_office(name := normal_line(part))]
    return found


def labelled(text: str, *, is_any: bool) -> list[str]:
    """Return the names in *text* if that is a label and names: ``Author: Jane Doe``.

    If *is_any*, a ``By`` is label enough, else the label must name an author and have a colon.
    """
    text = text.strip().strip(_BRACKETS)
    found = _words().label.match(text)
    if found is None or (found["by"] and not is_any and found[0].rstrip()[-1] not in ":："):
        return []
    return signatures(text, is_sure=False)


def is_label(text: str) -> bool:
    """Tell whether *text* is a label alone (``By``, ``Author:``), which a name follows."""
    return bool(_words().alone.fullmatch(text.strip()))


def agency(name: str) -> str | None:
    """Return the name of the agency that *name* is, None if it is none."""
    return agencies.full_name(name) or agencies.full_name(name.removeprefix("The "))


def _without_label(line: str) -> str:
    """Return *line* without ``By`` and the like in front of the names."""
    if found := _words().author.match(line):
        line = line[found.end() :]
    for _ in range(3):
        found = _words().label.match(line)
        if found is None or not _is_by(found, line[found.end() :]):
            break
        line = line[found.end() :]
    else:
        return _NEXT_LABEL.sub("", line)
    inside = _BY_INSIDE.match(line)
    return _NEXT_LABEL.sub("", line[inside.end() :] if inside else line)


def _is_by(found: re.Match[str], rest: str) -> bool:
    """Tell whether a word like ``von`` is a label: not where it begins a name (``Di Stefano``)."""
    label = found["by"]
    is_short = label and label.casefold() in _PARTICLE_LABELS and ":" not in found[0]
    return not is_short or label.islower() or " " in rest.strip()


def _people(text: str, *, is_sure: bool) -> Iterator[str]:
    """Yield the names in a part of a byline that commas and conjunctions join."""
    for part in _COMMA.split(text)[:_MOST]:
        for joined in _joined(_without_first(part)):
            name = _words().behind.sub("", normal_line(joined).strip(_AROUND)).strip()
            if joined.strip().endswith("."):
                name = _with_point(name)
            if found := _SLASH.fullmatch(name):
                name = found["name"]
            if agency(name) or _is_name(name, is_sure=is_sure):
                yield name


def _joined(part: str) -> list[str]:
    """Return what words like ``and`` join in *part*; one name is not cut (``Ortega y Gasset``)."""
    names = _words().joining.split(part)
    is_cut = len(names) > 1 and not all(map(is_full, names))
    is_one = is_cut and any(f" {letter} " in part for letter in "yeiaй")
    return [part] if is_one else names


def _without_first(part: str) -> str:
    """Return *part* without the word that joins it to what was before."""
    found = _words().joined.match(part)
    return part[found.end() :] if found else part


def _with_point(name: str) -> str:
    """Return *name* with the point that belongs to its last initial (``Joe S.``)."""
    return f"{name}." if len(name.rpartition(" ")[2]) <= 2 else name


def _is_name(name: str, *, is_sure: bool) -> bool:
    if not 1 < len(name) <= _LONGEST_NAME or _NO_NAME.search(name) or not name[0].isalpha():
        return False
    words, known = name.split(), _words()
    plain = {word.casefold().strip(".,") for word in words}
    if (
        len(words) > _MOST_WORDS
        or not plain.isdisjoint(known.roles)
        or not plain.isdisjoint(known.no_names)
    ):
        return False
    if name.casefold() in known.labels or all(word in known.particles for word in plain):
        return False
    small = [word for word in words if word.islower() and word.strip("()") not in known.particles]
    return not small or (is_sure and len(small) == len(words) and "_" not in name)


def _is_office(name: str) -> bool:
    """Tell whether *name* is of those who work somewhere (``Harbour Times Staff``)."""
    known, words = _words(), {word.casefold() for word in name.split()}
    is_short = 1 < len(words) <= _MOST_WORDS and len(name) <= _LONGEST_NAME
    is_named = (
        not words.isdisjoint(known.roles) and words.isdisjoint(known.no_names) and name[0].isupper()
    )
    return (
        is_short and is_named and not (name.casefold() in known.no_names or _NO_NAME.search(name))
    )


def is_full(name: str) -> bool:
    """Tell whether *name* has more than one word, or is written without spaces."""
    return " " in name or bool(_WIDE.search(name))
