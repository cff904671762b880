"""Whose page it is, and what its service's markup tells of it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from crawler.exceptions import BadArgumentError
from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.page_job import PageJob, read_article
from crawler.pages.page_rules import PageRulesByHost, apply_template
from crawler.sources.services import NO_PAGE_RULES, PageRules, Service, Template
from crawler.sources.sources_file import load
from tests.pages.served import page

RULES = PageRulesByHost.load(None)
SERVICES = [service for service in load().values() if service.pages.hosts]


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
    assert RULES.find(url) == (load()[key].pages if key else NO_PAGE_RULES)


@given(
    labels=st.lists(st.sampled_from(["a", "www", "x-y", "apnews", "cnn", "com", "co"]), max_size=5),
    tail=st.sampled_from(sorted(RULES.by_host)),
    joint=st.sampled_from([".", "", "-"]),
)
def test_it_is_told_by_the_end_of_the_host(labels: list[str], tail: str, joint: str) -> None:
    host = ".".join(labels) + (joint if labels else "") + tail
    known = [it for at, it in RULES.by_host.items() if f".{host}".endswith(f".{at}")]
    assert RULES.find(f"https://{host}/x") in (known or [NO_PAGE_RULES])


@given(url=st.text(max_size=40))
def test_any_text_may_be_asked_for(url: str) -> None:
    assert RULES.find(url) == NO_PAGE_RULES or "." in url


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.key)
def test_the_rules_of_a_service_hold_on_its_site(service: Service) -> None:
    hosts = service.pages.hosts
    assert all(any(domain.endswith(host) for host in hosts) for domain in service.domains)
    assert RULES.find(service.site) == service.pages


def test_fifteen_services_have_rules() -> None:
    assert len(SERVICES) == 15


PAGE = (
    "<html><body><h1>Head</h1><div class='old'>o1<p>o2</p></div>between"
    "<div class='new'>n1<p class='ad'>ad</p>n2<div class='new'>n3</div></div>tail</body></html>"
)
TEMPLATES = (
    Template(since="2023-07-11", body="//div[@class='new']", drop=("//*[@class='ad']",)),
    Template(until="2023-07-10", body="//div[@class='old']"),
)


def after(day: str, page: str = PAGE, templates: tuple[Template, ...] = TEMPLATES) -> str:
    """Return the texts of the page's body."""
    root = html.document_fromstring(page)
    apply_template(root, templates, day)
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
def test_the_template_of_the_day_counts(day: str, text: str) -> None:
    assert after(day) == text


def test_a_template_whose_body_is_not_on_the_page_is_passed_over() -> None:
    page = PAGE.replace("'new'", "'newest'")
    assert after("", page) == "o1|o2"
    assert after("2024-01-01", page) == "Head|o1|o2|between|n1|ad|n2|n3|tail"


def test_what_is_dropped_leaves_the_text_behind_it() -> None:
    templates = (Template(drop=("//p", "//h1/@class")),)
    assert after("", templates=templates) == "Head|o1|between|n1n2|n3|tail"


def test_what_is_chosen_stands_in_one_article_in_its_order() -> None:
    root = html.document_fromstring(PAGE)
    apply_template(root, [Template(body="//p | //h1")], "")
    (body,) = root.findall("body")
    assert etree.tostring(body).decode() == (
        '<body><article itemprop="articleBody"><h1>Head</h1><p>o2</p><p class="ad">ad</p>'
        "</article></body>"
    )


def test_a_page_without_a_body_is_left_alone() -> None:
    root = etree.fromstring("<html><div class='new'>n</div></html>")
    apply_template(root, TEMPLATES, "")
    assert etree.tostring(root, encoding="unicode") == '<html><div class="new">n</div></html>'


OWN = r"""
[courier]
name = "The Courier"
site = "https://courier.example/"

[courier.pages]
agency = "Courier News Service"
boilerplate = 'Read this in the app\.|Paid for by .*'
dateline = '(?P<mark>[A-Z][a-z]+, {region})\s*:\s*'
templates = [{ body = "//div[@class='b']" }, { body = "//div[@class='a']" }]

[ap.pages]
agency = "AP of our own"

[lite]
name = "A part of another site"
site = "https://lite.apnews.com/"
domains = ["lite.apnews.com"]
pages = { boilerplate = 'x' }
"""
WORDS = "words that tell of a bridge that was shut for a year and is open again"
STORY = f"""<title>Bridge opens</title><time datetime="2024-01-05">5 January</time>
<h1>Bridge opens</h1><div class="c"><p>Beside {WORDS}, and {WORDS}, and again {WORDS}.</p></div>
<div class="a"><p>Arles, France: The {WORDS}.</p><p>Paid for by a foundation.</p></div>"""


@pytest.fixture
def own(tmp_path: Path) -> PageRulesByHost:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return PageRulesByHost.load(path)


def test_an_own_file_says_how_a_page_is_read(own: PageRulesByHost) -> None:
    response = page(STORY, "https://www.courier.example/2024/bridge")
    job = PageJob.from_response(response, source="courier", rules=own.find(response.url))
    article = read_article(pickle.loads(pickle.dumps(job)))
    assert article.text == f"The {WORDS}."
    assert (article.dateline, article.agency) == ("Arles, France", "Courier News Service")
    without = read_article(PageJob.from_response(response, source="courier"))
    assert without.text
    assert without.text.startswith("Beside")


def test_an_own_file_says_how_a_post_is_cleaned(own: PageRulesByHost) -> None:
    url = "https://courier.example/7"
    html = f"<p>Arles, France: The {WORDS}.</p><p>Read this in the app.</p>"
    article = Article(source="c", guid="7", date="2024-01-05", url=url, content_html=html)
    fill(article, rules=own.find(url))
    assert article.text == f"The {WORDS}."
    assert (article.dateline, article.agency) == ("Arles, France", "Courier News Service")


def test_an_own_entry_replaces_the_rules_that_it_names(own: PageRulesByHost) -> None:
    ours, theirs = RULES.find("https://apnews.com/"), own.find("https://apnews.com/")
    assert theirs == replace(ours, agency="AP of our own")
    assert own.find("https://www.lite.apnews.com/") == PageRules(
        hosts=("lite.apnews.com",), boilerplate="x"
    )


def test_the_same_rules_have_the_same_digest(own: PageRulesByHost) -> None:
    assert PageRulesByHost.load(None) == RULES
    assert pickle.loads(pickle.dumps(own)) == own
    assert PageRulesByHost.load(None).digest == RULES.digest != own.digest


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[ap.pages]\nboilerplate = '('\n", encoding="utf-8")
    with pytest.raises(BadArgumentError, match=r"own\.toml: \[ap\.pages\] boilerplate = '\('"):
        PageRulesByHost.load(path)
