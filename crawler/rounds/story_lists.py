"""What an archived answer lists: posts of a REST API, entries of a feed or sitemap, a listing.

It is read with the parsers of `crawler.sources`, whatever the crawl made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from crawler.dates import find_day_in_path
from crawler.rounds.link_page_parser import UnreadListError
from crawler.rounds.run_scope import LIMIT
from crawler.sources.address import address_key
from crawler.sources.newest_links import newest_links
from crawler.sources.wordpress import answer
from crawler.sources.wordpress.answer import AnswerError
from crawler.sources.wordpress.api import Api
from crawler.sources.wordpress.post_listing import ListedPost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scrapy.http import Response

    from crawler.rounds.link_page_parser import Contents
    from crawler.rounds.run_scope import RunScope
    from crawler.sources.link import Link

_MOST_PARAMETERS = 100
_NEEDED = {"id", "date", "guid", "link"}
_ROUTE = re.compile(r"/?wp/v2/([\w-]{1,200})/?")
_REST_PATH = re.compile(r"/wp-json(/wp/v2/[\w-]{1,200}/?)$")
_PAGING = frozenset(
    (
        *("_fields", "per_page", "page", "offset", "orderby", "order", "rest_route"),
        *("context", "status", "_envelope", "_locale"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStory:
    """A story that a list names.

    ``key`` tells it from others of its source: the `address_key` of its ``url``, or the address of
    a post in the API. ``post`` is its route and id there (``posts/12``). ``date`` is ISO, in the
    publisher's time, empty where the list tells none. ``left_out`` says why the run that read the
    list did not ask for the story.
    """

    key: str
    url: str
    date: str = ""
    post: str = ""
    guid: str = ""
    modified: str = ""
    left_out: str = ""


@dataclass(slots=True, kw_only=True)
class StoryList:
    """What an answer lists: ``kind`` is posts, feed, sitemap or listing.

    ``total`` is how many posts the site counts in all of the ``route``, if the answer says so;
    ``children`` are the sitemaps of an index, ``older`` is the address of the next older page.
    ``problems`` say what of the answer could not be read.
    """

    kind: str
    stories: list[ListedStory] = field(default_factory=list)
    route: str = ""
    total: int | None = None
    children: list[str] = field(default_factory=list)
    older: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostQuery:
    """A request for a list of posts: of the ``route``, and whether of ``all`` posts there are."""

    api: Api
    route: str
    fields: frozenset[str]
    is_of_all: bool

    @property
    def name(self) -> str:
        """What all lists of the route are known by: where one fails, a smaller one follows."""
        what = "the list" if self.names_posts else "the count"
        return f"{what} of {self.route} at {self.api.root}"

    @property
    def names_posts(self) -> bool:
        """Whether the answer names posts, and does not bring their texts."""
        return self.fields >= _NEEDED and "content" not in self.fields

    @property
    def is_list(self) -> bool:
        """Whether the answer is of any use here."""
        return self.names_posts or self.counts_all

    @property
    def counts_all(self) -> bool:
        """Whether its X-WP-Total is that of the whole route."""
        return self.is_of_all and bool(self.fields)


def post_query(url: str) -> PostQuery | None:
    """Return the request for posts that *url* is; None for another one."""
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        return None
    in_path = _REST_PATH.search(parts.path)
    found = _ROUTE.fullmatch(in_path[1] if in_path else query.get("rest_route", ""))
    if not found or "_fields" not in query:
        return None
    root = parts.path.removesuffix(in_path[1]) + "/" if in_path else parts.path
    asked = f"rest_route={query['rest_route']}" if "rest_route" in query else ""
    return PostQuery(
        api=Api(parts._replace(path=root, query=asked, fragment="").geturl()),
        route=found[1],
        fields=frozenset(query["_fields"].split(",")),
        is_of_all=query.keys() <= _PAGING,
    )


def read_posts(response: Response, query: PostQuery, scope: RunScope) -> StoryList:
    """Return the posts that *response* names, or their total. Raises `UnreadListError`."""
    try:
        found = answer.read(response)
        elements = found.elements()
    except AnswerError as error:
        raise UnreadListError(str(error)) from None
    listed = StoryList(kind="posts", route=query.route)
    if "cut" in found.repairs:
        listed.problems.append("the answer is cut, and the posts behind its end are unknown")
    elif query.counts_all:
        listed.total = found.total
    if query.names_posts:
        listed.stories = list(_posts(elements, query, scope, listed.problems))
    return listed


def _posts(
    elements: Iterable[object], query: PostQuery, scope: RunScope, problems: list[str]
) -> Iterator[ListedStory]:
    left_out = LIMIT if scope.is_limited else ""
    for element in elements:
        try:
            post = ListedPost.from_rest(element)
        except ValueError as error:
            problems.append(str(error))
            continue
        yield ListedStory(
            key=address_key(query.api.url(f"wp/v2/{query.route}/{post.id}")),
            url=post.link,
            date=post.date,
            post=f"{query.route}/{post.id}",
            guid=post.guid,
            modified=post.modified,
            left_out=left_out or ("language" if scope.run.arguments.get("language") else ""),
        )


def of_link_page(kind: str, contents: Contents, scope: RunScope, newest: str) -> StoryList:
    """Return what the link page of *kind* with *contents* names.

    Of stories of any time a run whose days are not bounded asks for those since the day *newest*.
    """
    sites = (contents.site,) if contents.site else ()
    stories = [_story(link, scope.left_out(link, sites)) for link in contents.links]
    new = contents.past if scope.is_bounded else newest_links(contents.past, newest)
    wanted = {id(link) for link in new}
    for link in contents.past:
        left_out = scope.left_out(link) or ("" if id(link) in wanted else "archive")
        stories.append(_story(link, left_out))
    return StoryList(
        kind=kind,
        stories=stories,
        children=contents.children,
        older=contents.older,
        problems=contents.problems,
    )


def _story(link: Link, left_out: str) -> ListedStory:
    told = link.published or find_day_in_path(urlsplit(link.url).path)
    return ListedStory(
        key=address_key(link.url),
        url=link.url,
        date=told.local if told else "",
        guid=link.guid,
        left_out=left_out,
    )
