"""Pages that are no articles: home pages, section fronts, archives, errors, challenges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages import linked_data

if TYPE_CHECKING:
    from crawler.pages.linked_data import Node
    from crawler.pages.main_content import MainContent
    from crawler.pages.page_metadata import PageMetadata

_LISTS = frozenset(
    (
        *("home", "blog", "archive", "category", "tag", "author", "date", "search"),
        *("search-results", "search-no-results", "post-type-archive", "tax"),
    )
)
_SINGLE = frozenset(("single", "single-post", "single-format-standard", "postid"))
_ERROR = re.compile(
    r"(?:(?:error |http )?(?:40[0-9]|410|50[0-9])\b.{0,40}"
    r"|(?:page|file|article|story|content|document|url)?\s?"
    r"(?:not found|(?:is )?no longer available|(?:does not|doesn[’']t) exist|unavailable)"
    r"|.{0,30}page (?:not|could not be|cannot be|can[’']t be) found.{0,30}"
    r"|(?:nothing|page) (?:was )?(?:not )?found|forbidden"
    r"|seite nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada"
    r"|pagina non trovata|página não encontrada|страница не найдена|oops.{0,40}"
    r"|service unavailable|bad gateway|temporarily unavailable|under maintenance|log ?in|sign in)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"access denied|attention required.{0,30}|just a moment.{0,5}|are you a (?:robot|human).{0,5}"
    r"|verify(?:ing)? (?:that )?you are human.{0,5}"
    r"|(?:please )?(?:enable|verify).{0,30}(?:javascript|cookies|captcha).{0,20}|captcha",
    re.IGNORECASE,
)
_ARTICLES = frozenset(("article", "news", "newsarticle", "story"))
_LIST_PATH = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|topics?|sections?|archives?|search)/[^/]*/?$"
    r"|/page/[0-9]+/?$"
)
_JOINT = re.compile(r"\s+[|–—·-]\s+")
_FEW = 600


def not_article_reason(
    metadata: PageMetadata, node: Node, url: str, headline: str, main_content: MainContent
) -> str | None:
    """Return the reason why the page is no article, None if it may be one.

    The reasons are those of `NotAnArticleError`: ``soft_error`` (an error served with status 200),
    ``challenge`` (a test whether the reader is human), ``listing``. *node* is the JSON-LD of its
    article, empty without one.
    """
    if "error404" in metadata.classes:
        return "soft_error"
    if main_content.letters < _FEW:
        for reason, titles in (("challenge", _CHALLENGE), ("soft_error", _ERROR)):
            if _has_title_of(headline, titles) or _has_title_of(metadata.title, titles):
                return reason
    return "listing" if _is_list(metadata, node, url, main_content) else None


def _has_title_of(title: str, names: re.Pattern[str]) -> bool:
    return any(names.fullmatch(part.strip(" .!:")) for part in _JOINT.split(title))


def _is_list(metadata: PageMetadata, node: Node, url: str, main_content: MainContent) -> bool:
    if _LISTS & metadata.classes and not _SINGLE & metadata.classes and metadata.is_wordpress:
        return True
    if urlsplit(url).path in ("", "/") and not urlsplit(url).query:
        return True
    if node or _calls_itself_article(metadata):
        return False
    path = urlsplit(url).path.lower()
    return (
        main_content.has_teasers
        or linked_data.is_list(metadata.nodes)
        or _LIST_PATH.search(path) is not None
    )


def _calls_itself_article(metadata: PageMetadata) -> bool:
    og_type = metadata.first("og:type").lower()
    return og_type in _ARTICLES or bool(metadata.first("article:published_time", "articlebody"))
