"""Boilerplate on a page, told by its tag, role, class and id.

Wider than :mod:`crawler.text.wordpress_elements`: on a page most is not the story, and
:mod:`crawler.pages.main_content` keeps what holds too much of the page's prose to be boilerplate,
whatever it is called.
"""

from __future__ import annotations

import re
from functools import lru_cache

UNSEEN = (
    *("script", "style", "template", "noscript", "link", "meta", "svg", "canvas", "map"),
    *("iframe", "object", "embed", "applet", "audio", "video"),
    *("button", "input", "select", "textarea", "datalist", "dialog"),
    *("amp-ad", "amp-embed", "amp-analytics", "amp-sidebar", "amp-social-share"),
)
"""Elements that never hold a word of a story."""

_TAGS = {"nav": 0.9, "footer": 0.8, "aside": 0.3, "menu": 0.3, "form": 0.3, "search": 0.9}
_ROLES = frozenset(
    (
        *("navigation", "complementary", "contentinfo", "banner", "search", "dialog"),
        *("alertdialog", "menu", "menubar", "toolbar", "tablist", "alert"),
    )
)
_SURE = frozenset(
    (
        *("comment", "comments", "commentlist", "disqus", "livefyre", "viafoura", "footer"),
        *("copyright", "nav", "navigation", "navbar", "breadcrumb", "breadcrumbs", "cookie"),
        *("cookies", "masthead", "consent", "gdpr", "gate"),
    )
)
_LIKELY = frozenset(
    (
        # Links onward
        *("related", "relateds", "recirc", "recirculation", "trending", "mostread", "popular"),
        *("outbrain", "taboola", "zergnet", "readmore", "morefrom", "upnext", "teaser", "teasers"),
        *("rail", "prev", "previous", "recent", "latest", "carousel", "slideshow", "gallery"),
        *("jumplinks", "toc", "pager", "pagination"),
        # About the article
        *("byline", "bylines", "author", "authors", "bio", "dateline", "timestamp", "published"),
        *("tags", "taglist", "topics", "keywords", "caption", "captions", "credit", "credits"),
        *("disclaimer", "disclosure", "meta", "metadata", "kicker", "dek", "standfirst"),
        # Share, sign up, pay
        *("share", "sharing", "sharebar", "shares", "sharetools", "social", "socials", "follow"),
        *("signup", "optin", "paywall", "regwall", "donate", "donation", "cta", "popup", "modal"),
        *("overlay", "lightbox", "banner", "toolbar", "tooltip", "rollover", "popover", "dropdown"),
        # Advertisements
        *("ad", "ads", "adslot", "adunit", "adbox", "dfp", "dianomi", "commercial"),
        # The page
        *("menu", "sidebar", "widget", "widgets", "hidden", "print", "noprint", "player"),
        *("video", "transcript", "poll", "quiz", "respond"),
    )
)
_STEMS = ("related", "recommend", "newsletter", "subscri", "advert", "sponsor", "promo")
# Not what stands between digits: sc-f98b1ad2-0 names no advertisement.
_PARTS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]+(?=(?:[0-9]+(?:x[0-9]+)?)?(?![A-Za-z0-9]))")
_NAMES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")

_INLINE = frozenset(
    (
        *("caption", "captions", "credit", "credits", "byline", "share", "sharing", "ad", "ads"),
        *("advert", "advertisement", "newsletter", "hidden", "noprint"),
    )
)
_OVERLAYS = frozenset(("popup", "popover", "rollover", "tooltip"))
_OVERLAID = frozenset(("block", "body", "box", "content", "inner", "text"))

SURE = 0.9
LIKELY = 0.3


def removable_share(tag: str, role: str | None, names: str) -> float:
    """Return the share of the page's prose below which such an element is boilerplate.

    It is 0 for one that is not called boilerplate, and the higher the surer its name is.

    *names* are its class tokens and id, joined by spaces.
    """
    if tag in _TAGS:
        return _TAGS[tag]
    if role in _ROLES:
        return LIKELY
    return _named(names) if len(names) > 1 else 0.0


@lru_cache(maxsize=1 << 14)
def is_inline_boilerplate(names: str) -> bool:
    """Tell whether an element in a line, with these class tokens, is no part of the line's text."""
    words = _words(names)
    is_overlay = not (words.isdisjoint(_OVERLAYS) or words.isdisjoint(_OVERLAID))
    return is_overlay or not words.isdisjoint(_INLINE)


def _words(names: str) -> set[str]:
    parts = _PARTS.findall(names)
    return {word.lower() for part in parts for word in _NAMES.findall(part)}


@lru_cache(maxsize=1 << 14)
def _named(names: str) -> float:
    words = _words(names)
    if not words.isdisjoint(_SURE):
        return SURE
    is_likely = (
        not words.isdisjoint(_LIKELY)
        or any(word.startswith(_STEMS) for word in words)
        or "pullquote" in words
        or {"pull", "quote"} <= words
    )
    return LIKELY if is_likely else 0.0
