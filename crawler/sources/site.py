"""The bounds of a site: its registrable domain and all hosts below it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import tldextract

# Use the list in the package, since looking for a newer one would be a request of our own; and its
# private part, since alice.github.io and mallory.github.io are two sites.
_SUFFIXES = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
)


def site_domain(url: str) -> str:
    """Return the registrable domain of *url*, its host where there is none (an IP address)."""
    return _SUFFIXES(url).top_domain_under_public_suffix or urlsplit(url).hostname or ""


def on_site(url: str, domains: Iterable[str]) -> bool:
    """Tell whether the host of *url* is one of *domains* or below one, whatever the port."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in domains if domain)
