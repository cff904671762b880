"""The bounds of a site: its registrable domain, all hosts below it, and their ports."""

from __future__ import annotations

from collections.abc import Container, Iterable
from urllib.parse import urlsplit

import tldextract

from crawler.sources.address import address_key

# Use the list in the package, since looking for a newer one would be a request of our own; and its
# private part, since alice.github.io and mallory.github.io are two sites.
_SUFFIXES = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
)
_PORTS = {"http": 80, "https": 443}


def site_domain(url: str) -> str:
    """Return the registrable domain of *url*, its host where there is none (an IP address)."""
    return _SUFFIXES(url).top_domain_under_public_suffix or urlsplit(url).hostname or ""


def on_site(url: str, domains: Iterable[str], ports: Container[int] | None = None) -> bool:
    """Tell whether the host of *url* is one of *domains* or below one, at one of *ports* (any)."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if not any(host == domain or host.endswith(f".{domain}") for domain in domains if domain):
        return False
    return ports is None or _port(url) in ports


def on_sites(url: str, sites: Iterable[str]) -> bool:
    """Tell whether *url* is on one of *sites*, each given by an address there."""
    return any(on_site(url, [site_domain(site)], ports_of([site])) for site in sites)


def same_place(url: str) -> str:
    """Return the form of *url* that is the same with and without TLS, ``www.`` and last slash."""
    key = address_key(url)
    parts = urlsplit(key)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}{parts.path.rstrip('/')}?{parts.query}"


def ports_of(urls: Iterable[str], more: Iterable[int] = ()) -> frozenset[int]:
    """Return the ports of a site: those of the web, those of *urls* and *more*.

    Behind another port of the same host is another service, which nobody asked to be read.
    """
    found = (_port(url) for url in urls)
    return frozenset((*_PORTS.values(), *(port for port in found if port), *more))


def _port(url: str) -> int | None:
    try:
        parts = urlsplit(url)
        return parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
