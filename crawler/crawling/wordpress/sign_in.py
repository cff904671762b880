"""Which credentials a crawl of a site has: those of an entry, those of the environment, or none."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from crawler.exceptions import BadArgumentError
from crawler.settings_reader import SettingsReader
from crawler.sources.known_services import service, services
from crawler.sources.service_hosts import SiteEntries
from crawler.sources.services import Service
from crawler.sources.wordpress.credentials import Credentials


def site_credentials(settings: SettingsReader, site: str) -> Credentials:
    """Return the credentials for a crawl of *site*.

    Those of the entry that CREDENTIALS_OF names, and no others; without that setting those of the
    entry for *site*, else those in the environment. A replay does without those it cannot read.

    Raises `BadArgumentError`.
    """
    known, name = services(settings.SOURCES_FILE), settings.CREDENTIALS_OF
    if name:
        entry: Service | None = service("CREDENTIALS_OF", known, name)
    else:
        entries = known.once(SiteEntries).find(site)
        entry = next((it for it in entries if it.credentials), None)
    if entry and entry.credentials:
        folder = (settings.SOURCES_FILE or Path()).parent
        if settings.ARCHIVE_MODE != "replay":
            return _of_entry(entry, folder)
        with suppress(BadArgumentError):
            return _of_entry(entry, folder)
    if name:
        return Credentials("", "")
    environment = os.environ.get
    return Credentials(environment("WORDPRESS_USER", ""), environment("WORDPRESS_APP_PASSWORD", ""))


def _of_entry(entry: Service, folder: Path) -> Credentials:
    assert entry.credentials
    try:
        user, password = entry.credentials.read(folder)
    except ValueError as error:
        raise BadArgumentError("credentials", f"[{entry.key}]", str(error)) from None
    name = f"the credentials of [{entry.key}] in the sources file"
    return Credentials(user, password, site=entry.site, name=name)
