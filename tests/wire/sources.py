"""A sources file that knows the news service by names."""

from __future__ import annotations

from pathlib import Path

from tests.wire.service import Service

_SOURCES = """
[meridian]
name = "Meridian Wire"
site = "{home}/"
domains = ["127.0.0.1"]
feeds = ["{home}/feeds/top.rss", {{ section = "business", url = "{home}/feeds/business.rdf" }}]
sitemaps = ["{home}/sitemaps/news.xml.gz"]
listings = [
    {{ section = "world", url = "{home}/world/" }},
    {{ section = "latest", url = "{home}/latest/" }},
]
skip = '/(?:video|picture)/'

[walled]
name = "Walled Wire"
site = "{home}/"
feeds = ["{home}/feeds/business.rdf"]
forbidden = "Its terms of use (2026-03-01) forbid crawling."

[hosted]
name = "Wire with a hosted feed"
site = "{home}/"
domains = ["127.0.0.1"]
feeds = ["{elsewhere}/feeds/top.rss"]
"""


def sources_file(folder: Path, service: Service) -> Path:
    """Write the sources file into *folder*."""
    file = folder / "sources.toml"
    file.write_text(
        _SOURCES.format(home=service.home, elsewhere=service.elsewhere), encoding="utf-8"
    )
    return file
