"""How far an export is, on the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from crawler.extensions.terminal_display import Share, ShareBar, TerminalDisplay

if TYPE_CHECKING:
    from crawler.export.article_reader import ArticleReader
    from crawler.export.copy_groups import CopyGroups
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.export.row_choice import RowChoice
    from crawler.sources.wordpress.languages import SiteLanguages


class CountedArticles:
    """The articles of *reader*; ``count`` is how many were read so far."""

    def __init__(self, reader: ArticleReader) -> None:
        self._reader = reader
        self.count = 0

    @property
    def homes(self) -> Mapping[str, SiteLanguages]:
        return self._reader.homes

    def sources(self) -> list[str]:
        return self._reader.sources()

    def articles(self, choice: RowChoice, copies: CopyGroups) -> Iterator[FoldedArticle]:
        for article in self._reader.articles(choice, copies):
            yield article
            self.count += 1

    def read(self, text: FoldedText) -> FoldedText:
        return self._reader.read(text)


@contextmanager
def shown(reader: ArticleReader, total: int) -> Iterator[ArticleReader]:
    """Yield *reader*, and show how much of *total* articles was read, 0 if that is unknown."""
    counted, began = CountedArticles(reader), time.monotonic()

    def render() -> RenderableType:
        if not total:
            return Text(f"export: {counted.count:,} articles read", no_wrap=True)
        share = Share(min(counted.count, total), total, time.monotonic() - began)
        return ShareBar("export", share)

    with TerminalDisplay.shown(render) as is_shown:
        yield counted if is_shown else reader
