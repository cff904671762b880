"""The services that a crawl may name, with errors that name argument, value and fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import default_source, site_address
from crawler.sources.service_hosts import LinkPageOwners, ServiceHosts, SiteEntries
from crawler.sources.services import Service, UnknownServiceError, find
from crawler.sources.site import site_domain
from crawler.sources.sources_file import BadSourcesError, KnownServices, load


def requested_service(known: KnownServices, key: str, url: str) -> Service:
    """Return that of the *known* services which *key* names, or one for the site at *url*.

    The rules of a known service apply to its site, and to its feeds and sitemaps wherever they are.

    Raises `BadArgumentError`.
    """
    return service("service", known, key) if key else _service_at(known, site_address("url", url))


def source_of_site(known: KnownServices, site: str) -> str:
    """Return the name that an entry gives to the WordPress *site*, empty if none does."""
    entries = known.once(SiteEntries).find(site)
    return next((it.source for it in entries if it.source and it.spider == "wordpress"), "")


def _service_at(known: KnownServices, site: str) -> Service:
    if one := known.once(ServiceHosts).find(site) or known.once(LinkPageOwners).find(site):
        source = one.source_name
        return replace(one, site=site, source=source, feeds=(), sitemaps=(), listings=())
    host = default_source(urljoin(site, "/"))
    return Service(key=host, name=host, site=site, domains=(site_domain(site),))


def services(path: Path | None) -> KnownServices:
    """Return all services, *path* being SOURCES_FILE or none. Raises `BadArgumentError`."""
    try:
        return load(path)
    except BadSourcesError as error:
        raise BadArgumentError("SOURCES_FILE", str(path), str(error)) from None


def licences(known: KnownServices) -> dict[str, str]:
    """Return the licences that entries of *known* name, by source."""
    entries = (known[key] for key in known)
    return {entry.source_name: entry.license for entry in entries if entry.license}


def service(name: str, known: Mapping[str, Service], key: str) -> Service:
    """Return the one of *known* that *key* names. Raises `BadArgumentError`."""
    try:
        return find(known, key)
    except UnknownServiceError as error:
        raise BadArgumentError(name, key, str(error)) from None
