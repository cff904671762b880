"""Why `crawler.text.article.clean` left a line out, for people who look at one text.

The rules are asked one by one, in the order in which they are applied: nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.text import agencies, boilerplate
from crawler.text.story_edges import numbers_of_slides, story_end, without_heading
from crawler.text.teaser import is_paywall_notice

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

UNKNOWN = "left out among the lines"
_FRONT = 12  # lines in which the headline may stand once more


def why_left_out(
    lines: Sequence[str],
    kept: Iterable[str],
    title: str,
    *,
    captions: bool,
    own_boilerplate: re.Pattern[str] | None,
) -> dict[str, str]:
    """Return by which rule each of *lines* was left out that is not among those *kept*.

    *title*, *captions* and *own_boilerplate* are those that `clean` had.
    """
    held = set(kept)
    told = [line for line in lines if captions or not boilerplate.is_caption(line)]
    slides, end = numbers_of_slides(told), story_end(told)
    numbers = {line: number for number, line in reversed([*enumerate(told)])}
    again = set(told[:_FRONT]) - set(without_heading(told[:_FRONT], title))

    def rule(line: str) -> str:
        if line not in numbers:
            return "a caption: a photographer is named at its end"
        if own_boilerplate and own_boilerplate.fullmatch(line):
            return "`boilerplate` of the page rules"
        if numbers[line] in slides:
            return "the number of a slide"
        if numbers[line] >= end:
            return "who wrote or sent it, at its end"
        return "the headline, authors or day once more" if line in again else _by_words(line)

    return {line: rule(line) for line in lines if line not in held}


def _by_words(line: str) -> str:
    if boilerplate.is_boilerplate(line):
        return "boilerplate by its words"
    if is_paywall_notice(line):
        return "it asks to pay or to sign in"
    if boilerplate.split_syndication_trailer(["", line])[1]:
        return "it says where the story appeared first: kept as syndicated_from"
    if boilerplate.split_dateline([line, "."])[1]:
        return "a dateline, kept as such"
    if agencies.split_end_mark(["", line], None)[1]:
        return "the mark of an agency, at the end"
    return UNKNOWN
