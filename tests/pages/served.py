"""Pages as a server sends them."""

from __future__ import annotations

from scrapy.http import HtmlResponse

URL = "https://news.example/2024/01/05/storm-closes-the-port/"


def page(
    body: bytes | str, url: str = URL, *, status: int = 200, links: tuple[str, ...] = ()
) -> HtmlResponse:
    """Return the response of a page in UTF-8, with *links* as its Link headers."""
    raw = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": "text/html; charset=utf-8", "Link": list(links)}
    return HtmlResponse(url, status=status, body=raw, headers=headers)
