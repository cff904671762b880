"""A post as WordPress's REST API gives it, read as an article.

https://developer.wordpress.org/rest-api/reference/posts/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler.items import Article, RecordRef
from crawler.sources.wordpress.languages import SiteLanguages, own_language
from crawler.sources.wordpress.names import Names
from crawler.sources.wordpress.post_listing import is_id
from crawler.text.language import language_of_markup_on_site

FIELDS = (
    "id,date,date_gmt,guid,modified,modified_gmt,slug,status,type,link,title,content,"
    "author,categories,tags"
)

_NO_LANGUAGES = SiteLanguages()


class MalformedPostError(ValueError):
    """A post that lacks what an article cannot do without; the message says what."""


def article(
    post: object,
    *,
    source: str,
    names: Names | None = None,
    route: str = "",
    languages: SiteLanguages = _NO_LANGUAGES,
    record: RecordRef | None = None,
) -> Article:
    """Return the article that *post* is, markup untouched.

    *names* holds the names of its authors and terms, *route* is that of its type in the API
    (``posts``), *languages* are those of its site, *record* is where the post was archived.
    Raises `MalformedPostError`.
    """
    if not isinstance(post, Mapping):
        raise MalformedPostError(f"it is {str(post)[:100]!r}, and no object")
    names = names or Names()
    link = _string(post, "link")
    return Article(
        source=source,
        guid=_rendered(post, "guid") or link,
        date=_string(post, "date"),
        date_gmt=_optional(post, "date_gmt"),
        modified=_optional(post, "modified"),
        modified_gmt=_optional(post, "modified_gmt"),
        url=link,
        title_html=_rendered(post, "title"),
        content_html=_rendered(post, "content", needed=True),
        protected=_protected(post),
        authors=names.named(post, "authors"),
        categories=names.named(post, "categories"),
        tags=names.named(post, "tags"),
        language=_language(post, languages, link),
        post=f"{route}/{post['id']}" if route and is_id(post.get("id")) else None,
        record=record,
    )


def _string(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedPostError(f"{name} is {value!r}")
    return value


def _optional(post: Mapping[str, Any], name: str) -> str | None:
    value = post.get(name)
    return value if isinstance(value, str) and value else None


def _rendered(post: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = post.get(name)
    text = value.get("rendered") if isinstance(value, Mapping) else value
    if isinstance(text, str):
        return text
    if needed:
        raise MalformedPostError(f"{name}.rendered is {text!r}")
    return ""


def _language(post: Mapping[str, Any], languages: SiteLanguages, link: str) -> str | None:
    """Return the language that the post names, or its address; else that of its text."""
    if named := own_language(post) or languages.at(link):
        return named
    content = _rendered(post, "content")
    return language_of_markup_on_site(content, languages.home) or None


def _protected(post: Mapping[str, Any]) -> bool:
    content = post.get("content")
    return isinstance(content, Mapping) and content.get("protected") is True
