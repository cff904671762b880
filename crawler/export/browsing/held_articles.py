"""The articles of a ledger, each with those of its texts that can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread, UnreadTextError
from crawler.export.ledger_articles import LedgerArticles
from crawler.export.row_choice import RowChoice
from crawler.text import seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.folder import Archive
    from crawler.export.copy_groups import CopyGroups
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.state.store import Holding, Store


class HeldArticles:
    """Reads articles of *archive*, whose ledger is *store*.

    ``problems`` are what cannot be read of the article that was read last.
    """

    def __init__(self, archive: Archive, store: Store) -> None:
        self.problems: list[Unread] = []
        self._articles = LedgerArticles(archive, store, self.problems.append)
        self.homes = self._articles.homes

    def read(self, held: Holding) -> FoldedArticle | None:
        """Return the article *held* with its texts; None if that which it has cannot be read.

        Raises OSError if the ledger cannot be read.
        """
        return self._whole(self._articles.article(held))

    def read_all(self, copies: CopyGroups) -> Iterator[tuple[Holding, FoldedArticle | None]]:
        """Yield each article that is held, and as `read` has it; add all to *copies*."""
        for article in self._articles.articles(RowChoice(), copies):
            yield article.now.held, self._whole(article)

    def _whole(self, article: FoldedArticle) -> FoldedArticle | None:
        self.problems.clear()
        now = self._text(article.now)
        earlier = tuple(filter(None, map(self._text, article.earlier)))
        return replace(article, now=now, earlier=earlier) if now else None

    def _text(self, text: FoldedText) -> FoldedText | None:
        try:
            found = self._articles.read(text)
            seed.read(found.event.text)
        except (UnreadTextError, seed.SeedFormatError) as error:
            self.problems.append(Unread(f"{text.held.file}: {error}"))
            return None
        return found
