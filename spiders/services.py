"""Which service a crawl is of: one of the sources file, or any site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from crawler.sources.arguments import default_source, service, services, site_address
from crawler.sources.services import Service
from crawler.sources.site import on_site, site_domain


def chosen(path: Path | None, key: str, url: str) -> Service:
    """Return the service of *key*, or one for the site at *url*; a known one's rules hold there.

    *path* is the user's own sources file, if there is one. Raises `BadArgumentError`.
    """
    known = services(path)
    return service("service", known, key) if key else _at(known, site_address("url", url))


def _at(services: Mapping[str, Service], site: str) -> Service:
    for known in services.values():
        if on_site(site, known.domains):
            return replace(known, site=site, feeds=(), sitemaps=(), listings=())
    host = default_source(urljoin(site, "/"))
    return Service(key=host, name=host, site=site, domains=(site_domain(site),))
