"""The error of a page that gives no article."""

from __future__ import annotations


class NotAnArticleError(ValueError):
    """A page that is no article, or cannot be read as one.

    ``reason`` is a short stable name, fit for a stats key: ``status``, ``not_html``, ``feed``,
    ``too_big``, ``attributes``, ``depth``, ``listing``, ``soft_error``, ``challenge``, ``no_text``,
    ``no_date``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
