"""Golden folders: a page in the shape of each service, and the article that a reader sees.

``page.html`` was served at the address in ``url.txt``. ``expected.txt`` is the text in the seed
format, ``metadata.json`` the agency, dateline and authors. Markup is the services' (class names,
the order of elements), news and names are invented; what to expect was written by reading the page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.generic import article
from crawler.pages.page_rules import PageRulesByHost
from crawler.sources.services import NO_PAGE_RULES
from crawler.sources.site import on_site
from crawler.sources.sources_file import load
from crawler.text import seed
from tests.pages.served import page

CASES = sorted((Path(__file__).parent / "golden").iterdir())
SERVICES = load()
RULES = PageRulesByHost.of(SERVICES.values())


def url_of(case: Path) -> str:
    return (case / "url.txt").read_text(encoding="utf-8").strip()


def read(case: Path) -> Article:
    rules = RULES.find(url_of(case))
    response = page((case / "page.html").read_bytes(), url_of(case))
    found = article(response, source="golden", rules=rules)
    fill(found, rules=rules)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_text(case: Path) -> None:
    found = read(case)
    paragraphs = tuple((found.text or "").split("\n"))
    document = seed.SeedDocument(found.date[:10], found.title or "", paragraphs)
    assert seed.write(document).decode() == (case / "expected.txt").read_text(encoding="utf-8")
    assert found.text_incomplete is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_agency_dateline_and_authors(case: Path) -> None:
    found = read(case)
    metadata = {"agency": found.agency, "dateline": found.dateline, "authors": found.authors}
    assert metadata == json.loads((case / "metadata.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_address_is_that_of_a_story(case: Path) -> None:
    url = url_of(case)
    service = next(it for it in SERVICES.values() if on_site(url, it.domains))
    assert case.name.startswith(service.key)
    assert re.search(service.articles, url)
    assert not (service.skip and re.search(service.skip, url))


def test_each_service_whose_pages_are_described_has_a_case() -> None:
    has_case = {
        next(it.key for it in SERVICES.values() if on_site(url_of(case), it.domains))
        for case in CASES
    }
    described = {
        key for key, it in SERVICES.items() if it.articles or it.pages is not NO_PAGE_RULES
    }
    assert described
    assert described <= has_case
