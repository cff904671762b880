"""The request and the message of Scrapy's failures."""

from __future__ import annotations

from scrapy import Request
from twisted.python.failure import Failure


def failed_request(failure: Failure) -> Request:
    """Return the request that failed."""
    request: Request = failure.request  # type: ignore[attr-defined]
    return request


def failure_message(failure: Failure) -> str:
    """Return what failed, and why, on one line."""
    return f"{failed_request(failure).url}: {why_failed(failure)}"


def why_failed(failure: Failure) -> str:
    """Return why a request failed, on one line."""
    return f"{type(failure.value).__name__} {failure.getErrorMessage()}"
