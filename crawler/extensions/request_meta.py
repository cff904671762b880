"""Keys in the meta of requests, which crawls set and handlers read."""

from __future__ import annotations

CONDITIONAL = "conditional"
"""The request may be made conditional: its page is read again in every run."""

ROBOTS = "robots"
"""It is for a robots.txt, of which the beginning alone is read: how many bytes came."""
