"""What stands in front of the first word of a story and behind its last, told by its place."""

from __future__ import annotations

import re
from functools import cache

from crawler.text.boilerplate_phrases import PhraseMatcher, one_of, phrases
from crawler.text.phrase_notation import folded

_LAST = 6  # lines among which the label of an author box is
_LONGEST_BOX = 1_200
_LEAST_TIMES = 2  # as long as the box is what stands above it
_LONGEST = 300
_LAST_SIGNED = 3  # lines among which is who wrote it
_LEAST_LINES = 4  # in front of such a line
_FIRST = 2  # lines among which the headline is


@cache
def _labels() -> PhraseMatcher:
    return PhraseMatcher({"": phrases("about_authors")})


@cache
def _about_authors() -> re.Pattern[str]:
    return re.compile(one_of(phrases("authors_at_the_end")), re.IGNORECASE)


def story_end(lines: list[str]) -> int:
    """Return the number of lines up to what is said of the authors at the end."""
    end = _labelled_end(lines)
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


def _labelled_end(lines: list[str]) -> int:
    """Return the number of lines up to a label as ``About the author``, all if there is none."""
    for number in range(max(1, len(lines) - _LAST), len(lines)):
        if _labels().match(lines[number]):
            box, above = lines[number + 1 :], lines[:number]
            letters = sum(map(len, box))
            if letters <= min(_LONGEST_BOX, sum(map(len, above)) // _LEAST_TIMES):
                return number
    return len(lines)


def _is_about_authors(line: str) -> bool:
    return len(line) <= _LONGEST and _about_authors().fullmatch(folded(line)) is not None


def without_headline(lines: list[str], title: str) -> list[str]:
    """Return *lines* without those at their beginning that say the *title* once more."""
    said = _letters(title)
    while said and len(lines) > _FIRST:
        again = next((n for n in range(_FIRST) if _letters(lines[n]) == said), None)
        if again is None:
            break
        lines = [*lines[:again], *lines[again + 1 :]]
    return lines


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
