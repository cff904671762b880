"""How far an export is, on the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import RenderableType
from rich.text import Text

from crawler.extensions.terminal_display import Share, ShareBar, TerminalDisplay

if TYPE_CHECKING:
    from crawler.export.article_reader import ArticleReader
    from crawler.export.copy_groups import CopyGroups
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.export.row_choice import RowChoice
    from crawler.sources.wordpress.languages import SiteLanguages

T = TypeVar("T")

_MANY = 20  # files: the thread that shows something keeps processes from being forked


class _Counter:
    """How many articles were read so far."""

    def __init__(self) -> None:
        self.count = 0

    def counted(self, articles: Iterable[T]) -> Iterator[T]:
        for article in articles:
            yield article
            self.add()

    def add(self) -> None:
        self.count += 1


class CountedArticles:
    """The articles of *reader*, which *counter* counts."""

    def __init__(self, reader: ArticleReader, counter: _Counter) -> None:
        self._reader = reader
        self._counter = counter

    @property
    def homes(self) -> Mapping[str, SiteLanguages]:
        return self._reader.homes

    def sources(self) -> list[str]:
        return self._reader.sources()

    def articles(self, choice: RowChoice, copies: CopyGroups) -> Iterator[FoldedArticle]:
        yield from self._counter.counted(self._reader.articles(choice, copies))

    def read(self, text: FoldedText) -> FoldedText:
        return self._reader.read(text)


@contextmanager
def shown(reader: ArticleReader, total: int) -> Iterator[ArticleReader]:
    """Yield *reader*, and show how much of *total* articles was read, 0 if that is unknown."""
    with _shown_count(total) as counter:
        yield CountedArticles(reader, counter) if counter else reader


@contextmanager
def shown_made(articles: Iterable[T]) -> Iterator[Iterable[T]]:
    """Yield *articles*, and show how many were made."""
    with _shown_count(0) as counter:
        yield counter.counted(articles) if counter else articles


@contextmanager
def shown_files(files: int) -> Iterator[Callable[[], None]]:
    """Yield what is called when one of so many *files* was read; of few, nothing is shown."""
    if files < _MANY:
        yield lambda: None
        return
    with _shown_count(files, "WARC files") as counter:
        yield counter.add if counter else lambda: None


@contextmanager
def _shown_count(total: int, label: str = "export") -> Iterator[_Counter | None]:
    counter, began = _Counter(), time.monotonic()

    def render() -> RenderableType:
        if not total:
            return Text(f"export: {counter.count:,} articles read", no_wrap=True)
        share = Share(min(counter.count, total), total, time.monotonic() - began)
        return ShareBar(label, share)

    with TerminalDisplay.shown(render) as is_shown:
        yield counter if is_shown else None
