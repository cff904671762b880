"""What is in an export, counted while it is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.export.article_row import ArticleRow


def counted(number: int, what: str) -> str:
    """Return *number* of *what*, e.g. ``1 article``, ``2,022 articles``."""
    return f"{number:,} {what}{'s' if number != 1 else ''}"


@dataclass(slots=True)
class ExportCounts:
    """Counts of the rows of articles, and how many ``history`` rows and ``files`` there are.

    ``sources`` counts by source, the others by what they are called; articles without a language or
    licence are counted under an empty one.
    """

    articles: int = 0
    history: int = 0
    files: int = 0
    copies: int = 0
    incomplete: int = 0
    gone: int = 0
    first: str = ""
    last: str = ""
    sources: Counter[str] = field(default_factory=Counter)
    years: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    extractors: Counter[str] = field(default_factory=Counter)

    def add(self, row: ArticleRow) -> None:
        """Count *row*."""
        day = row.day.isoformat()
        self.articles += 1
        self.copies += row.is_copy
        self.incomplete += row.incomplete is not None
        self.gone += row.gone is not None
        self.first = min(self.first or day, day)
        self.last = max(self.last, day)
        self.sources[row.source] += 1
        self.years[day[:4]] += 1
        self.languages[row.language or ""] += 1
        self.licences[row.licence or ""] += 1
        self.extractors[row.extractor or ""] += 1
