"""Which articles are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.export.article_row import ArticleRow
    from crawler.export.browsing.text_search import TextSearch
    from crawler.state.store import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChoice:
    """The articles that are asked for; of what is empty, all.

    ``first`` and ``end`` are days or times in the publisher's own time: from then on, and before
    then. ``languages`` are tags or primary subtags (BCP 47), ``licences`` names, both in lower
    case; ``search`` looks for words. With ``one_of_copies`` the earliest of each copy group is
    taken of what is asked for.
    """

    sources: frozenset[str] = frozenset()
    first: str = ""
    end: str = ""
    languages: frozenset[str] = frozenset()
    licences: frozenset[str] = frozenset()
    search: TextSearch | None = None
    one_of_copies: bool = False

    def may_have(self, held: Holding) -> bool:
        """Tell whether what is known of *held* without its records is asked for."""
        if self.sources and held.source not in self.sources:
            return False
        return held.date >= self.first and (not self.end or held.date < self.end)

    def has(self, row: ArticleRow) -> bool:
        """Tell whether *row*, whose `Holding` is asked for, is."""
        names = {(name or "").lower() for name in (row.language, row.language_tag)}
        if self.languages and not names & self.languages:
            return False
        if self.licences and (row.licence or "").lower() not in self.licences:
            return False
        return self.search is None or self.search.finds(row.title, row.text)
