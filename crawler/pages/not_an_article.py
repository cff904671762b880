"""The error of a page that gives no article."""

from __future__ import annotations


class NotAnArticleError(ValueError):
    """A page that is no article, or cannot be read as one.

    ``reason`` is a short stable name, fit for a stats key: ``status``, ``not_html``, ``feed``,
    ``too_big``, ``attributes``, ``depth``, ``listing``, ``soft_error``, ``challenge``,
    ``no_story`` (it is of another kind), ``no_text``, ``no_date``. ``evidence`` is what was seen,
    in words, empty where the reason says all.
    """

    def __init__(self, reason: str, evidence: str = "") -> None:
        super().__init__(reason, evidence)
        self.reason = reason
        self.evidence = evidence

    def __str__(self) -> str:
        return f"{self.reason}: {self.evidence}" if self.evidence else self.reason
