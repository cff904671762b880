"""What makes the articles of WARC files, on this machine or a cluster, by the same functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.export.made_articles import MadeArticle
    from crawler.export.row_maker import Wanted


class WarcEngine(Protocol):
    """Has read WARC files, and makes the articles that they tell."""

    @property
    def left_out(self) -> int:
        """How many files are left out, since they kill who reads them."""
        ...

    def sources(self) -> list[str]:
        """Return the names of all sources, sorted."""
        ...

    def articles(self, wanted: Wanted) -> Iterator[MadeArticle]:
        """Yield all articles, with the rows that are *wanted*, in any order. Raises OSError."""
        ...

    def close(self) -> None:
        """Give back what reading took."""
        ...
