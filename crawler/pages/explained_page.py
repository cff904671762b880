"""A page or a post read once more, for somebody who wants to know why its text is as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from lxml import etree

from crawler.html_guard import has_hostile_tag, html_parser
from crawler.items import Article
from crawler.pages import generic, page_rules, rest_post
from crawler.pages.cleaning import fill
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_pieces import NumberedPages, PagePieces, Piece
from crawler.pages.tree import parse_page
from crawler.sources.sniffing import document_kind
from crawler.sources.tolerant_json import NotJsonError, decode
from crawler.text.left_out_lines import why_left_out
from crawler.text.markup import prepare_for_libxml2
from crawler.text.markup import read as read_markup

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.generic import PageContent
    from crawler.pages.page_job import PageJob
    from crawler.sources.services import PageRules

_GONE = (404, 410)
_UNPAINTED = ("feed", "not_html", "too_big", "attributes", "depth", "status", "gone")


@dataclass(slots=True, kw_only=True)
class Explained:
    """What would become of the answer at ``url``.

    ``article`` is as the pipelines get it, its text clean, None where there is none. ``reason`` is
    one of `crawler.reports.reasons` if no text would be written, ``evidence`` what was seen.
    ``pieces`` are all that a reader may see on the page, ``more_pages`` the address of the story's
    next page.
    """

    url: str
    article: Article | None = None
    title: str = ""
    reason: str = ""
    evidence: str = ""
    pieces: list[Piece] = field(default_factory=list)
    more_pages: str = ""


def explain(job: PageJob) -> list[Explained]:
    """Return what would become of each story of the answer: of a page, or of the posts in JSON."""
    if job.status == 200 and document_kind(job.body) in ("json", "json_feed"):
        return _posts(job)
    return [_page(job)]


def _page(job: PageJob) -> Explained:
    found = Explained(url=job.url)
    pages = NumberedPages()
    response = job.response
    try:
        if job.status != 200:
            reason = "gone" if job.status in _GONE else "status"
            raise NotAnArticleError(reason, f"it answers with status {job.status}")
        day = job.record.date[:10] if job.record else ""
        content = generic.read(response, day=day, rules=job.rules, parse=pages.parse)
        found.title, found.more_pages = content.title, content.hints.pages.following or ""
        _fill_article(found, content, job)
    except NotAnArticleError as error:
        found.reason, found.evidence = error.reason, error.evidence
        if error.reason in _UNPAINTED:
            return found
        content = None
    markup = content.main_content.html if content else ""
    found.pieces = _pieces(parse_page(response.text), pages, markup, found.article, job)
    return found


def _fill_article(found: Explained, content: PageContent, job: PageJob) -> None:
    try:
        found.article = generic.article_of(
            content, job.response, source=job.source, record=job.record
        )
    except NotAnArticleError as error:
        found.reason, found.evidence = error.reason, error.evidence
        # Its text shows what there is; nobody would get it.
        found.article = Article(
            source=job.source,
            guid="",
            date=content.published.local if content.published else "",
            url=job.url,
            title_html=escape(content.title, quote=False),
            content_html=content.main_content.html,
        )
    fill(found.article, captions=job.captions, rules=job.rules)
    found.reason, found.evidence = _verdict(found, found.article)


def _verdict(found: Explained, article: Article) -> tuple[str, str]:
    """Return the reason why nothing would be written, and its evidence; empty if it would be."""
    if found.reason:
        return found.reason, found.evidence
    if article.protected:
        return "protected", ""
    if article.text_incomplete:
        return "incomplete", article.text_incomplete
    return ("", "") if article.text else ("empty", "all that there was is boilerplate")


def _posts(job: PageJob) -> list[Explained]:
    try:
        value = decode(job.body).value
    except NotJsonError as error:
        return [Explained(url=job.url, reason="not_html", evidence=str(error))]
    return [_post(post, job) for post in (value if isinstance(value, list) else [value])]


def _post(post: object, job: PageJob) -> Explained:
    try:
        article = rest_post.article(post, source=job.source, record=job.record)
    except rest_post.MalformedPostError as error:
        return Explained(url=job.url, reason="post_malformed", evidence=str(error))
    found = Explained(url=article.url, article=article)
    fill(article, captions=job.captions, rules=job.rules)
    found.title = article.title or ""
    found.reason, found.evidence = _verdict(found, article)
    whole = f"<body>{article.content_html}</body>"
    if not has_hostile_tag(whole):
        pages = NumberedPages()
        root = _fragment(whole)
        pages.number(root)
        markup = etree.tostring(root, encoding="unicode", method="html")
        found.pieces = _pieces(_fragment(whole), pages, markup, article, job)
    return found


def _fragment(html: str) -> _Element:
    text = prepare_for_libxml2(f"<html>{html}</html>")
    root: _Element = etree.fromstring(text.encode(), html_parser())
    return root


def _pieces(
    root: _Element, pages: NumberedPages, markup: str, article: Article | None, job: PageJob
) -> list[Piece]:
    story = _fragment(f"<body>{markup}</body>")
    tree, numbers = pages.read_from(story)
    kept = (article.text or "").split("\n") if article else []
    return [
        *PagePieces(
            root,
            tree,
            numbers,
            kept,
            _lines(markup, kept, article, job.rules, captions=job.captions),
            title=(article.title or "") if article else "",
            captions=job.captions,
        )
    ]


def _lines(
    markup: str, kept: list[str], article: Article | None, rules: PageRules, *, captions: bool
) -> dict[str, str]:
    lines = read_markup(markup, captions=captions).paragraphs
    title = (article.title or "") if article else ""
    return why_left_out(
        lines, kept, title, captions=captions, own_boilerplate=page_rules.boilerplate(rules)
    )
