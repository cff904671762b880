"""Which service a crawl is of: one of the sources file, or any site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from crawler.exceptions import BadArgumentError
from crawler.sources import catalogue
from crawler.sources.arguments import default_source, site_address
from crawler.sources.catalogue import BadSourcesError, Service, UnknownServiceError
from crawler.sources.site import on_site, site_domain


def service(path: str, key: str, url: str) -> Service:
    """Return the service of *key*, or one for the site at *url*; a known one's rules hold there.

    *path* is the user's own sources file, if there is one. Raises `BadArgumentError`.
    """
    services = _services(path)
    try:
        return catalogue.find(services, key) if key else _at(services, site_address("url", url))
    except UnknownServiceError as error:
        raise BadArgumentError("service", key, str(error)) from None


def _services(path: str) -> Mapping[str, Service]:
    try:
        return catalogue.load(Path(path) if path else None)
    except BadSourcesError as error:
        raise BadArgumentError("SOURCES_FILE", path, str(error)) from None


def _at(services: Mapping[str, Service], site: str) -> Service:
    for known in services.values():
        if on_site(site, known.domains):
            return replace(known, site=site, feeds=(), sitemaps=(), listings=())
    host = default_source(urljoin(site, "/"))
    return Service(key=host, name=host, site=site, domains=(site_domain(site),))
