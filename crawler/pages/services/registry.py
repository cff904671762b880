"""Which pages are those of a known service, and what is done to them before they are read.

Each module beside this one describes one service as its ``PAGES``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from crawler.pages import services
from crawler.pages.services.service import ServicePages
from crawler.pages.text_density import cut

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.services.service import Form

_LONGEST_HOST = 253  # RFC 1035, 2.3.4


def service_of(url: str) -> ServicePages | None:
    """Return the service whose pages are at the host of *url*, None if no known one's are."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")[-_LONGEST_HOST:]
    except ValueError:  # "http://[": no host at all
        return None
    known = _by_host()
    while host:
        if pages := known.get(host):
            return pages
        host = host.partition(".")[2]
    return None


def prepared(root: _Element, pages: ServicePages, day: str) -> None:
    """Cut out of the page below *root* what the service's mark-up tells is none of the story.

    *day* is when the page was captured, as ISO 8601, empty if unknown (an old story has the mark-up
    of the day it is fetched): of the forms that held on it the newest whose ``body`` is on the
    page counts.
    """
    for form in pages.forms:
        if form.held(day) and _is_made_so(root, form):
            for path in form.drop:
                for element in _found(root, path):
                    cut(element)
            if form.body:
                _keep(root, _found(root, form.body))
            return


def _is_made_so(root: _Element, form: Form) -> bool:
    return not form.body or bool(_found(root, form.body))


def _keep(root: _Element, elements: list[_Element]) -> None:
    """Leave of the page's body but *elements*, those in others of them where they are."""
    chosen = set(elements)
    outer = [it for it in elements if chosen.isdisjoint(it.iterancestors())]
    body = root.find("body")
    if body is None:
        return
    story = etree.Element("article", itemprop="articleBody")
    for element in outer:
        element.tail = None
        story.append(element)
    body[:] = [story]
    body.text = None


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path)


def _found(root: _Element, path: str) -> list[_Element]:
    found = _compiled(path)(root)
    return [it for it in found if etree.iselement(it)] if isinstance(found, list) else []


@cache
def _by_host() -> dict[str, ServicePages]:
    known = {}
    for module in pkgutil.iter_modules(services.__path__, f"{services.__name__}."):
        pages = getattr(importlib.import_module(module.name), "PAGES", None)
        if isinstance(pages, ServicePages):
            known.update(dict.fromkeys(pages.hosts, pages))
    return known
