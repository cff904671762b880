"""The fields that every article needs, checked."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from itemadapter import ItemAdapter

from crawler.exceptions import InvalidArticle, ProtectedArticle

_SCHEMES = ("http://", "https://", "file:///")
_LONGEST_URL = 8192
_LONGEST_DATE = 64  # letters: indexes of a ledger hold it, and have room for a few of those
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NEEDED = ("source", "date", "url")
_LISTS = ("authors", "categories", "tags")
_TEXTS = (
    *("title_html", "content_html", "date_gmt", "modified", "modified_gmt", "language"),
    *("title", "text", "text_incomplete", "key", "warc_date"),
)
# The pipelines fill these in: an item type with fixed fields has to have them.
_FILLED = (
    *("title", "text", "text_incomplete", "dateline", "syndicated_from", "agency", "copy_of"),
    *("flags", "ordinal", "key", "file"),
)


class ValidatePipeline:
    """Drops an item that is not an article, naming the field.

    An item is a `crawler.items.Article`, or a dict or any other type that itemadapter knows
    with the same field names.
    """

    def process_item(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        for name in _NEEDED:
            if not isinstance(adapter.get(name), str) or not adapter[name].strip():
                raise InvalidArticle(f"{_label(adapter)}: {name} is {adapter.get(name)!r}")
        if not isinstance(adapter.get("guid"), str) or not (adapter["guid"] or adapter.get("key")):
            raise InvalidArticle(f"{_label(adapter)}: guid is {adapter.get('guid')!r}")
        self._check_url(adapter)
        self._check_day(adapter)
        self._check_fields(item, adapter)
        self._check_types(adapter)
        if adapter.get("protected"):
            raise ProtectedArticle(f"{_label(adapter)} asks for a password")
        return item

    def _check_url(self, adapter: ItemAdapter) -> None:
        """Refuse an unusual address: it becomes a WARC header, whose length readers limit."""
        url = adapter["url"]
        if not url.startswith(_SCHEMES) or len(url) > _LONGEST_URL:
            raise InvalidArticle(f"{_label(adapter)} is no web address of a usual length")

    def _check_day(self, adapter: ItemAdapter) -> None:
        try:
            if not _DAY.match(adapter["date"]) or len(adapter["date"]) > _LONGEST_DATE:
                raise ValueError
            date.fromisoformat(adapter["date"][:10])
        except ValueError:
            raise InvalidArticle(
                f"{_label(adapter)}: date is {adapter['date'][:200]!r}, expected YYYY-MM-DD…"
            ) from None

    def _check_types(self, adapter: ItemAdapter) -> None:
        """Refuse what later steps would fail on, or take to pieces; a lone name becomes a list."""
        for name in _LISTS:
            value = adapter.get(name)
            if isinstance(value, str):
                adapter[name] = [value] if value.strip() else []
            elif isinstance(value, tuple):
                adapter[name] = list(value)
            elif value is not None and not isinstance(value, list):
                raise InvalidArticle(f"{_label(adapter)}: {name} is {value!r}, expected a list")
            if not all(isinstance(one, str) for one in adapter.get(name) or ()):
                raise InvalidArticle(f"{_label(adapter)}: {name} is {value!r}, expected texts")
        for name in _TEXTS:
            if not isinstance(adapter.get(name), str | None):
                raise InvalidArticle(
                    f"{_label(adapter)}: {name} is {adapter[name]!r}, expected a text"
                )

    def _check_fields(self, item: Any, adapter: ItemAdapter) -> None:
        if isinstance(item, dict):
            return
        missing = set(_FILLED) - set(adapter.field_names())
        if missing:
            raise InvalidArticle(
                f"{type(item).__qualname__} has no field {sorted(missing)}: "
                "add them, or inherit from crawler.items.Article"
            )


def _label(adapter: ItemAdapter) -> str:
    return str(adapter.get("url") or adapter.get("guid") or "an item without url")
