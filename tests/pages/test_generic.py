"""A page as an article, or the reason why it is none."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, TextResponse

from crawler.items import RecordRef
from crawler.pages.generic import NotAnArticleError, article, read
from crawler.text.article import clean
from tests.pages.served import URL, page

LEAD = "The port was closed on Friday after a storm had torn three ships from their moorings."
NEXT = "Nobody was hurt, the harbour master said, but the ferry will not sail before Sunday."
PROSE = f"<p>{LEAD}</p><p>{NEXT}</p>"
FIRST_LINK = f'<a href="/x">{LEAD}</a>'
MANY = " ".join(f"a{n}" for n in range(90_000))
LINKED = {
    "@type": "NewsArticle",
    "headline": "Storm closes the port",
    "datePublished": "2024-01-05T21:30:00+02:00",
    "dateModified": "2024-01-06T08:00:00+02:00",
    "author": [{"@type": "Person", "name": "By Ada Poe"}, {"@type": "Person", "name": "Jo Roe"}],
    "articleSection": ["World", "Weather"],
    "keywords": "storm, port",
    "inLanguage": "en-GB",
}


def document(body: str = "", head: str = "", linked: object = None, classes: str = "") -> str:
    data = "" if linked is None else json.dumps(linked)
    script = f'<script type="application/ld+json">{data}</script>' if data else ""
    return (
        f"<!DOCTYPE html><html><head><title>Storm closes the port - News Example</title>{head}"
        f'{script}</head><body class="{classes}">{body}</body></html>'
    )


def story(prose: str = PROSE) -> str:
    return f"<main><h1>Storm closes the port</h1><div class=story>{prose}</div></main>"


def refusal(response: TextResponse) -> str:
    with pytest.raises(NotAnArticleError) as caught:
        article(response, source="test")
    assert str(caught.value).startswith(caught.value.reason)
    return caught.value.reason


class TestArticle:
    def test_all_that_a_page_says(self) -> None:
        record = RecordRef(record_id="<urn:uuid:1>", uri=URL, date="2024-01-07T00:00:00Z")
        canonical = '<link rel="canonical" href="/2024/01/05/storm/">'
        found = article(page(document(story(), canonical, LINKED)), source="example", record=record)
        assert found.source == "example"
        assert found.record is record
        assert found.url == found.guid == "https://news.example/2024/01/05/storm/"
        assert (found.date, found.date_gmt) == ("2024-01-05T21:30:00", "2024-01-05T19:30:00")
        assert (found.modified, found.modified_gmt) == (
            "2024-01-06T08:00:00",
            "2024-01-06T06:00:00",
        )
        assert found.authors == ["Ada Poe", "Jo Roe"]
        assert found.categories == ["World", "Weather"]
        assert found.tags == ["storm", "port"]
        assert found.language == "en-GB"
        assert not found.protected
        text = clean(found.title_html, found.content_html)
        assert text.title == "Storm closes the port"
        assert text.paragraphs == (LEAD, NEXT)

    def test_a_title_is_text_and_no_markup(self) -> None:
        linked = {**LINKED, "headline": "Is 1 < 2 & <b>bold</b> \u201ctrue\u201d?"}
        body = f"<div class=story>{PROSE}</div>"
        found = article(page(document(body, linked=linked)), source="test")
        assert clean(found.title_html, "").title == "Is 1 < 2 & <b>bold</b> “true”?"

    def test_another_sites_canonical_address_is_not_believed(self) -> None:
        head = '<link rel="canonical" href="https://elsewhere.example.org/story">'
        found = article(page(document(story(), head, LINKED)), source="test")
        assert found.url == found.guid == URL

    def test_a_page_that_asks_for_a_password(self) -> None:
        form = '<form class="post-password-form"><p>This content is password protected.</p>'
        form += '<input name="post_password" type="password"></form>'
        found = article(page(document(story(form), "", LINKED)), source="test")
        assert found.protected

    def test_other_encodings(self) -> None:
        html = document(
            story(PROSE.replace("storm", "tempête")), '<meta charset="latin-1">', LINKED
        )
        response = HtmlResponse(URL, body=html.encode("latin-1"))
        assert "tempête" in clean("", article(response, source="test").content_html).paragraphs[0]


def _called(title: str) -> str:
    html = document(story(f"<p>{LEAD}</p>"), "", None)
    html = html.replace("Storm closes the port - News Example", title)
    return html.replace("Storm closes the port", title)


class TestRefusals:
    @pytest.mark.parametrize("status", [204, 301, 404, 503])
    def test_other_answers_than_ok(self, status: int) -> None:
        assert refusal(page(document(story(), "", LINKED), status=status)) == "status"

    @pytest.mark.parametrize(
        "feed",
        [
            '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>',
            '\ufeff<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
            "<rss><channel></channel></rss>",
            '<?xml version="1.0"?><urlset></urlset>',
        ],
    )
    def test_feeds(self, feed: str) -> None:
        assert refusal(page(feed)) == "feed"

    @pytest.mark.parametrize("text", ['{"a": "<p>b</p>"}', "[1]", "plain text", "%PDF-1.7"])
    def test_what_is_no_html(self, text: str) -> None:
        assert refusal(page(text)) == "not_html"

    @pytest.mark.parametrize("text", ["<html></html>", "<!-- nothing -->", "<p></p>", "<"])
    def test_pages_without_text(self, text: str) -> None:
        assert refusal(page(text)) == "no_text"

    def test_a_page_of_links_has_no_text(self) -> None:
        links = "".join(f'<li><a href="/{n}">{LEAD}</a></li>' for n in range(20))
        assert refusal(page(document(f"<ul>{links}</ul>"))) == "no_text"

    def test_a_story_without_a_day(self) -> None:
        response = page(document(story()), "https://news.example/storm-closes-the-port")
        assert refusal(response) == "no_date"

    @pytest.mark.parametrize(
        "title",
        [
            "Page not found",
            "404 - Page Not Found | News Example",
            "Error 404",
            "Seite nicht gefunden – News",
            "Service unavailable",
        ],
    )
    def test_errors_served_as_pages(self, title: str) -> None:
        assert refusal(page(_called(title))) == "soft_error"

    @pytest.mark.parametrize(
        "title", ["Just a moment...", "Access Denied", "Attention Required! | Cloudflare"]
    )
    def test_challenges_served_as_pages(self, title: str) -> None:
        assert refusal(page(_called(title))) == "challenge"

    def test_a_story_about_an_error_is_a_story(self) -> None:
        html = document(story(PROSE * 5), "", LINKED)
        html = html.replace("Storm closes the port", "Page not found")
        assert article(page(html), source="test").title_html == "Page not found"

    @pytest.mark.parametrize("url", ["https://news.example", "https://news.example/"])
    def test_home_pages(self, url: str) -> None:
        assert refusal(page(document(story(), "", LINKED), url)) == "listing"

    @pytest.mark.parametrize(
        "path", ["tag/storm/", "world/page/2/", "category/world", "authors/ada"]
    )
    def test_addresses_of_lists(self, path: str) -> None:
        html = document(story(), '<meta name="date" content="2024-01-05">')
        assert refusal(page(html, f"https://news.example/{path}")) == "listing"
        assert article(
            page(document(story(), "", LINKED), f"https://news.example/{path}"), source=""
        )

    @pytest.mark.parametrize(
        "classes", ["home blog", "archive category category-world", "search search-results"]
    )
    def test_lists_of_a_wordpress(self, classes: str) -> None:
        head = '<link rel="https://api.w.org/" href="/wp-json/">'
        response = page(document(story(), head, None, classes), "https://news.example/world/")
        assert refusal(response) == "listing"

    def test_a_front_with_teasers(self) -> None:
        teaser = '<div class="card"><h3><a href="/{0}">Headline number {0}</a></h3><p>{1}</p></div>'
        cards = "".join(teaser.format(n, LEAD) for n in range(8))
        body = f"<main><h1>World</h1><time datetime='2024-01-05'></time>{cards}</main>"
        assert refusal(page(document(body), "https://news.example/world")) == "listing"

    def test_a_page_that_says_it_is_a_list(self) -> None:
        head = '<meta name="date" content="2024-01-05">'
        html = document(story(), head, {"@type": "CollectionPage"})
        assert refusal(page(html, "https://news.example/world")) == "listing"

    def test_the_articles_of_a_list_are_not_that_of_the_page(self) -> None:
        found = [{**LINKED, "url": f"https://news.example/{n}"} for n in range(9)]
        html = document(story(), "", [*found, {"@type": "ItemList"}])
        assert refusal(page(html, "https://news.example/world")) == "listing"


class TestHostile:
    @pytest.mark.parametrize(
        ("html", "reason"),
        [
            ("<div>" * 100_000 + "deep", "depth"),
            ("<p>shown</p>" + "<div>" * 600 + "deep", "depth"),
            ("<span>" * 3000 + "deep", "depth"),
            ("<p " + " ".join(f"a{n}=1" for n in range(200_000)) + ">x", "attributes"),
            ("<p " + "".join(f'a{n}=">"' for n in range(100_000)) + ">x", "attributes"),
            ("<p " + "".join(f"<a{n} " for n in range(100_000)), "attributes"),
            ('<p a=\xa0"><p ' + MANY + '>"', "attributes"),
            ("<\0p " + MANY + ">", "attributes"),
            ("<!--><p " + MANY + ">-->", "attributes"),
            (
                "<title><script></title><p " + MANY,
                "attributes",
            ),
            ("<p>x</p>" * 200_000, "too_big"),
            ("<p>" + "x" * 17_000_000, "too_big"),
        ],
        ids=[
            *("tower", "low-tower", "spans", "attributes", "quoted", "angled", "no-space", "nul"),
            *("empty-comment", "script-in-title", "tags", "letters"),
        ],
    )
    def test_refused_in_no_time(self, html: str, reason: str) -> None:
        response = page(f"<html><body>{html}")
        start = time.process_time()
        assert refusal(response) == reason
        assert time.process_time() - start < 2

    def test_scripts_full_of_tags_are_no_tags(self) -> None:
        script = f"<script>var x = '<p {'a=1 ' * 10_000}';</script>"
        assert article(page(document(script + story(), "", LINKED)), source="test").content_html

    def test_an_image_written_into_its_address(self) -> None:
        image = f'<img src="data:image/png;base64,{"A" * 1_000_000}">'
        text = article(page(document(story(image + PROSE), "", LINKED)), source="test")
        assert clean("", text.content_html).paragraphs == (LEAD, NEXT)

    @pytest.mark.parametrize("closing", ["</p>", "</i>", "</b></i>"])
    def test_many_ends_of_nothing(self, closing: str) -> None:
        html = document("<div>" * 500 + closing * 50_000 + PROSE)
        start = time.process_time()
        assert clean("", read(page(html)).main_content.html).paragraphs == (LEAD, NEXT)
        assert time.process_time() - start < 2

    @pytest.mark.parametrize(
        "body",
        [
            "<b>" * 1500 + "word " * 200_000,
            "<p>" + "<time>1 May</time>" * 40_000,
            '<article class="related">' * 400 + "<h2><a href=x>y</a></h2><p>x</p>" * 20_000,
            '<div class="entry-content">' * 400 + "<p>x</p>" * 40_000,
            '<div class="entry-content"><p>x</p></div>' * 30_000,
            f"<h2>{'<h1>' * 400}" + "word " * 100_000,
            "<ul><li><a href=x>" * 130 + "word " * 100_000,
            f"<p>{FIRST_LINK}</p>" * 20_000,
        ],
        ids=["bold", "times", "articles", "contents", "posts", "heads", "lists", "links"],
    )
    def test_read_in_no_time(self, body: str) -> None:
        head = '<link rel="https://api.w.org/" href="/">'
        response = page(document(body, head, LINKED, "postid-1"))
        start = time.process_time()
        try:
            article(response, source="test")
        except NotAnArticleError as error:
            assert error.reason in ("no_text", "depth")  # noqa: PT017
        assert time.process_time() - start < 2

    @given(
        st.text(alphabet=st.sampled_from("<>/=\"' apdivh1scriptliust!-&;é漢\x00\n"), max_size=300)
    )
    @settings(max_examples=300, deadline=None)
    def test_any_markup_is_read_or_refused(self, body: str) -> None:
        try:
            found = article(page(document(body, "", LINKED)), source="test")
        except NotAnArticleError:
            return
        assert clean(found.title_html, found.content_html).title == LINKED["headline"]
