"""What is no article: home pages, section fronts, archives, and errors served as pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.pages import linked_data

if TYPE_CHECKING:
    from crawler.pages.linked_data import Node
    from crawler.pages.main_content import Story
    from crawler.pages.page_metadata import Marks

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


def refused(marks: Marks, node: Node, url: str, headline: str, story: Story) -> str | None:
    """Return why the page is no article, None if it may be one.

    *node* is the JSON-LD of its article, empty without one.
    """
    if "error404" in marks.classes:
        return "soft_error"
    if story.letters < _FEW:
        for reason, titles in (("challenge", _CHALLENGE), ("soft_error", _ERROR)):
            if _is_called(headline, titles) or _is_called(marks.title, titles):
                return reason
    return "listing" if _is_list(marks, node, url, story) else None


def _is_called(title: str, names: re.Pattern[str]) -> bool:
    return any(names.fullmatch(part.strip(" .!:")) for part in _JOINT.split(title))


def _is_list(marks: Marks, node: Node, url: str, story: Story) -> bool:
    if _LISTS & marks.classes and not _SINGLE & marks.classes and marks.is_wordpress:
        return True
    if urlsplit(url).path in ("", "/") and not urlsplit(url).query:
        return True
    if node or _is_said_to_be_one(marks):
        return False
    path = urlsplit(url).path.lower()
    return story.teasers or linked_data.is_list(marks.nodes) or _LIST_PATH.search(path) is not None


def _is_said_to_be_one(marks: Marks) -> bool:
    kind = marks.first("og:type").lower()
    return kind in _ARTICLES or bool(marks.first("article:published_time", "articlebody"))
