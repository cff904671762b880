"""The archive that is verified."""

from __future__ import annotations

from tests.checks.crawled import copy, crawled

__all__ = ["copy", "crawled"]
