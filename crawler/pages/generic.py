"""Any page of news, read as an article."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from crawler.items import Article
from crawler.pages import (
    attribution,
    headline,
    linked_data,
    main_content,
    page_type,
    publication_date,
    wordpress_page,
)
from crawler.pages.page_metadata import marks, text
from crawler.pages.page_rules import apply_template
from crawler.pages.paywall import access, lacking
from crawler.pages.refusal import NotAnArticleError
from crawler.pages.tree import tree
from crawler.sources.services import NO_PAGE_RULES
from crawler.text.markup import paragraphs

if TYPE_CHECKING:
    from lxml.etree import _Element
    from scrapy.http import TextResponse

    from crawler.dates import Moment
    from crawler.items import RecordRef
    from crawler.pages.linked_data import Node
    from crawler.pages.main_content import Story
    from crawler.pages.page_metadata import Marks
    from crawler.pages.paywall import Access
    from crawler.sources.services import PageRules

__all__ = ["NotAnArticleError", "Reading", "article", "read"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page holds, article or not.

    ``title`` is plain text, ``node`` the JSON-LD of the article, empty without one, ``signed`` who
    signed it.
    """

    title: str
    story: Story
    published: Moment | None
    marks: Marks
    node: Node
    access: Access
    signed: list[str]


def article(
    response: TextResponse,
    *,
    source: str,
    record: RecordRef | None = None,
    published: Moment | None = None,
    rules: PageRules = NO_PAGE_RULES,
) -> Article:
    """Return the article that the page is; *record* is where the response was archived.

    *published* is what the link to the page told, taken where the page itself tells no day;
    *rules* are those for the page's address.
    ``title_html`` and ``content_html`` are what `crawler.text.article.clean` takes. Of a page
    behind a password ``protected`` is set. Raises `NotAnArticleError`.
    """
    if response.status != 200:
        raise NotAnArticleError("status")
    reading = read(response, day=record.date[:10] if record else "", rules=rules)
    found, node = reading.marks, reading.node
    if reason := page_type.refused(found, node, response.url, reading.title, reading.story):
        raise NotAnArticleError(reason)
    if not (reading.story.letters or found.is_protected):
        raise NotAnArticleError("no_text")
    day = reading.published or published
    if day is None:
        raise NotAnArticleError("no_date")
    changed = publication_date.modified(found, node)
    url = attribution.canonical(found, response.url)
    links = [value.decode("utf-8", "replace") for value in response.headers.getlist("Link")]
    return Article(
        source=source,
        guid=attribution.shortlink(found, links, response.url) or url,
        date=day.local,
        date_gmt=day.gmt,
        modified=changed.local if changed else None,
        modified_gmt=changed.gmt if changed else None,
        url=url,
        title_html=escape(reading.title, quote=False),
        content_html=reading.story.html,
        authors=attribution.authors(reading.signed),
        agency=attribution.agency(reading.signed, node),
        dateline=reading.story.dateline,
        categories=attribution.sections(found, node),
        tags=attribution.tags(found, node),
        language=attribution.language(found, node),
        protected=found.is_protected,
        text_incomplete=_incomplete(response, reading),
        record=record,
    )


def _incomplete(response: TextResponse, reading: Reading) -> str | None:
    if "dataloss" in response.flags:
        return "cut: the connection ended before the page did"
    said, gate = reading.access, reading.story.gate
    if not (said or gate):
        return None
    return lacking(said, paragraphs(reading.story.html), gate)


def read(response: TextResponse, *, day: str = "", rules: PageRules = NO_PAGE_RULES) -> Reading:
    """Return what the page holds, whether or not that makes an article.

    *day* is when the page was captured, as ISO 8601, empty if unknown; *rules* are those for its
    address.
    Raises `NotAnArticleError` if it cannot be read at all (``feed``, ``not_html``, ``too_big``,
    ``attributes``, ``depth``, ``no_text``).
    """
    url = response.url
    root = tree(response.text)
    found = marks(root)
    node = linked_data.article(found.nodes, {url, *found.links.get("canonical", ())})
    heading = headline.heading(found)
    title = headline.title(found, node, heading, url)
    published = publication_date.published(found, node, url, root, heading)
    shown = "" if heading is None else text(heading)
    titles = {headline.plain(name) for name in (title, shown) if name}
    said = access(root, found, node, url)
    signed = attribution.signatures(found, node, root, heading)
    apply_template(root, rules.templates, day)
    story = _story(root, found, heading, titles)
    return Reading(title, story, published, found, node, said, signed)


def _story(root: _Element, found: Marks, heading: _Element | None, titles: set[str]) -> Story:
    """Return the story: a WordPress post as WordPress marks it, anything else by its prose."""
    content = wordpress_page.content(root, found)
    if content is not None and (story := main_content.whole(content)).letters:
        return story
    wordpress_page.drop_others(root, found)
    return main_content.story(root, heading, titles)
