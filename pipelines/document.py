"""An item as the document that its text file holds."""

from __future__ import annotations

from itemadapter import ItemAdapter

from crawler.text.seed import SeedDocument, write


def document(adapter: ItemAdapter) -> bytes:
    """Return the bytes of a cleaned item's text file, in the seed format."""
    return write(
        SeedDocument(
            date=adapter["date"][:10],
            title=adapter.get("title") or "",
            paragraphs=tuple(adapter["text"].split("\n")) if adapter["text"] else (),
        )
    )
