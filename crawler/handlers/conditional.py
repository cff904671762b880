"""Conditional requests: what the archive holds is not sent again if it has not changed.

RFC 9110, section 13. The answer 304 is archived as a ``revisit`` of the record that holds the page
(WARC/1.1, 6.7.3), and the spider gets that page, as a replay does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from w3lib.http import headers_raw_to_dict

from crawler.archive.folder import WarcPlaces
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.request_meta import CONDITIONAL
from crawler.settings_reader import SettingsReader
from crawler.warc.message import payload, split_head, status
from crawler.warc.reader import record_at
from crawler.warc.records import safe_uri

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

    from crawler.items import RecordRef

_KNOWN = "known_capture"
_VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class ConditionalMiddleware:
    """Makes requests conditional whose pages the archive holds with a validator of the server's.

    Only those that say so in their meta (`CONDITIONAL`). It has to stand where answers are still
    compressed.
    """

    def __init__(self, crawler: Crawler, warcs: Path) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._warcs = warcs
        self._places: WarcPlaces | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = SettingsReader(crawler.settings)
        if settings.ARCHIVE_MODE != "record":
            raise NotConfigured
        return cls(crawler, settings.ARCHIVES_DIR / "warc")

    async def process_request(self, request: Request) -> None:
        if _KNOWN in request.meta:  # and led here, or is sent again
            request.meta.pop(_KNOWN)
            for name in _VALIDATORS.values():
                request.headers.pop(name, None)
        is_own = any(name in request.headers for name in _VALIDATORS.values())
        if not request.meta.get(CONDITIONAL) or request.method != "GET" or is_own:
            return
        store = required(self._crawler, LedgerExtension).store
        ref = store.latest(safe_uri(urldefrag(request.url)[0]))
        if ref is None or (page := await self._read(ref)) is None:
            return
        headers = _headers(page)
        validators = {ours: headers.get(theirs) for theirs, ours in _VALIDATORS.items()}
        found = {name: value for name, value in validators.items() if value}
        if found:
            request.headers.update(found)
            request.meta[_KNOWN] = ref
            self._stats.inc_value("conditional/sent")

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        ref = request.meta.get(_KNOWN)
        if ref is None or response.status != 304:
            return response
        page = await self._read(ref)
        if page is None:  # it was there when the request was made
            again = request.replace(dont_filter=True)
            again.meta[CONDITIONAL] = False
            return again
        self._stats.inc_value("conditional/unmodified")
        headers, body = _headers(page), payload(page)
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        found: Response = kind(
            response.url,
            headers=headers,
            body=body,
            request=request,
            ip_address=response.ip_address,
            protocol=response.protocol,
            certificate=response.certificate,
        )
        return found

    async def _read(self, ref: RecordRef) -> bytes | None:
        store = required(self._crawler, LedgerExtension).store
        places = self._places = self._places or WarcPlaces.of_store(self._warcs, store)
        return await asyncio.to_thread(_page_at, places, ref)


def _page_at(places: WarcPlaces, ref: RecordRef) -> bytes | None:
    """Return the answer in the record *ref*, None if it cannot be read: a file may be elsewhere."""
    try:
        record = record_at(places.find(ref.file), ref)
    except (OSError, LookupError, ValueError):
        return None
    page = bytes(record.block)
    return page if record.type == "response" and status(page) == "200" else None


def _headers(page: bytes) -> Headers:
    lines = split_head(page)[0].partition(b"\n")[2]
    return Headers(headers_raw_to_dict(lines))
