"""The archive that is verified."""

from __future__ import annotations

from tests.upkeep.crawled import copy, crawled

__all__ = ["copy", "crawled"]
