"""An answer that links stories: which kind of page it is, and all that parsing it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.sources.sniffing import document_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = {
    **dict.fromkeys(("feed", "json_feed"), "feed"),
    **dict.fromkeys(("sitemap", "addresses", "gzip"), "sitemap"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """An answer of ``kind`` feed, sitemap or listing, fit to be sent to another process.

    ``encoding`` is what a page of text is in, empty for other answers. ``articles``, ``skip`` and
    ``domains`` are as `crawler.sources.listings.read` takes them.
    """

    kind: str
    url: str
    body: bytes
    content_type: str = ""
    encoding: str = ""
    articles: str = ""
    skip: str = ""
    domains: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        response: Response,
        kind: str,
        *,
        articles: str = "",
        skip: str = "",
        domains: Iterable[str] = (),
    ) -> Self:
        """Return the answer of *kind* in *response*."""
        return cls(
            kind=kind,
            url=response.url,
            body=response.body,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            encoding=response.encoding if isinstance(response, TextResponse) else "",
            articles=articles,
            skip=skip,
            domains=tuple(domains),
        )

    @property
    def page(self) -> HtmlResponse:
        """The answer as a page of HTML."""
        return HtmlResponse(self.url, body=self.body, encoding=self.encoding or "utf-8")

    def __str__(self) -> str:
        return self.url


def link_page_kind(response: Response) -> str | None:
    """Return which link page *response* is: feed or sitemap, None if it is neither."""
    return _KINDS.get(document_kind(response.body))
