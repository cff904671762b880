"""The sitemaps that a robots.txt names.

Sources: RFC 9309, section 2.5 (how much of the file is read); the Sitemaps protocol 0.9.
"""

from __future__ import annotations

from itertools import islice

from protego import Protego

from crawler.sources.address import absolute_url, address_key

MOST_SITEMAPS = 1_000

_MOST_BYTES = 512 << 10


def sitemaps(body: bytes | str, url: str) -> list[str]:
    """Return the addresses of the sitemaps that the robots.txt *body* from *url* names."""
    text = body if isinstance(body, str) else body[:_MOST_BYTES].decode("utf-8", "replace")
    named = Protego.parse(text[:_MOST_BYTES].removeprefix("\ufeff")).sitemaps
    once: dict[str, str] = {}
    for address in filter(None, (absolute_url(url, written) for written in named)):
        once.setdefault(address_key(address), address)
    return list(islice(once.values(), MOST_SITEMAPS))
