"""The rows that are asked for, of articles whose texts are read one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread, UnreadTextError
from crawler.export.article_rows import RowContext, text_row
from crawler.text.seed import SeedFormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.export.article_reader import OnUnread
    from crawler.export.article_row import ArticleRow
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.export.row_choice import RowChoice
    from crawler.sources.wordpress.languages import SiteLanguages


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: which articles, and whether with their *history*.

    ``licences`` are those of sources.
    """

    choice: RowChoice
    history: bool = False
    licences: Mapping[str, str] = field(default_factory=dict)


class RowMaker:
    """Makes the rows that are *wanted* of texts that *read* reads, where sites have *homes*.

    *on_unread* is called for what cannot be read.
    """

    def __init__(
        self,
        wanted: Wanted,
        homes: Mapping[str, SiteLanguages],
        read: Callable[[FoldedText], FoldedText],
        on_unread: OnUnread,
    ) -> None:
        self._wanted = wanted
        self._context = RowContext(homes, wanted.licences)
        self._read = read
        self._on_unread = on_unread

    def rows(self, article: FoldedArticle) -> list[ArticleRow]:
        """Return the row of *article* and then those of its earlier texts, if it is wanted."""
        row = self._row(article, article.now, len(article.earlier))
        if row is None or not self._wanted.choice.has(row):
            return []
        earlier = enumerate(article.earlier if self._wanted.history else ())
        made = [self._row(article, text, number) for number, text in earlier]
        return [row, *filter(None, made)]

    def _row(self, article: FoldedArticle, text: FoldedText, revisions: int) -> ArticleRow | None:
        """Return the row of *text*; None if it cannot be read."""
        try:
            return text_row(self._read(text), article, revisions, self._context)
        except UnreadTextError as error:
            self._on_unread(Unread(str(error)))
        except SeedFormatError as error:
            place = f"{text.event.file}, byte {text.event.offset}"
            self._on_unread(Unread(f"{text.held.file} ({place}) is no text: {error}"))
        return None
