"""What an address says of whether a story is there."""

from __future__ import annotations

import re
from enum import IntEnum
from urllib.parse import unquote, urlsplit

_FEWEST_SLUG_WORDS = 3
_SURE_SLUG_WORDS = 5
_LONGEST = 300  # letters of a path that are looked at, the last ones
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-/]?(?:0[1-9]|1[0-2]|[1-9])[-/]?(?:[0-3]?\d)(?!\d)")
# A day, or a month, as folders, and what lies there.
_IN_DAY = re.compile(
    r"/(?:19|20)\d\d[-/]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[-/]?[0-3]?\d)?/(?:.*/)?[^/]*[^\W\d_]{3}[^/]*/?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{5,}|(?=[a-z]*\d[a-z]*\d)[a-z0-9]{8,}", re.IGNORECASE)
_QUERY_NUMBER = re.compile(r"(?:^|&)\w*=\d{4,}(?:&|$)")
_WORD_BREAK = re.compile(r"[-_+]+")
_NO_STORY = re.compile(
    r"account|advertise|auteur|author|authors|autor|by|categories|category|columnist|"
    r"columnists|contact|contributor|contributors|galleries|gallery|kategorie|"
    r"login|newsletter|newsletters|photo|photos|pictures|podcast|podcasts|"
    r"privacy|profile|profiles|quiz|register|schlagwort|search|shop|signin|signup|"
    r"subscribe|subscription|tag|tagged|tags|terms|user|users|video|videos|watch",
    re.IGNORECASE,
)
# Sections of some sites, and what is no story on others: the words of the link decide.
_DOUBTFUL = re.compile(r"about|help|jobs|people|person|staff|thema|topic|topics", re.IGNORECASE)
# Of the two words at pages about the site itself.
_OF_SITE = frozenset(
    (
        *("about", "accessibility", "advertising", "conditions", "contact", "cookie", "cookies"),
        *(
            "guidelines",
            "legal",
            "notice",
            "policies",
            "policy",
            "preferences",
            "privacy",
            "service",
        ),
        *("settings", "standards", "statement", "terms", "us", "use"),
    )
)
# What can be done with a story, behind its address.
_ACTION = re.compile(
    r"amp|comments?|edit|email|embed|feed|mail|page|print|reply|rss|share|trackback"
)


class Evidence(IntEnum):
    """How much an address says for a story; more of it needs fewer words at the link."""

    NONE = 0
    """It says nothing, or that there is none."""
    WEAK = 1
    """Two words below a folder: a story, or a section of a section."""
    DOUBTFUL = 2
    """It looks like a story among profiles, offers or help; only a headline makes it one."""
    SLUG = 3
    """A slug of words, which a section may have too."""
    NUMBER = 4
    """A number, or a slug so long that no section has it."""
    DAY = 5
    """A slug in the folder of a day or month."""


def evidence(url: str) -> Evidence:
    """Return what *url* says for a story at it."""
    parts = urlsplit(url)
    path = unquote(parts.path)[-_LONGEST:]
    segments = path.strip("/").split("/")
    if any(map(_NO_STORY.fullmatch, segments)) or _ACTION.fullmatch(segments[-1]):
        return Evidence.NONE
    found = _of_form(path, parts.query, segments)
    if any(map(_DOUBTFUL.fullmatch, segments)):
        return Evidence.DOUBTFUL if found > Evidence.WEAK else Evidence.NONE
    return found


def _of_form(path: str, query: str, segments: list[str]) -> Evidence:
    slug = segments[-1].rpartition(".")[0] or segments[-1]
    words = [word for word in _WORD_BREAK.split(slug) if word]
    if _IN_DAY.search(path):
        return Evidence.DAY
    is_numbered = _NUMBER.search(slug) or _QUERY_NUMBER.search(query)
    if is_numbered or len(words) >= _SURE_SLUG_WORDS:
        return Evidence.NUMBER
    if len(words) >= _FEWEST_SLUG_WORDS or _DAY.search(path):
        return Evidence.SLUG
    is_below = len(words) > 1 and len(segments) > 1 and not query
    return Evidence.WEAK if is_below and _OF_SITE.isdisjoint(words) else Evidence.NONE
