"""The body of an archived answer, as the extraction would read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy.http import HtmlResponse, TextResponse

from crawler.pages.stored_response import SkippedError, response_of

if TYPE_CHECKING:
    from crawler.export.web.shown_capture import ReadBody
    from crawler.warc.reader import Record


@dataclass(slots=True, frozen=True)
class ArchivedBody:
    """A body: its text, and whether it is a page."""

    is_html: bool
    text: str


def body_reader(max_size: int) -> ReadBody:
    """Return what reads bodies of *max_size* bytes at most."""

    def read_body(record: Record, url: str, /) -> ArchivedBody | None:
        try:
            response = response_of(record, url, max_size, of_any_type=True)
        except SkippedError:
            return None
        text = response.text if isinstance(response, TextResponse) else ""
        return ArchivedBody(isinstance(response, HtmlResponse), text)

    return read_body
