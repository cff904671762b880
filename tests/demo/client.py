"""A plain HTTP client: follows nothing, decodes nothing, raises at no status."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from demo.site import Site

POSTS = "wp-json/wp/v2/posts"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def fetch(
    site: Site,
    path: str = "",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    **query: Any,
) -> Reply:
    """Request ``path``, relative to the home page; ``query`` is added to it encoded."""
    url = urlsplit(urljoin(site.home, path + ("?" + urlencode(query) if query else "")))
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        target = url.path + (f"?{url.query}" if url.query else "")
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def posts(site: Site, **query: Any) -> Reply:
    """List posts; a parameter called ``x_`` is sent as ``_x``."""
    named = {f"_{key[:-1]}" if key.endswith("_") else key: value for key, value in query.items()}
    return fetch(site, POSTS, **named)


def ids(reply: Reply) -> list[int]:
    assert reply.status == 200, reply.body
    return [item["id"] for item in reply.json()]


def basic(user: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
