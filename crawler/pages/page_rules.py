"""The page rules of the sources file: which of them hold for an address, and what they do."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from lxml import etree

from crawler.pages.tree import remove_element
from crawler.sources.known_services import services
from crawler.sources.services import NO_PAGE_RULES
from crawler.text.agency_names import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from lxml.etree import _Element

    from crawler.sources.services import PageRules, Service, Template

_LONGEST_HOST = 253  # RFC 1035, 2.3.4
_REGION = f"(?:{'|'.join(map(re.escape, sorted(REGIONS)))})"


@dataclass(frozen=True, slots=True)
class PageRulesByHost:
    """The page rules of all services; can be sent to another process."""

    by_host: Mapping[str, PageRules]

    @classmethod
    def of(cls, services: Iterable[Service]) -> Self:
        """Return the rules of *services*: of two for the same host those of the later service."""
        return cls({host: it.pages for it in services for host in it.pages.hosts})

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Return the rules of all known services, *path* being SOURCES_FILE or empty.

        Raises `crawler.exceptions.BadArgumentError`.
        """
        return services(path).once(cls.of)

    def find(self, url: str) -> PageRules:
        """Return the rules for the host of *url*, or for the nearest above it; else empty ones."""
        try:
            host = (urlsplit(url).hostname or "").rstrip(".")[-_LONGEST_HOST:]
        except ValueError:  # "http://[": no host at all
            return NO_PAGE_RULES
        while host:
            if rules := self.by_host.get(host):
                return rules
            host = host.partition(".")[2]
        return NO_PAGE_RULES

    @property
    def digest(self) -> str:
        """The same 16 hexadecimal digits for the same rules, in each process."""
        return hashlib.sha256(repr(sorted(self.by_host.items())).encode()).hexdigest()[:16]


def boilerplate(rules: PageRules) -> re.Pattern[str] | None:
    """Return the pattern of whole paragraphs that are no part of a story, None if there is none."""
    return re.compile(rules.boilerplate) if rules.boilerplate else None


def dateline(rules: PageRules) -> re.Pattern[str] | None:
    """Return the pattern of a dateline, its group ``mark``; None if there is none."""
    pattern = rules.dateline.replace("{region}", _REGION)
    return re.compile(pattern) if pattern else None


def apply_template(root: _Element, templates: Iterable[Template], day: str) -> None:
    """Cut out of the page below *root* what its template tells is no part of the story.

    *day* is when the page was captured, as ISO 8601, empty if unknown (an old story has the markup
    of the day it is fetched): of the templates that were used then the first whose ``body`` is on
    the page counts.
    """
    for template in templates:
        if template.was_used(day) and _is_on_page(root, template):
            for path in template.drop:
                for element in _elements(root, path):
                    remove_element(element, f"drop = {path!r} of the page rules")
            if template.body:
                _keep(root, _elements(root, template.body))
            return


def _is_on_page(root: _Element, template: Template) -> bool:
    return not template.body or bool(_elements(root, template.body))


def _keep(root: _Element, elements: list[_Element]) -> None:
    """Leave nothing but *elements* in the page's body; one that is inside another stays there."""
    chosen = set(elements)
    outer = [element for element in elements if chosen.isdisjoint(element.iterancestors())]
    body = root.find("body")
    if body is None:
        return
    story = etree.Element("article", itemprop="articleBody")
    for element in outer:
        element.tail = None
        story.append(element)
    body[:] = [story]
    body.text = None


def _elements(root: _Element, path: str) -> list[_Element]:
    found = root.xpath(path)
    return [node for node in found if etree.iselement(node)] if isinstance(found, list) else []
