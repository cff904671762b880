"""The whole text that a feed has of a story, read as an article: the last rung, without a page."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.items import Article
from crawler.pages.cleaning import fill
from crawler.pages.not_an_article import NotAnArticleError
from crawler.sources.address import without_tracking
from crawler.sources.link import Link
from crawler.sources.services import NO_PAGE_RULES, PageRules

FEED_TEXT = "feed_text"
"""The flag of an article whose text the feed has, since its page is not to be had."""

_FEWEST_PARAGRAPHS = 2
_LEAST_LETTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntryJob:
    """All that reading the entry behind ``link`` takes; ``rules`` are those for its address."""

    link: Link
    source: str
    captions: bool = False
    rules: PageRules = NO_PAGE_RULES

    def __str__(self) -> str:
        return self.link.url


def read_entry(job: FeedEntryJob) -> Article:
    """Return the article that an entry is, its text clean, and without its markup.

    Raises `NotAnArticleError` if it tells no day, or if its text may be less than the story.
    """
    link = job.link
    if link.published is None:
        raise NotAnArticleError("no_date", "the feed tells no day")
    url = without_tracking(link.url)
    article = Article(
        source=job.source,
        guid=url,
        date=link.published.local,
        date_gmt=link.published.gmt,
        modified=link.modified.local if link.modified else None,
        modified_gmt=link.modified.gmt if link.modified else None,
        url=url,
        title_html=link.title,
        content_html=link.content,
        categories=list(link.sections),
        language=link.language or None,
        flags=[FEED_TEXT],
        record=link.record,
    )
    fill(article, captions=job.captions, rules=job.rules)
    article.title_html = article.content_html = ""
    if article.text_incomplete or not _is_a_story(article):
        raise NotAnArticleError("no_text", "the feed has not its whole text")
    return article


def _is_a_story(article: Article) -> bool:
    text = article.text or ""
    is_long = text.count("\n") >= _FEWEST_PARAGRAPHS - 1 or len(text) >= _LEAST_LETTERS
    return bool(article.title and text) and is_long
