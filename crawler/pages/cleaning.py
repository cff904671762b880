"""The last step from markup to an article: its clean text, filled in where the markup was."""

from __future__ import annotations

from typing import Any

from itemadapter import ItemAdapter

from crawler.pages.services.registry import service_of
from crawler.text import agencies
from crawler.text.article import clean


def fill(item: Any, *, captions: bool = False) -> None:
    """Fill in all that `crawler.text.article.clean` makes of the markup of *item*.

    *item* is an Article, or of any type that itemadapter knows with the same field names. Its
    ``text`` stays None if none is left; ``text_incomplete`` says that it is not the whole.
    """
    adapter = ItemAdapter(item)
    service = service_of(adapter.get("url") or "")
    text = clean(
        adapter.get("title_html") or adapter.get("title") or "",
        adapter.get("content_html") or "",
        captions=captions,
        own_boilerplate=service.furniture if service else None,
        own_dateline=service.dateline if service else None,
    )
    own = service and (agencies.full_name(service.agency) or service.agency or None)
    adapter["title"] = text.title
    adapter["text"] = "\n".join(text.paragraphs) or None
    dateline = text.dateline or adapter.get("dateline")
    adapter["dateline"] = dateline
    adapter["syndicated_from"] = text.syndicated_from if text.syndicated_from != own else None
    adapter["agency"] = (
        text.agency
        or (agencies.from_dateline(dateline) if dateline else None)
        or adapter.get("agency")
        or _of_authors(adapter)
        or own
    )
    adapter["flags"] = list(text.flags)
    if text.incomplete and not adapter.get("text_incomplete"):
        adapter["text_incomplete"] = text.incomplete


def _of_authors(adapter: ItemAdapter) -> str | None:
    return next(filter(None, map(agencies.from_byline, adapter.get("authors") or ())), None)
