"""Any page of news, read as an article, with the rules of its service if it has one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from crawler.items import Article
from crawler.pages import (
    attribution,
    headline,
    linked_data,
    live_blog,
    main_content,
    page_signs,
    page_type,
    publication_date,
    second_opinion,
    wordpress_page,
)
from crawler.pages.confirmation import confirmed
from crawler.pages.declared_text import DECLARED, find_declared_text
from crawler.pages.instructions import find_instructions, read_instructions
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_metadata import read_metadata
from crawler.pages.page_rules import apply_template
from crawler.pages.paywall import incomplete_evidence, read_hints
from crawler.pages.tree import parse_page
from crawler.sources.html_links import shown_text
from crawler.sources.services import NO_PAGE_RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element
    from scrapy.http import TextResponse

    from crawler.dates import Moment
    from crawler.items import RecordRef
    from crawler.pages.linked_data import Node
    from crawler.pages.live_rows import Entry
    from crawler.pages.main_content import MainContent
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.page_signs import PageSigns
    from crawler.pages.paywall import CompletenessHints
    from crawler.sources.services import PageRules

__all__ = ["NotAnArticleError", "PageContent", "article", "read"]

AFTER_CAPTURE = "after_capture"
"""The flag of an article whose page declares a later day than that of its capture."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a page holds, article or not.

    ``title`` is plain text, ``node`` the JSON-LD of the article, empty without one. ``bylines``
    are the names of those who signed it, as they are written there. ``flags`` say what is
    doubtful about the text and its day.
    """

    title: str
    main_content: MainContent
    published: Moment | None
    metadata: PageMetadata
    node: Node
    hints: CompletenessHints
    bylines: list[str]
    signs: PageSigns
    flags: tuple[str, ...] = ()


def article(
    response: TextResponse,
    *,
    source: str,
    record: RecordRef | None = None,
    published: Moment | None = None,
    rules: PageRules = NO_PAGE_RULES,
    captured: str | None = None,
    doubts_clock: bool = False,
) -> Article:
    """Return the article that the page is; *record* is where the response was archived.

    *captured* is the last day on which that may have been, if *record* does not tell: empty if it
    is unknown. *doubts_clock*: that day is another tool's, and may be wrong; a page that declares
    a later one, and no other, was published then.
    *published* is the date that the link to the page gave, taken where the page itself tells none;
    *rules* are those for the page's address. ``title_html`` and ``content_html`` are what
    `crawler.text.article.clean` takes. Of a page behind a password ``protected`` is set. Raises
    `NotAnArticleError`.
    """
    if response.status != 200:
        raise NotAnArticleError("status")
    if captured is None:
        captured = record.date[:10] if record else ""
    content = read(response, day=captured, rules=rules, doubts_clock=doubts_clock)
    return article_of(content, response, source=source, record=record, published=published)


def article_of(
    content: PageContent,
    response: TextResponse,
    *,
    source: str,
    record: RecordRef | None = None,
    published: Moment | None = None,
) -> Article:
    """Return the article that the *content* of a page is. Raises `NotAnArticleError`."""
    metadata, node = content.metadata, content.node
    refuse_others(content, response)
    if not (content.main_content.letters or metadata.is_protected):
        raise NotAnArticleError("no_text", _why_no_text(content.main_content))
    day = content.published or published
    if day is None:
        raise NotAnArticleError("no_date", "it tells no day, nor did a link to it")
    changed = publication_date.modified(metadata, node)
    url = attribution.canonical(metadata, response.url)
    links = [value.decode("utf-8", "replace") for value in response.headers.getlist("Link")]
    return Article(
        source=source,
        guid=attribution.shortlink(metadata, links, response.url) or url,
        date=day.local,
        date_gmt=day.gmt,
        modified=changed.local if changed else None,
        modified_gmt=changed.gmt if changed else None,
        url=url,
        title_html=escape(content.title, quote=False),
        content_html=content.main_content.html,
        authors=attribution.authors(content.bylines),
        agency=attribution.agency(content.bylines, node),
        dateline=content.main_content.dateline,
        categories=attribution.sections(metadata, node),
        tags=attribution.tags(metadata, node),
        language=attribution.language(metadata, node),
        protected=metadata.is_protected,
        text_incomplete=_incomplete(response, content),
        flags=list(content.flags),
        record=record,
    )


def _why_no_text(found: MainContent) -> str:
    if not found.page_prose:
        return f"no prose in the {found.page_letters} letters that it shows outside of links"
    return f"all of its {found.page_prose} letters of prose were taken off as boilerplate"


def refuse_others(content: PageContent, response: TextResponse) -> None:
    """Raise `NotAnArticleError` if the *content* of the page is no story, nor a part of one."""
    if refusal := page_type.why_no_article(
        content.metadata, content.signs, response.url, content.title, content.main_content
    ):
        raise refusal


def _incomplete(response: TextResponse, content: PageContent) -> str | None:
    if "dataloss" in response.flags:
        return "cut: the connection ended before the page did"
    hints, gate = content.hints, content.main_content.gate
    updates = live_blog.declared_updates(content.metadata.nodes)
    if not (hints or gate or updates):
        return None
    lines = list(content.main_content.lines)
    if missing := live_blog.missing_updates(updates, content.main_content.entries, lines):
        return missing
    return incomplete_evidence(hints, lines, gate) if hints or gate else None


def read(
    response: TextResponse,
    *,
    day: str = "",
    rules: PageRules = NO_PAGE_RULES,
    doubts_clock: bool = False,
    parse: Callable[[str], _Element] = parse_page,
) -> PageContent:
    """Return what the page holds, whether or not that makes an article.

    *day* is the day on which the page was captured (ISO 8601), empty if unknown, *doubts_clock* is
    as `article` has it; *rules* are those for its address. *parse* returns the root of the page's
    tree, as `parse_page` does. Raises `NotAnArticleError` if it cannot be read at all (``feed``,
    ``not_html``, ``too_big``, ``attributes``, ``depth``, ``no_text``).
    """
    url = response.url
    root = parse(response.text)
    metadata = read_metadata(root)
    node = linked_data.article(metadata.nodes, {url, *metadata.links.get("canonical", ())})
    heading = headline.find_heading(metadata)
    title = headline.title(metadata, node, heading, url)
    published = publication_date.published(metadata, node, url, root, heading, day)
    doubts_clock = doubts_clock and published is None
    if doubts_clock:
        published = publication_date.declared_later(metadata, node)
    titles = {title} if heading is None else {title, shown_text(heading)}
    hints = read_hints(root, metadata, node, url)
    bylines = attribution.bylines(metadata, node, root, heading, url)
    signs = page_signs.read_signs(
        root,
        metadata,
        node,
        url=url,
        heading=heading,
        published=published,
        bylines=bylines,
    )
    apply_template(root, rules.templates, day)
    names = {headline.comparable(name) for name in titles if name}
    entries = live_blog.find_live_blog(root, response.text, metadata.nodes, url, title, heading)
    found = _main_content(root, metadata, heading, names, entries)
    is_confirmed, told = found.entries > 0, read_instructions(metadata.nodes)
    if not (is_confirmed or page_type.is_surely_none(metadata, signs, url, title, found)):

        def parse_again() -> _Element:
            again = parse(response.text)
            apply_template(again, rules.templates, day)
            return again

        found, is_confirmed = confirmed(response.text, parse_again, found, title, names)
        if told:
            found, is_told = find_instructions(parse_again, found, told, names)
            is_confirmed = is_confirmed or is_told
    flags: tuple[str, ...] = () if is_confirmed else (second_opinion.UNCONFIRMED,)
    if declared := find_declared_text(node, found.lines, told.html if told else ""):
        found = replace(found, html=declared, letters=len(declared))
        flags = (DECLARED,)
    if doubts_clock and published:
        flags = (*flags, AFTER_CAPTURE)
    return PageContent(title, found, published, metadata, node, hints, bylines, signs, flags)


def _main_content(
    root: _Element,
    metadata: PageMetadata,
    heading: _Element | None,
    titles: set[str],
    entries: list[Entry],
) -> MainContent:
    """Return the live blog of *entries*, or the content that WordPress marked up as a post's.

    Of a page with neither it is what is found by its prose.
    """
    if entries:
        return main_content.read_live_blog(root, heading, titles, entries)
    content = wordpress_page.find_content(root, metadata)
    if content is not None and (post := main_content.all_of(content)).letters:
        return post
    wordpress_page.remove_other_posts(root, metadata)
    return main_content.find_main_content(root, heading, titles)
