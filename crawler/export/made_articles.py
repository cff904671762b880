"""Articles made of what WARC files say, with their rows: one pure function for every engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.export.fold import FoldedText, fold
from crawler.export.packed_events import unpacked, unpacked_text
from crawler.export.row_maker import RowMaker
from crawler.export.row_spool import SpooledRow, spooled
from crawler.text import minhash, seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.export.article_reader import Unread
    from crawler.export.row_maker import Wanted
    from crawler.sources.wordpress.languages import SiteLanguages
    from crawler.state.store import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeArticle:
    """An article: what is ``held`` of it, the ``sketch`` of its text, and the ``rows`` wanted.

    ``copy_of`` is the key of what its record says it is a copy of. ``unread`` is what could not be
    read of it.
    """

    held: Holding
    sketch: bytes
    rows: list[SpooledRow] = field(default_factory=list)
    copy_of: str = ""
    unread: list[Unread] = field(default_factory=list)


def made_articles(
    events: Iterable[tuple[bytes, bytes]], wanted: Wanted, homes: Mapping[str, SiteLanguages]
) -> Iterator[MadeArticle]:
    """Yield the articles that the packed *events* of one group of keys tell.

    *events* are ``data`` and ``text`` of `crawler.export.packed_events.PackedEvent`, of files in
    their order.
    """
    unread: list[Unread] = []
    maker = RowMaker(wanted, homes, _read, unread.append)
    for article in fold(unpacked(data, text) for data, text in events):
        held, sketch = article.now.held, _sketch(article.now)
        if not wanted.choice.may_have(held):
            yield MadeArticle(held=held, sketch=sketch)
            continue
        rows = maker.rows(article)
        yield MadeArticle(
            held=held,
            sketch=sketch,
            rows=[spooled(row, held, is_earlier=place > 0) for place, row in enumerate(rows)],
            copy_of=(rows[0].copy_of or "") if rows else "",
            unread=unread.copy(),
        )
        unread.clear()


def _read(text: FoldedText) -> FoldedText:
    return FoldedText(text.held, unpacked_text(text.event))


def _sketch(text: FoldedText) -> bytes:
    try:
        return minhash.sketch(seed.read(_read(text).event.text).paragraphs)
    except seed.SeedFormatError:
        return b""  # who asks for it is told so when its row is made
