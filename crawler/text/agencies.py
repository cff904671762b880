"""The news agency that a story is of, by its dateline, byline, credit or end mark.

That is the agency that the dateline names, that the author writes for, or that has the copyright.
An agency that only "contributed to" the story is not: somebody else wrote it.

Source: Reuters Handbook of Journalism (sign-offs: ``(Reporting by …; editing by …)``), and the
agencies' own stories.
"""

from __future__ import annotations

import re

from crawler.text.agency_names import AGENCIES, PLAIN

_NAMES = {spelling: name for name, spellings in AGENCIES.items() for spelling in spellings}
_LONG = 5  # letters of a spelling that hardly stands for anything else
_LONGEST = 300


def _any_of(spellings: list[str]) -> str:
    return "|".join(sorted(map(re.escape, spellings), key=len, reverse=True))


_ANY = _any_of(list(_NAMES))
_SURE = _any_of([name for name in _NAMES if len(name) >= _LONG or name in PLAIN])
_IN_DATELINE = re.compile(rf"(?<![A-Za-zА-я])(?:{_ANY})(?![A-Za-zА-я])")
_BYLINE = re.compile(
    rf"(?:By )?(?:[^.:;!?,|]{{2,60}}?(?:, | ?[|/–—] ?| of | for ))?(?:[Tt]he )?(?P<agency>{_SURE})"
    r"(?: (?:News|Staff|staff|writers?|Writers?|reporters?|correspondents?|agency))?"
)
_COPYRIGHT = re.compile(
    r"(?:(?i:copyright|©|\(c\))[ ,]*)+(?:(?:19|20)[0-9]{2}[ ,]*)?(?:[Bb]y )?(?:[Tt]he )?"
    rf"(?P<agency>{_SURE})\b.*"
)
_DISTRIBUTED = re.compile(
    r"(?:©|\(c\)) ?(?:19|20)[0-9]{2},? (?P<source>[^.]{2,60})\. (?:visit|distributed by)\b.*",
    re.IGNORECASE,
)
_TRIBUNE = "Tribune Content Agency"
_CNN_WIRE = re.compile(r"the-cnn-wire\b.*", re.IGNORECASE)
_SIGN_OFF = re.compile(
    r"\(?(?:additional )?reporting by .{2,200}[;.] ?(?:.{2,100}[;.] ?)?editing by .*", re.IGNORECASE
)

_ENDED = r"(?<=[.!?…”\"’')])"
_END_MARK = re.compile(rf"\s*(?:\(END\)|■)$|{_ENDED}\s+(?:Enditem|\((?P<agency>{_SURE})\)\.?)$")
_OWN_MARK = re.compile(rf"\s+\((?P<bracketed>{_ANY})\)(?=\.?$)|{_ENDED}\s+(?P<bare>{_ANY})\.?$")
_INITIALS = re.compile(r"[a-z]{2,5}(?:[-/][a-z]{2,5}){1,4}")


def full_name(spelling: str) -> str | None:
    """Return the name of the agency that is also spelt *spelling* (``AP``), or None."""
    return _NAMES.get(spelling)


def from_dateline(dateline: str) -> str | None:
    """Return the name of the agency in a dateline (``BEIJING (AP)``)."""
    found = _IN_DATELINE.findall(dateline)
    return _NAMES[found[-1]] if found else None


def from_byline(line: str) -> str | None:
    """Return the name of the agency in a byline: ``By Joan Field, Associated Press``."""
    found = _BYLINE.fullmatch(line) if len(line) <= _LONGEST else None
    return _NAMES[found["agency"]] if found else None


def from_credit(line: str) -> str | None:
    """Return the name of the agency that a line behind the story credits with it."""
    if len(line) > _LONGEST:
        return None
    if found := _COPYRIGHT.fullmatch(line):
        return _NAMES[found["agency"]]
    if _CNN_WIRE.fullmatch(line):
        return "CNN"
    if _SIGN_OFF.fullmatch(line):
        return "Reuters"
    return "Tribune News Service" if _TRIBUNE in line else None


def copyright_owner(line: str) -> str | None:
    """Return the owner of the copyright, an agency or its client, from a line behind the story."""
    if len(line) > _LONGEST:
        return None
    if found := _DISTRIBUTED.fullmatch(line):
        return found["source"]
    found = _COPYRIGHT.fullmatch(line)
    return _NAMES[found["agency"]] if found else ("CNN" if _CNN_WIRE.fullmatch(line) else None)


def split_end_mark(paragraphs: list[str], named: str | None) -> tuple[list[str], str | None]:
    """Remove what an agency puts behind the last word: ``(END)``, ``Enditem``, ``(AP)``.

    Of *named*, the agency of the dateline, its name without brackets and a last line with its
    editors' initials are removed too. Return the paragraphs, and the agency that the end mark
    names or None.
    """
    if named and len(paragraphs) > 1 and _INITIALS.fullmatch(paragraphs[-1]):
        paragraphs = paragraphs[:-1]
    if not paragraphs:
        return paragraphs, None
    last = paragraphs[-1]
    found = _END_MARK.search(last) or (_find_own_mark(last, named) if named else None)
    if found is None or not found.start():
        return paragraphs, None
    shortened = last[: found.start()].rstrip() + last[found.end() :]
    agency = found.groupdict().get("agency")
    return [*paragraphs[:-1], shortened], _NAMES[agency] if agency else None


def _find_own_mark(text: str, agency: str) -> re.Match[str] | None:
    """Return the match of the name of *agency*, in brackets or bare, at the end of *text*."""
    found = _OWN_MARK.search(text)
    return found if found and _NAMES[found["bracketed"] or found["bare"]] == agency else None
