"""The archive that is verified."""

from __future__ import annotations

from tests.archive.crawled import copy, crawled

__all__ = ["copy", "crawled"]
