"""Boilerplate on a page, told by its tag, role, class and id.

The names are those of :mod:`crawler.text.element_names`. :mod:`crawler.pages.main_content` keeps
what holds too much of the page's prose to be boilerplate, whatever it is called.
"""

from __future__ import annotations

from crawler.text.element_names import boilerplate_words

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
CONSENT = 1.1
SURE = 0.9
LIKELY = 0.3


def removable_share(tag: str, role: str | None, names: str) -> float:
    """Return the share of the page's prose below which such an element is boilerplate.

    It is 0 for one that is not called boilerplate, and the higher the surer its name is; above 1 it
    is boilerplate even if it holds all prose of the page.

    *names* are its class tokens and id, joined by spaces.
    """
    if tag in _TAGS:
        return _TAGS[tag]
    if role in _ROLES:
        return LIKELY
    return _named(names) if len(names) > 1 else 0.0


def _named(names: str) -> float:
    words = boilerplate_words(names)
    if words.is_consent:
        return CONSENT
    return SURE if words.sure else LIKELY if words.likely else 0.0
