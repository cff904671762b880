"""An article of the ledger as the tables of ``corpus.sqlite`` have it."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crawler.export.article_row import ArticleRow
from crawler.export.article_rows import article_row, history_rows
from crawler.export.browsing.corpus_writer import StoredArticle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.export.article_rows import RowContext
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.items import RecordRef
    from crawler.state.store import LifeEvent

_OF_THE_TEXT = (
    *("title", "text", "text_sha256", "extractor", "captured", "extracted"),
    *("warc_file", "warc_offset", "warc_record_id"),
    *("origin_file", "origin_offset", "origin_record_id"),
)
_OF_THE_GROUP = ("copy_group", "is_copy")
_COLUMNS = tuple(f.name for f in fields(ArticleRow) if f.name not in ("text", *_OF_THE_GROUP))
_ABSENCE = ("missing", "gone", "back")
_MOST_PAGES = 1_000


def stored(article: FoldedArticle, context: RowContext) -> StoredArticle:
    """Return *article* for the tables. Raises SeedFormatError if a text is no text file."""
    row = article_row(article, context)
    rows = [*history_rows(article, context), row]
    columns = {name: _value(getattr(row, name)) for name in _COLUMNS}
    return StoredArticle(
        columns=columns | {"absent": _absent(article.life), "earliest": article.now.held.published},
        texts=[_text(row, text) for row, text in zip(rows, article.texts, strict=True)],
        held=len(rows) - 1,
        events=[_event(event) for event in article.life],
    )


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _text(row: ArticleRow, text: FoldedText) -> dict[str, Any]:
    held = text.held
    return {name: _value(getattr(row, name)) for name in _OF_THE_TEXT} | {
        "modified": held.modified or None,
        "warc_length": _length(held.conversion),
        "origin_length": _length(held.origin),
        "pages": json.dumps(_pages(text.event.content.get("pages"))),
    }


def _length(ref: RecordRef | None) -> int | None:
    return ref.length if ref else None


def _pages(pages: object) -> list[dict[str, Any]]:
    """Return the places of the records of later pages; those of texts are valid."""
    found = pages[:_MOST_PAGES] if isinstance(pages, list) else []
    return [
        {name: page[name] for name in ("record_id", "file", "offset", "length")} for page in found
    ]


def _absent(life: Sequence[LifeEvent]) -> str | None:
    last = next((event.kind for event in reversed(life) if event.kind in _ABSENCE), "back")
    return None if last == "back" else last


def _event(event: LifeEvent) -> dict[str, Any]:
    return {"kind": event.kind, "at": event.at, "alias": event.alias, "detail": event.detail}
