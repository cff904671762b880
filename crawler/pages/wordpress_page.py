"""The content of a post on a page that WordPress made.

Themes put what the REST API calls ``content.rendered`` into one element, and name post and element
alike. Where it is found it is the whole story, and read as a post of the REST API is.

Source: https://developer.wordpress.org/reference/functions/post_class/ and ``body_class``; the
themes that come with WordPress.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from crawler.pages.tree import remove_element

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.pages.page_metadata import PageMetadata

_CONTENT = frozenset(("entry-content", "wp-block-post-content"))
_POST = re.compile(r"post-[0-9]+")
_PAGE = "postid-"
_MOST = 50


def find_content(root: _Element, metadata: PageMetadata) -> _Element | None:
    """Return the element that holds the content of the one post of the page, None if unsure."""
    if not metadata.is_wordpress:
        return None
    named = (
        element
        for element in root.iter("div", "section", "main")
        if _is_content(element.get("class", "").split())
    )
    found: list[_Element] = []
    for element in islice(named, _MOST):
        if not any(around in found for around in element.iterancestors()):
            found.append(element)
    if len(found) > 1 and (post := _own(metadata)):
        found = [element for element in found if post in _posts_around(element)]
    return found[0] if len(found) == 1 else None


def _is_content(names: list[str]) -> bool:
    """Tell whether an element with these classes holds a post: some themes call comments so too."""
    return not _CONTENT.isdisjoint(names) and "comment-content" not in names


def remove_other_posts(root: _Element, metadata: PageMetadata) -> None:
    """Remove other posts from the page of one: related ones, the next and the one before."""
    post = _own(metadata)
    if post is None:
        return
    for element in list(root.iter("article", "div", "li", "section")):
        posts = _posts(element)
        if posts and post not in posts:
            remove_element(element, "another post of the blog")


def _own(metadata: PageMetadata) -> str | None:
    """Return the class that the post of the page has, None if the page is not that of one."""
    page = next((name for name in metadata.classes if name.startswith(_PAGE)), None)
    return None if page is None else f"post-{page.removeprefix(_PAGE)}"


def _posts(element: _Element) -> set[str]:
    names = element.get("class", "")
    return set(filter(_POST.fullmatch, names.split())) if "post-" in names else set()


def _posts_around(element: _Element) -> set[str]:
    return {name for around in element.iterancestors() for name in _posts(around)}
