"""An exchange to build records from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crawler.warc.exchange import Exchange

STARTED = datetime(2024, 4, 11, 8, 30, 0, 123_456, tzinfo=UTC)
REQUEST = b"GET /a HTTP/1.1\r\nHost: news.test\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nok"


def exchange(**changes: Any) -> Exchange:
    """Return a whole exchange over TLS, with *changes*."""
    fields: dict[str, Any] = {
        "uri": "https://news.test/a",
        "method": "GET",
        "started": STARTED,
        "request": REQUEST,
        "response": RESPONSE,
        "ip_address": "198.51.100.7",
        "tls": "TLSv1.3",
    }
    return Exchange(**fields | changes)
