"""Answers that declare an encoding which is none."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response

from crawler.sources.charset import with_charset


class CharsetMiddleware:
    """Gives an answer that declares a codec of Python which is no charset a charset.

    Its text could not be read otherwise. It has to stand where answers are decompressed.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        return with_charset(response)
