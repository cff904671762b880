"""A plain HTTP client for looking at a site: no redirects, no retries, headers as they came."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; ``body`` is still content-encoded."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return json.loads(self.body)

    @property
    def total(self) -> int:
        """The X-WP-Total header."""
        return int(self.headers["X-WP-Total"])


def get(
    url: str,
    *,
    method: str = "GET",
    auth: tuple[str, str] | None = None,
    accept_encoding: str | None = None,
    **query: object,
) -> Answer:
    """Request ``url`` with the query added; ``auth`` is user and password for Basic."""
    parts = urlsplit(url)
    given = [parts.query] if parts.query else []
    asked = "&".join([*given, *([urlencode(query)] if query else [])])
    headers = {"Accept-Encoding": accept_encoding} if accept_encoding else {}
    if auth is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, f"{parts.path or '/'}?{asked}".rstrip("?"), headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
