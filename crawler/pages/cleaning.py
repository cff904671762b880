"""The last step from markup to an article: its clean text, filled in where the markup was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter

from crawler.pages import page_rules
from crawler.sources.services import NO_PAGE_RULES
from crawler.text import agencies
from crawler.text.article import clean

if TYPE_CHECKING:
    from crawler.sources.services import PageRules


def fill(item: Any, *, captions: bool = False, rules: PageRules = NO_PAGE_RULES) -> None:
    """Fill in all that `crawler.text.article.clean` makes of the markup of *item*.

    *item* is an Article, or of any type that itemadapter knows with the same field names; *rules*
    are those for its address. ``text`` stays None if no text is left, ``text_incomplete`` is the
    evidence that it is not the whole.
    """
    adapter = ItemAdapter(item)
    text = clean(
        adapter.get("title_html") or adapter.get("title") or "",
        adapter.get("content_html") or "",
        captions=captions,
        own_boilerplate=page_rules.boilerplate(rules),
        own_dateline=page_rules.dateline(rules),
    )
    own = agencies.full_name(rules.agency) or rules.agency or None
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
    adapter["flags"] = list(dict.fromkeys((*(adapter.get("flags") or ()), *text.flags)))
    if text.incomplete and not adapter.get("text_incomplete"):
        adapter["text_incomplete"] = text.incomplete


def _of_authors(adapter: ItemAdapter) -> str | None:
    return next(filter(None, map(agencies.from_byline, adapter.get("authors") or ())), None)
