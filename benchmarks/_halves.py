"""Two halves of a folder of pages: one to develop on, one that is looked at last of all.

The rule was written down before work on the pages began, and depends on the publisher alone, so
that no layout is in both halves.
"""

from __future__ import annotations

import hashlib

import tldextract

_SALT = "newsreel 2026-11-29"
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=())


def is_held_back(url: str) -> bool:
    """Tell whether the page at *url* belongs to the half that is looked at last."""
    parts = _SUFFIXES(url)
    publisher = parts.top_domain_under_public_suffix or parts.fqdn or url
    return hashlib.sha256(f"{_SALT} {publisher.lower()}".encode()).digest()[0] % 2 == 1
