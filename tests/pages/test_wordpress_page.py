"""A WordPress page gives what the REST API gives of the same post."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse

from crawler.pages import generic
from crawler.text.article import clean
from tests.pages.served import page

GOLDEN = Path(__file__).parents[1] / "text" / "golden"
# A page is cut by what these leave open or close too much, in a browser too; the last is a page.
UNBALANCED = {"unbalanced", "wpautop-in-script", "whole-document", "comments-and-instructions"}
CASES = sorted(case for case in GOLDEN.iterdir() if case.name not in UNBALANCED)
URL = "https://island.example/2024/01/31/ferry/"
THEME = """<!DOCTYPE html><html lang="en-US"><head><title>Ferry &#8211; Island</title>
<link rel="https://api.w.org/" href="https://island.example/wp-json/">
<link rel="shortlink" href="https://island.example/?p=7">
<script type="application/ld+json">{{"@type": "Article", "headline": "Ferry",
"datePublished": "2024-01-31T08:30:00+00:00", "dateModified": "2024-01-31T09:00:00+00:00"}}</script>
</head><body class="post-template-default single single-post postid-7"><main>
<article id="post-7" class="post-7 post type-post hentry"><h1 class="entry-title">Ferry</h1>
<time class="entry-date published" datetime="2024-01-31T10:30:00+02:00">January 31</time>
<time class="updated" datetime="2024-01-31T11:00:00+02:00">January 31</time>
<div class="{content}">
{html}
</div><footer><a rel="category tag" href="/c">Sea</a><a rel="tag" href="/t">ferry</a></footer>
</article>
<aside><article class="post-6 post type-post hentry"><div class="entry-content"><p>Another post, on
another day, of which a theme shows no more than this at the foot of the page.</p></div></article>
</aside></main></body></html>"""


def themed(html: str, content: str = "entry-content") -> HtmlResponse:
    return page(THEME.format(html=html, content=content), URL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_content_is_read_as_the_rest_api_gives_it(case: Path) -> None:
    lead = "<p>The ferry did not sail, and those who had waited since noon walked home again.</p>"
    html = lead + (case / "input.html").read_bytes().decode()
    found = generic.article(themed(html), source="island")
    assert clean("", found.content_html).paragraphs == clean("", html).paragraphs


@pytest.mark.parametrize(
    "content", ["entry-content wp-block-post-content", "wp-block-post-content is-layout-flow"]
)
def test_identity_and_terms_are_those_of_the_post(content: str) -> None:
    found = generic.article(themed("<p>The ferry sailed.</p>" * 9, content), source="island")
    assert found.guid == "https://island.example/?p=7"
    assert (found.date, found.date_gmt) == ("2024-01-31T10:30:00", "2024-01-31T08:30:00")
    assert (found.modified, found.modified_gmt) == ("2024-01-31T11:00:00", "2024-01-31T09:00:00")
    assert (found.categories, found.tags) == (["Sea"], ["ferry"])


def test_comments_that_are_called_content_too() -> None:
    """The theme Twenty Twenty calls them so."""
    comment = '<div class="comment-content entry-content"><p>{}</p></div>'
    said = "I have waited for the ferry since noon, and nobody told me that it would not sail."
    html = themed("<p>The ferry sailed.</p>").text.replace(
        "<footer>", f"<div class=comments>{comment.format(said) * 2}</div><footer>"
    )
    assert generic.article(page(html, URL), source="island").content_html.count("<p>") == 1


def test_the_shortlink_may_come_as_a_header() -> None:
    html = THEME.replace('<link rel="shortlink" href="https://island.example/?p=7">', "")
    body = html.format(
        html="<p>The ferry sailed with all on board.</p>" * 5, content="entry-content"
    )
    links = (
        '<https://island.example/wp-json/>; rel="https://api.w.org/"',
        "<https://island.example/?p=7>; rel=shortlink",
    )
    found = generic.article(page(body, URL, links=links), source="island")
    assert found.guid == "https://island.example/?p=7"


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/?p=7", "https://island.example/?page_id=7", "http://[/?p=7"],
)
def test_other_shortlinks_are_no_guid(address: str) -> None:
    html = THEME.replace("https://island.example/?p=7", escape(address))
    body = html.format(
        html="<p>The ferry sailed with all on board.</p>" * 5, content="entry-content"
    )
    assert generic.article(page(body, URL), source="island").guid == URL
