"""What stands in front of the first word of a story and behind its last, told by its place."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from crawler.dates import find_dates
from crawler.text.boilerplate_phrases import PhraseMatcher, one_of, phrases
from crawler.text.phrase_notation import folded

_LAST = 6  # lines among which the label of an author box is
_LONGEST_BOX = 1_200
_LEAST_TIMES = 2  # as long as the box is what stands above it
_LONGEST = 300
_LAST_SIGNED = 3  # lines among which is who wrote it
_LEAST_LINES = 4  # in front of such a line
_FIRST = 2  # lines among which the headline is
_LONGEST_BYLINE = 80
_LEAST_NUMBERS = 3
_WORDS = re.compile(r"[^\W\d_]+")
_BESIDE_TIMES = (*("uhr", "um", "at", "h", "a", "las", "às", "à", "kl", "kello", "il", "le", "am"),)
_SIGNATURE = re.compile(
    r"[A-ZÄÖÜ]{2,6}(?:[ /,]{1,2}[A-ZÄÖÜ]{2,6}){0,2} ?\([^()]{2,60}\)"
    r"|\([A-Z]{2,5}(?:[ /,]{1,2}[A-Za-z]{2,5}){0,3}\)"
)


@cache
def _labels() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("about_authors", "ends")})


@cache
def _bylines() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("authors_at_the_start")})


@cache
def _day_words() -> frozenset[str]:
    labels = " ".join(phrases("published", "modified")).casefold()
    return frozenset((*_WORDS.findall(labels), *_BESIDE_TIMES))


@cache
def _about_authors() -> re.Pattern[str]:
    return re.compile(one_of(phrases("authors_at_the_end")), re.IGNORECASE)


def story_end(lines: list[str]) -> int:
    """Return the number of lines up to what is said of sources and authors at the end."""
    end = _labelled_end(lines)
    while end > _LEAST_LINES and _is_signature(lines[end - 1]):
        end -= 1
    while end > _LEAST_LINES:
        signed = (
            number
            for number in range(max(_LEAST_LINES, end - _LAST_SIGNED), end)
            if _is_about_authors(lines[number])
        )
        found = next(signed, None)
        if found is None:
            break
        end = found
    return end


def _is_signature(line: str) -> bool:
    """Tell whether *line* is who sent and wrote it, as agencies have it: ``MDR (ab)``, a day."""
    return len(line) <= _LONGEST_BYLINE and (
        _SIGNATURE.fullmatch(line) is not None or _is_only_a_day(line)
    )


def numbers_of_slides(lines: list[str]) -> set[int]:
    """Return which of *lines* are only numbers that count up, as those of slides are."""
    found = [n for n, line in enumerate(lines) if line.isdecimal() and len(line) <= _FIRST]
    counted = [int(lines[n]) for n in found]
    is_counting = all(a + 1 == b for a, b in pairwise(counted))
    return set(found) if len(found) >= _LEAST_NUMBERS and is_counting else set()


def _labelled_end(lines: list[str]) -> int:
    """Return the number of lines up to a label as ``About the author``, all if there is none."""
    for number in range(max(1, len(lines) - _LAST), len(lines)):
        if _labels().matches(lines[number]):
            box, above = lines[number + 1 :], lines[:number]
            letters = sum(map(len, box))
            if letters <= min(_LONGEST_BOX, sum(map(len, above)) // _LEAST_TIMES):
                return number
    return len(lines)


def _is_about_authors(line: str) -> bool:
    return len(line) <= _LONGEST and _about_authors().fullmatch(folded(line)) is not None


def without_heading(lines: list[str], title: str) -> list[str]:
    """Return *lines* without what stands in front of a story once more: title, authors, day."""
    said = _letters(title)
    while len(lines) > _FIRST:
        again = next((n for n in range(_FIRST) if _is_of_heading(lines[n], said)), None)
        if again is None:
            break
        lines = [*lines[:again], *lines[again + 1 :]]
    return lines


def _is_of_heading(line: str, title: str) -> bool:
    if title and _letters(line) == title:
        return True
    return len(line) <= _LONGEST_BYLINE and (_bylines().matches(line) or _is_only_a_day(line))


def _is_only_a_day(line: str) -> bool:
    """Tell whether *line* is a day, or some, with nothing but labels and times of day."""
    days = find_dates(line)
    rest = line
    for day in reversed(days):
        rest = rest[: day.start] + " " + rest[day.end :]
    return bool(days) and _day_words().issuperset(_WORDS.findall(rest.casefold()))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
