"""What our templates show of results, chosen and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from crawler.export.web.page_templates import short_moment, with_thousands
from crawler.reports.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.export.browsing.browse_results import (
        ArticleView,
        FacetCount,
        RecordPlace,
        SourceView,
    )
    from crawler.export.web.search_address import SearchAddress

COVERAGE_COLUMNS = ("listed", "held", "dropped", "gone", "left_out", "unexplained")
HEALTH_COLUMNS = (
    ("articles", "Stories"),
    ("copies", "Copies"),
    ("first_day", "First day"),
    ("last_day", "Last day"),
    ("stories_this_week", "This week"),
    ("stories_a_week", "A week, usually"),
    ("last_answered", "Last answered"),
    ("failures", "Failed in a row"),
    ("pause", "Pause"),
    ("longest_pause", "Longest pause"),
    ("next_read", "Next read"),
)
_ALARMS = frozenset({"silent", "failing"})
_PAUSES = frozenset({"pause", "longest_pause"})
_MOMENTS = frozenset({"last_answered", "next_read"})
_MOST_VALUES = 8  # of a facet that are shown at once
_MOST_MORE = 200
_HOUR, _DAY = 3600, 86400


_CHAIN = ("file", "file_sha256", "extractor", "ordinal", "post", "guid", "aliases")
"""Facts that say where an article lies and how it was made."""

_SHOWN_ELSEWHERE = frozenset(
    {
        *("text_sha256", "warc_file", "warc_offset", "warc_record_id"),
        *("origin_file", "origin_offset", "origin_record_id", "title", "text", "url"),
    }
)


@dataclass(slots=True, frozen=True)
class Facts:
    """What is known ``about`` an article, its ``chain``, and the names of what is ``unknown``."""

    about: Sequence[tuple[str, object]]
    chain: Sequence[tuple[str, object]]
    unknown: Sequence[str]

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Self:
        """Return *facts* in the order in which they are shown."""
        known = {name: value for name, value in facts.items() if name not in _SHOWN_ELSEWHERE}
        empty = [name for name, value in known.items() if value in (None, "", [], ())]
        return cls(
            about=[(n, v) for n, v in known.items() if n not in empty and n not in _CHAIN],
            chain=[(name, known[name]) for name in _CHAIN if name in known and name not in empty],
            unknown=empty,
        )


@dataclass(slots=True, frozen=True, kw_only=True)
class FacetShown:
    """A facet by ``name``: its values with counts, the first ones and ``more``."""

    name: str
    word: str
    counts: Sequence[FacetCount]
    more: Sequence[FacetCount]


def shown_facets(
    facets: Mapping[str, Sequence[FacetCount]], address: SearchAddress
) -> list[FacetShown]:
    """Return the facets by which the search at *address* can be narrowed further."""
    return [
        FacetShown(
            name=name,
            word=name,
            counts=counts[:_MOST_VALUES],
            more=counts[_MOST_VALUES : _MOST_VALUES + _MOST_MORE],
        )
        for name, counts in facets.items()
        if not address.values.get(name) and len(counts) > 1
    ]


def alarms(sources: Sequence[SourceView]) -> list[SourceView]:
    """Return those of *sources* that somebody should look at."""
    return [one for one in sources if one.health.get("verdict") in _ALARMS]


def cell(source: SourceView, column: str) -> str:
    """Return what the table of health shows of *source* in *column*."""
    known = getattr(source, column, None)
    value = source.health.get(column) if known is None else known
    if value is None or value == "":
        return "–"
    if column in _PAUSES and isinstance(value, int | float):
        return duration(value)
    if column in _MOMENTS:
        return short_moment(value)
    return f"{value:.1f}" if isinstance(value, float) else with_thousands(value)


def sentence(reason: str) -> str:
    """Return what *reason* means, as docs/reasons.md has it; empty for one that it has not."""
    return REASONS[reason].sentence if reason in REASONS else ""


def duration(seconds: float) -> str:
    """Return *seconds* in hours or days."""
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.0f} h"
    return f"{seconds / _DAY:.0f} days"


def places(view: ArticleView) -> list[tuple[str, RecordPlace]]:
    """Return the records of an article: its text, what that was read from, and later pages."""
    named = (("record of the text", view.text_record), ("read from", view.origin))
    found = [(name, place) for name, place in named if place]
    pages = [(f"page {number}", page) for number, page in enumerate(view.pages, start=2)]
    return [*found, *pages]
