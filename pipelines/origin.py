"""The spider middleware that gives each item the WARC record of its response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from itemadapter import ItemAdapter
from scrapy.http import Response


class OriginMiddleware:
    """Fills ``record`` of every item that has such a field and left it empty."""

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        record = response.meta.get("archive")
        async for output in result:
            if record and ItemAdapter.is_item(output):
                _fill(output, record)
            yield output


def _fill(item: Any, record: Any) -> None:
    adapter = ItemAdapter(item)
    if (isinstance(item, dict) or "record" in adapter.field_names()) and not adapter.get("record"):
        adapter["record"] = record
