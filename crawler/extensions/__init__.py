"""What lives as long as a run: each has one extension that owns it."""

from __future__ import annotations

from typing import TypeVar

from scrapy.crawler import Crawler

from crawler.exceptions import BadArgumentError

_T = TypeVar("_T")


def required(crawler: Crawler, extension: type[_T]) -> _T:
    """Return the run's *extension*. Raise `BadArgumentError` if the run has none.

    Call it when all extensions are built, as pipelines and handlers do.
    """
    found = crawler.get_extension(extension)
    if found is None:
        path = f"{extension.__module__}.{extension.__qualname__}"
        raise BadArgumentError("EXTENSIONS", path, "it is missing, and cannot be done without")
    return found
