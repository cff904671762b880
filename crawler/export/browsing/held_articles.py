"""The articles of a ledger, each with the records of its texts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crawler.export.fold import FoldedArticle, FoldedText
from crawler.export.warc_rows import rows
from crawler.text import seed
from crawler.text.seed import SeedFormatError

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.state.store import Holding, Store

_SEARCHED = 2  # events from the place of a text on: a damaged record is one too


@dataclass(frozen=True, slots=True)
class HeldArticle:
    """An article of the ledger, with the texts that can be read; ``lost`` says of others why not.

    Without an ``article`` its newest text is one of those.
    """

    article: FoldedArticle | None
    lost: tuple[str, ...] = ()


def held_article(archive: Archive, store: Store, held: Holding) -> HeldArticle:
    """Return the article *held* with its texts and its life. Raises OSError of the ledger alone."""
    lost: list[str] = []
    texts = [
        text
        for one in (*store.history(held.key, held.source), held)
        if (text := _readable(archive, one, lost))
    ]
    if not texts or texts[-1].held != held:
        return HeldArticle(None, tuple(lost))
    life = tuple(store.events(held.key, held.source))
    return HeldArticle(FoldedArticle(texts[-1], tuple(texts[:-1]), life), tuple(lost))


def _readable(archive: Archive, held: Holding, lost: list[str]) -> FoldedText | None:
    try:
        text = _text(archive, held)
        seed.read(text.event.text)
    except (LookupError, OSError, SeedFormatError) as error:
        lost.append(f"{held.file}: {error}")
        return None
    return text


def _text(archive: Archive, held: Holding) -> FoldedText:
    ref = held.conversion
    if ref is None:
        raise LookupError("it was collected without an archive: there is no record of its text")
    for event in islice(rows(archive.warc(ref.file), start=ref.offset), _SEARCHED):
        if event.is_text and event.record_id == ref.record_id:
            return FoldedText(held, event)
    raise LookupError(f"its text is not at byte {ref.offset} of {ref.file}: run scrapy verify")
