"""What a run's report says beyond its counts: what came, how politely, and examples of texts."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_EXAMPLES = 3
_MOST_NAMES = 5_000
"""Days, languages, agencies or hosts that are told apart; the rest is counted together."""
_MOST_STATUSES = 50
_MOST_KINDS = 100
_LONGEST = 600  # characters of an example's text
_LONGEST_TITLE = 300
OTHERS = "others"


def count(counts: dict[str, int], name: str, number: int = 1, most: int = _MOST_NAMES) -> None:
    """Count *number* of *name* in *counts*, which never has many more than *most* names."""
    if name not in counts and len(counts) >= most:
        name = OTHERS
    counts[name] = counts.get(name, 0) + number


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """The stories that came, new or revised: by day of publication, source, language and agency.

    ``characters`` are those of their texts.
    """

    days: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    agencies: dict[str, int] = field(default_factory=dict)
    characters: int = 0

    def add(self, *, day: str, source: str, language: str, agency: str, characters: int) -> None:
        """Count a story."""
        count(self.days, day)
        count(self.sources, source)
        if language:
            count(self.languages, language)
        if agency:
            count(self.agencies, agency)
        self.characters += characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The beginning of a text, with its headline and address; ``file`` is below the corpus."""

    title: str
    url: str
    text: str = ""
    file: str = ""
    detail: str = ""


@dataclass(slots=True)
class Examples:
    """The first texts of each kind."""

    dropped: dict[str, list[Example]] = field(default_factory=dict)
    flagged: dict[str, list[Example]] = field(default_factory=dict)
    came: list[Example] = field(default_factory=list)


def is_wanted(examples: dict[str, list[Example]], kind: str) -> bool:
    """Return whether one more example of *kind* is of use."""
    if kind not in examples:
        return len(examples) < _MOST_KINDS
    return len(examples[kind]) < MOST_EXAMPLES


def example(title: str, url: str, text: str, file: str = "", detail: str = "") -> Example:
    """Return the beginning of *text* as an example."""
    return Example(
        title=title[:_LONGEST_TITLE],
        url=url,
        text=text[:_LONGEST] + "…" * (len(text) > _LONGEST),
        file=file,
        detail=detail[:_LONGEST],
    )


@dataclass(slots=True, kw_only=True)
class HostTraffic:
    """What was asked of a host, and what it answered.

    ``statuses`` count the answers, ``seconds`` is the time that they took in all and ``slowest``
    that of one. ``delay`` is the least time between two requests at the end of the run,
    ``crawl_delay`` what its robots.txt asks for, and ``robots`` what came of that file.
    """

    requests: int = 0
    bytes: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: float = 0.0
    delay: float = 0.0
    crawl_delay: float = 0.0
    robots: str = ""

    def answered(self, status: int, size: int, seconds: float) -> None:
        """Count an answer."""
        count(self.statuses, str(status), most=_MOST_STATUSES)
        self.bytes += size
        self.seconds = round(self.seconds + seconds, 3)
        self.slowest = round(max(self.slowest, seconds), 3)
