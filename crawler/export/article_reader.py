"""What an export reads articles from: the ledger with its archive, or WARC files alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.export.copy_groups import CopyGroups
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.export.row_choice import RowChoice
    from crawler.sources.wordpress.languages import SiteLanguages


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read; ``is_lost``: a text, or bytes that may have held one.

    Else a text is exported without all that belongs to it.
    """

    message: str
    is_lost: bool = True


OnUnread = Callable[[Unread], None]


class UnreadTextError(Exception):
    """A text cannot be read; the message names it, and says why."""


class ArticleReader(Protocol):
    """Reads all that is held in some place."""

    @property
    def homes(self) -> Mapping[str, SiteLanguages]:
        """The languages of sites, as `crawler.export.article_rows.RowContext` has them."""
        ...

    def sources(self) -> list[str]:
        """Return the names of all sources, sorted. Raises OSError."""
        ...

    def articles(self, choice: RowChoice, copies: CopyGroups) -> Iterator[FoldedArticle]:
        """Yield the articles that *choice* may have, in any order, and add all to *copies*.

        Their texts are still to be `read`. Raises OSError.
        """
        ...

    def read(self, text: FoldedText) -> FoldedText:
        """Return *text* with its bytes and all that is told of it. Raises UnreadTextError."""
        ...
