"""Link pages: feeds, sitemaps and listings, and the stories that they link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from crawler.sources import feeds, listings, sitemaps
from crawler.sources.feed_links import is_feed_address, listed_feeds
from crawler.sources.feeds import NotAFeedError
from crawler.sources.html_links import HtmlLinks
from crawler.sources.link_answer import LinkAnswer
from crawler.sources.newest_links import newest_links
from crawler.sources.sitemaps import ChildSitemap, CutSitemapError, NotASitemapError

if TYPE_CHECKING:
    from crawler.crawling.wire.selection import Selection
    from crawler.items import RecordRef
    from crawler.sources.link import Link
    from crawler.sources.services import Service

_SITEMAP = re.compile(r"sitemap[^/]*\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_MANY_FEEDS = 5


class UnreadableLinkPageError(ValueError):
    """The answer is not the link page that it should be; the message says why."""


class NotALinkPageError(UnreadableLinkPageError):
    """The answer is whole, and something else than the link page that it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """A link page at ``url``, or an older page of it; ``kind`` is feed, sitemap or listing.

    It links the stories of ``section``, empty for those of all sections. ``since`` is when an
    earlier run had read all that it linked, empty if none had; ``newest`` is the ISO day from which
    on stories are new, if no days are named. ``depth`` counts the sitemap indexes above it.
    ``is_guess`` means that it need not exist; ``instead`` are addresses to try, one by one, if it
    does not. ``record`` is what its answer was archived as. ``is_unsure`` means that it may be
    something else, ``is_listed`` that a page which lists feeds led to it. ``story`` is the link to
    a listing that may be a story, too. On ``sites`` its stories may be besides the service's.
    ``is_deeper`` means that it is read for what another one does not link any more. ``is_outrun``
    says of an older page that those before it link nothing that was read before.
    """

    kind: str
    url: str
    section: str = ""
    since: str = ""
    newest: str = ""
    page: int = 1
    depth: int = 0
    is_guess: bool = False
    instead: tuple[str, ...] = ()
    is_unsure: bool = False
    is_listed: bool = False
    story: Link | None = None
    sites: tuple[str, ...] = ()
    record: RecordRef | None = None
    is_deeper: bool = False
    is_outrun: bool = False

    def older(self, *, is_guess: bool, is_outrun: bool) -> LinkPage:
        """Return the next older page."""
        return replace(
            self,
            page=self.page + 1,
            is_guess=self.is_guess or is_guess,
            is_outrun=is_outrun and (self.is_outrun or self.page == 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a story is linked: the ``section``, and what else is to be known of it there.

    If it is none, it may be the listing ``front``. It may be on ``sites`` besides the service's.
    A story that ``is_new`` was not requested by the versions that made older archives.
    """

    section: str = ""
    front: LinkPage | None = None
    sites: tuple[str, ...] = ()
    is_new: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether it need not exist."""
        return self.front is not None and self.front.is_guess


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a link page holds.

    ``links`` lead to the stories of these days, ``archive_links`` to those of any time, without
    ``left_out`` older ones that were not asked for. ``doubtful`` ones lead to a story or to a
    section, those ``elsewhere`` to stories of other sites. ``older`` is the address of the next
    older page; ``is_guess`` means that it need not exist. ``children`` are the sitemaps of an
    index, ``feeds`` those that an HTML page lists in the place of a feed: it links no stories
    itself. ``site`` is the address of the site that a feed says to be of.
    ``problems`` say what of the page could not be read.
    """

    links: list[Link] = field(default_factory=list)
    archive_links: list[Link] = field(default_factory=list)
    left_out: int = 0
    doubtful: list[Link] = field(default_factory=list)
    elsewhere: list[Link] = field(default_factory=list)
    older: str = ""
    is_guess: bool = False
    children: list[ChildSitemap] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    site: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the page links nothing."""
        found = (self.links, self.archive_links, self.left_out, self.doubtful, self.children)
        return not any(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPageJob:
    """The ``answer`` for ``link_page``, to be read.

    Of the stories of any time only new ones are read if ``is_newest_only``.
    """

    link_page: LinkPage
    answer: LinkAnswer
    is_newest_only: bool = False

    @classmethod
    def from_response(
        cls,
        response: Response,
        link_page: LinkPage,
        service: Service,
        selection: Selection,
    ) -> Self:
        """Return the job of reading *response*. Raises `UnreadableLinkPageError`."""
        if response.status != 200:
            raise UnreadableLinkPageError(f"{response.url} answers with status {response.status}")
        return cls(
            link_page=link_page,
            answer=LinkAnswer.of(
                response,
                link_page.kind,
                articles=service.articles,
                skip=service.skip,
                domains=selection.domains,
            ),
            is_newest_only=not selection.is_bounded,
        )

    def __str__(self) -> str:
        return str(self.answer)


def read_link_page(job: LinkPageJob) -> Contents:
    """Return what the answer of *job* holds. Raises `UnreadableLinkPageError`."""
    try:
        return _READERS[job.answer.kind](job)
    except (NotAFeedError, NotASitemapError) as error:
        raise NotALinkPageError(str(error)) from None


def kind_by_address(url: str) -> str:
    """Return whether *url* is the address of a feed or a sitemap, empty if it says neither."""
    if is_feed_address(url):
        return "feed"
    return "sitemap" if _SITEMAP.search(urlsplit(url).path) else ""


def lists_feeds(response: Response) -> bool:
    """Tell whether *response* is a page that lists many feeds for its readers."""
    if response.status != 200 or not isinstance(response, TextResponse):
        return False
    return len(listed_feeds(HtmlLinks(response))) >= _MANY_FEEDS


def _read_feed(job: LinkPageJob) -> Contents:
    answer = job.answer
    try:
        feed = feeds.read(answer.body, answer.url, answer.content_type)
    except NotAFeedError:
        listed = listed_feeds(HtmlLinks(answer.page)) if answer.encoding else []
        if not listed:
            raise
        return Contents(feeds=listed)
    page = job.link_page
    # WordPress has older pages, but does not say so.
    guess = feeds.wordpress_page_url(page.url, page.page + 1) if feed.is_wordpress else ""
    return Contents(
        links=list(feed.links),
        site=feed.site,
        older=feed.next or guess,
        is_guess=not feed.next,
        problems=list(feed.problems),
    )


def _read_sitemap(job: LinkPageJob) -> Contents:
    answer = job.answer
    contents = Contents()
    try:
        for entry in sitemaps.read(answer.body, answer.url):
            if isinstance(entry, ChildSitemap):
                contents.children.append(entry)
            elif entry.is_news:
                contents.links.append(entry.link)
            elif not answer.articles or re.search(answer.articles, entry.link.url):
                contents.archive_links.append(entry.link)
    except CutSitemapError as error:
        contents.problems.append(str(error))
    if job.is_newest_only:
        found = contents.archive_links
        contents.archive_links = newest_links(found, job.link_page.newest)
        contents.left_out = len(found) - len(contents.archive_links)
    return contents


def _read_listing(job: LinkPageJob) -> Contents:
    answer = job.answer
    if not answer.encoding:
        raise NotALinkPageError(f"{answer.url} is no page of text")
    listing = listings.read(answer.page, answer.articles, answer.skip, answer.domains)
    if not (listing.links or listing.doubtful or listing.elsewhere):
        raise NotALinkPageError(f"{answer.url} links nothing that looks like a story")
    return Contents(
        links=list(listing.links),
        doubtful=list(listing.doubtful),
        elsewhere=list(listing.elsewhere),
        older=listing.next,
    )


_READERS = {"feed": _read_feed, "sitemap": _read_sitemap, "listing": _read_listing}
