"""Whose page it is, and what its service's mark-up tells of it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from crawler.pages import services
from crawler.pages.services.registry import prepared, service_of
from crawler.pages.services.service import Form, ServicePages
from crawler.sources.services import load

ALL = [
    module.PAGES
    for found in pkgutil.iter_modules(services.__path__, f"{services.__name__}.")
    if hasattr(module := importlib.import_module(found.name), "PAGES")
]
HOSTS = [(host, pages) for pages in ALL for host in pages.hosts]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://apnews.com/article/x", "ap"),
        ("https://WWW.APNEWS.COM:443/article/x", "ap"),
        ("https://apnews.com./article/x", "ap"),
        ("https://lite.cnn.com/2024/01/09/x", "cnn"),
        ("https://notapnews.com/article/x", None),
        ("https://apnews.com.example/article/x", None),
        ("https://com/", None),
        ("http://127.0.0.1:8000/apnews.com", None),
        ("http://[", None),
        ("apnews.com", None),
        ("", None),
    ],
)
def test_whose_page_it_is(url: str, key: str | None) -> None:
    pages = service_of(url)
    assert (pages and pages.key) == key


@given(
    labels=st.lists(st.sampled_from(["a", "www", "x-y", "apnews", "cnn", "com", "co"]), max_size=5),
    tail=st.sampled_from([host for host, _ in HOSTS]),
    joint=st.sampled_from([".", "", "-"]),
)
def test_it_is_told_by_the_end_of_the_host(labels: list[str], tail: str, joint: str) -> None:
    host = ".".join(labels) + (joint if labels else "") + tail
    holders = [pages for known, pages in HOSTS if f".{host}".endswith(f".{known}")]
    assert service_of(f"https://{host}/x") in (holders or [None])


@given(url=st.text(max_size=40))
def test_any_text_may_be_asked_for(url: str) -> None:
    assert service_of(url) is None or "." in url


@pytest.mark.parametrize("pages", ALL, ids=lambda pages: pages.key)
def test_each_service_is_a_known_one(pages: ServicePages) -> None:
    service = load()[pages.key]
    assert all(any(domain.endswith(host) for host in pages.hosts) for domain in service.domains)
    assert pages.dateline is None or "mark" in pages.dateline.groupindex
    for form in pages.forms:
        assert form.body or form.drop
        assert not (form.since and form.until) or form.since <= form.until
        for path in filter(None, (form.body, *form.drop)):
            etree.XPath(path)


PAGE = (
    "<html><body><h1>Head</h1><div class='old'>o1<p>o2</p></div>between"
    "<div class='new'>n1<p class='ad'>ad</p>n2<div class='new'>n3</div></div>tail</body></html>"
)
PAGES = ServicePages(
    key="x",
    hosts=("x.example",),
    forms=(
        Form(since="2023-07-11", body="//div[@class='new']", drop=("//*[@class='ad']",)),
        Form(until="2023-07-10", body="//div[@class='old']"),
    ),
)


def after(day: str, page: str = PAGE, pages: ServicePages = PAGES) -> str:
    """Return the texts of the page's body."""
    root = html.document_fromstring(page)
    prepared(root, pages, day)
    (body,) = root.findall("body")
    return "|".join(body.itertext())


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2024-01-01", "n1n2|n3"),
        ("2023-07-11T00:00:00Z", "n1n2|n3"),
        ("", "n1n2|n3"),
        ("2023-07-10", "o1|o2"),
        ("2010-01-01", "o1|o2"),
    ],
)
def test_the_form_of_the_day_counts(day: str, text: str) -> None:
    assert after(day) == text


def test_a_form_whose_body_is_not_on_the_page_is_passed_over() -> None:
    page = PAGE.replace("'new'", "'newest'")
    assert after("", page) == "o1|o2"
    assert after("2024-01-01", page) == "Head|o1|o2|between|n1|ad|n2|n3|tail"


def test_what_is_dropped_leaves_the_text_behind_it() -> None:
    pages = ServicePages(key="x", hosts=(), forms=(Form(drop=("//p", "//h1/@class")),))
    assert after("", pages=pages) == "Head|o1|between|n1n2|n3|tail"


def test_what_is_chosen_stands_in_one_article_in_its_order() -> None:
    pages = ServicePages(key="x", hosts=(), forms=(Form(body="//p | //h1"),))
    root = html.document_fromstring(PAGE)
    prepared(root, pages, "")
    (body,) = root.findall("body")
    assert etree.tostring(body).decode() == (
        '<body><article itemprop="articleBody"><h1>Head</h1><p>o2</p><p class="ad">ad</p>'
        "</article></body>"
    )


def test_a_page_without_a_body_is_left_alone() -> None:
    root = etree.fromstring("<html><div class='new'>n</div></html>")
    prepared(root, PAGES, "")
    assert etree.tostring(root, encoding="unicode") == '<html><div class="new">n</div></html>'
