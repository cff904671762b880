"""The language that a page is in, with its region where that is known: ``en_GB``, ``de``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages.linked_data import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_LOCALE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_](?P<region>[a-z]{2}))?", re.IGNORECASE
)
_IN_PATH = re.compile(r"/([a-z]{2}-[a-z]{2})/")
_COUNTRIES = ("au", "ca", "ie", "in", "ke", "my", "ng", "nz", "ph", "pk", "sg", "us", "za", "zw")
_DOMAINS = {"uk": "GB"} | {country: country.upper() for country in _COUNTRIES}


def locale(metadata: PageMetadata, node: Node, url: str) -> str:
    """Return the locale of the page at *url*, empty if it names none.

    The first language named counts, and the first region named with it. English without one has
    that of the country whose domain the page is in.
    """
    language = ""
    for name in _named(metadata, node, url):
        found = _LOCALE.fullmatch(name.strip())
        if found is None or (language and found["language"].lower() != language):
            continue
        language = found["language"].lower()
        if region := found["region"]:
            return f"{language}_{region.upper()}"
    host = urlsplit(url).hostname or ""
    region = _DOMAINS.get(host.rpartition(".")[2], "") if language == "en" else ""
    return f"{language}_{region}" if region else language


def _named(metadata: PageMetadata, node: Node, url: str) -> Iterator[str]:
    yield metadata.language
    yield from strings(node.get("inLanguage"), "alternateName", "name")
    yield metadata.first("content-language")
    yield from metadata.every("og:locale")
    yield from _IN_PATH.findall(urlsplit(url).path.lower())[:1]
