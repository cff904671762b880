"""The objects that a collection request selects, their order, and their pages."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar

from demo.content import Post, Term, User
from demo.messages import Json, RestError
from demo.modes import ENDLESS_PAGES
from demo.params import invalid_params
from demo.site import Site

T = TypeVar("T", Post, Term, User)

_DATE_FILTERS: dict[str, tuple[str, bool]] = {
    "after": ("date", True),
    "before": ("date", False),
    "modified_after": ("modified", True),
    "modified_before": ("modified", False),
}


@dataclass(slots=True, frozen=True)
class ResultPage(Generic[T]):
    """One page of a collection, and the totals and the page number it claims."""

    items: list[T]
    total: int
    pages: int
    number: int


def select_posts(site: Site, kind: str, query: Json, *, known: bool) -> ResultPage[Post]:
    """Select posts of type ``kind``.

    Raises RestError for a status that strangers may not ask for, an order that lacks its
    parameter, and a page past the last one.
    """
    _check_status(kind, query, known=known)
    _check_order(query)
    found = [
        post for post in site.posts.values() if post.type == kind and _wanted(site, post, query)
    ]
    page = _page(site, found, query)
    if query["page"] > page.pages and page.total:
        message = "The page number requested is larger than the number of pages available."
        raise RestError(400, "rest_post_invalid_page_number", message)
    return page


def select_terms(site: Site, taxonomy: str, query: Json) -> ResultPage[Term]:
    """Select terms; a page past the last is empty, not an error."""
    terms = [term for term in site.terms.values() if term.taxonomy == taxonomy]
    if query.get("parent") is not None:
        terms = [term for term in terms if term.parent == query["parent"]]
    if query.get("post"):
        post = site.posts.get(query["post"])
        held = {*post.categories, *post.tags} if post else set()
        terms = [term for term in terms if term.id in held]
    if query["hide_empty"]:
        terms = [term for term in terms if count_posts(site, term)]
    return _page(site, _named(terms, query), query)


def select_users(site: Site, query: Json) -> ResultPage[User]:
    """Select the users who have published something, the only ones that strangers see."""
    authors = {post.author for post in site.posts.values() if post.status == "publish"}
    users = [user for user in site.users.values() if user.id in authors]
    return _page(site, _named(users, query), query)


def count_posts(site: Site, term: Term) -> int:
    """Count the public posts that carry a term."""
    return sum(term.id in (*post.categories, *post.tags) for post in site.published())


def _check_status(kind: str, query: Json, *, known: bool) -> None:
    if kind == "attachment" and query["status"] == ["publish"]:
        query["status"] = ["inherit"]
    allowed = "inherit" if kind == "attachment" else "publish"
    if not known and set(query["status"]) - {allowed}:
        message = "Status is forbidden."
        details = {"code": "rest_forbidden_status", "message": message, "data": {"status": 401}}
        raise invalid_params({"status": details})


def _check_order(query: Json) -> None:
    if query["orderby"] == "relevance" and not query.get("search"):
        message = "You need to define a search term to order by relevance."
        raise RestError(400, "rest_no_search_term_defined", message)
    if query["orderby"] == "include" and not query["include"]:
        message = "You need to define an include parameter to order by include."
        raise RestError(400, "rest_orderby_include_missing_include", message)


def _wanted(site: Site, post: Post, query: Json) -> bool:
    return (
        ("any" in query["status"] or post.status in query["status"])
        and _has_id(post.id, query)
        and _among([post.author], query["author"], query["author_exclude"])
        and _among(post.categories, query["categories"], query["categories_exclude"])
        and _among(post.tags, query["tags"], query["tags_exclude"])
        and post.slug in (query.get("slug") or [post.slug])
        and query.get("sticky", post.sticky) == post.sticky
        and _mentions(f"{post.title} {post.content}", query)
        and (site.modes.endless or all(_in_time(site, post, query)))
    )


def _has_id(number: int, query: Json) -> bool:
    return number not in query["exclude"] and number in (query["include"] or [number])


def _among(held: list[int], wanted: list[int], unwanted: list[int]) -> bool:
    return (not wanted or bool({*held} & {*wanted})) and not {*held} & {*unwanted}


def _mentions(text: str, query: Json) -> bool:
    words = str(query.get("search") or "").casefold().split()
    return all(word in html.unescape(text).casefold() for word in words)


def _in_time(site: Site, post: Post, query: Json) -> Iterable[bool]:
    """Compare exclusively, and in the site's own time, as WP_Date_Query does."""
    for name, (column, later) in _DATE_FILTERS.items():
        is_known = name != "modified_after" or site.modes.modified_after == "known"
        if is_known and (limit := query.get(name)):
            value, bound = getattr(post, column), _site_time(limit, site.gmt_offset)
            yield value > bound if later else value < bound


def _site_time(value: str, offset_hours: float) -> str:
    """Convert with the site's current offset, as WordPress does even across a change of DST."""
    whole = re.sub(r"\.\d+", "", value.upper())
    moment = datetime.fromisoformat(whole)
    if moment.utcoffset() is None:
        return moment.isoformat()
    local = moment - (moment.utcoffset() or timedelta()) + timedelta(hours=offset_hours)
    return local.replace(tzinfo=None).isoformat()


def _named(items: list[Any], query: Json) -> list[Any]:
    return [
        item
        for item in items
        if _has_id(item.id, query)
        and item.slug in (query.get("slug") or [item.slug])
        and _mentions(f"{item.name} {item.slug}", query)
    ]


def _sort_key(query: Json) -> Callable[[Any], Any]:
    order: str = query["orderby"]
    if order == "include":
        place = {number: index for index, number in enumerate(query["include"])}
        return lambda item: place.get(item.id, 0)
    return attrgetter("date" if order == "relevance" else order)


def _page(site: Site, found: list[T], query: Json) -> ResultPage[T]:
    size = min(query["per_page"], site.modes.silent_cap or query["per_page"])
    pages = -(-len(found) // size)
    number = query["page"]
    if site.modes.endless and pages:
        number = (number - 1) % pages + 1
        pages = ENDLESS_PAGES
    jumped = query.get("offset") is not None
    offset = abs(query["offset"]) if jumped else (number - 1) * size
    backwards = query["order"] == "desc" and query["orderby"] != "include"
    shuffled = sorted(found, key=lambda item: _tie(item.id, offset))
    if site.modes.modified_after == "unordered" and query["orderby"] == "modified":
        query = {**query, "orderby": "date"}
    items = sorted(shuffled, key=_sort_key(query), reverse=backwards)[offset : offset + size]
    if jumped and not items:
        return ResultPage([], 0, 0, query["page"])
    return ResultPage(items, len(found), pages, query["page"])


def _tie(number: int, offset: int) -> int:
    """Order posts of one date anew on each page, as MariaDB does: offset paging then loses some."""
    return zlib.crc32(f"{number}/{offset}".encode())
