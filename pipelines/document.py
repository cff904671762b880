"""An item as the document that its text file holds."""

from __future__ import annotations

from functools import lru_cache

from itemadapter import ItemAdapter

from crawler.archive.copies import Text
from crawler.text.fingerprint import text_digest
from crawler.text.minhash import sketch
from crawler.text.seed import SeedDocument, write

_UNDER_WAY = 256
"""Items between the first pipeline that asks and the last one."""


def document(adapter: ItemAdapter) -> bytes:
    """Return the bytes of a cleaned item's text file, in the seed format."""
    return _written(adapter["date"][:10], adapter.get("title") or "", adapter["text"] or "")


def digest(adapter: ItemAdapter) -> bytes:
    """Return the fingerprint of a cleaned item's text."""
    return _digest(adapter["title"] or "", adapter["text"])


def text(adapter: ItemAdapter) -> Text:
    """Return what copies of a cleaned item's text are found by."""
    return Text(digest(adapter), _sketch(adapter["text"]))


@lru_cache(maxsize=_UNDER_WAY)
def _written(date: str, title: str, text: str) -> bytes:
    paragraphs = tuple(text.split("\n")) if text else ()
    return write(SeedDocument(date=date, title=title, paragraphs=paragraphs))


@lru_cache(maxsize=_UNDER_WAY)
def _digest(title: str, text: str) -> bytes:
    return text_digest(title, text.split("\n"))


@lru_cache(maxsize=_UNDER_WAY)
def _sketch(text: str) -> bytes:
    return sketch(text.split("\n"))
