"""A story on several pages, while they are being requested one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crawler.crawling.failures import failed_request, failure_message
from crawler.exceptions import NotInArchive, OffsiteRedirectError, why_no_answer
from crawler.pages.joined_pages import has_same_title
from crawler.pages.story_pages import numbered_address, page_number

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.items import Article, RecordRef
    from crawler.pages.joined_pages import LaterPage
    from crawler.pages.page_job import PageJob, PageRead
    from crawler.pages.story_pages import StoryPages
    from crawler.sources.link import Link


_MOST_REPEATED = 0.7  # of its paragraphs


@dataclass(slots=True, kw_only=True)
class StoryParts:
    """The pages of a story, of which the first was read: its ``title`` and its ``text``.

    ``later`` has the pages that were read since, ``records`` theirs, ``urls`` their addresses.
    ``count`` is the highest number of a page that is known.
    """

    title: str
    text: str
    count: int = 1
    later: list[LaterPage] = field(default_factory=list)
    records: list[RecordRef] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many pages were read."""
        return 1 + len(self.later)

    def note(self, pages: StoryPages) -> None:
        """Note how many pages there are, as one of them has it."""
        self.count = max(self.count, pages.count, self.read + bool(pages.following))

    def is_repeated_by(self, page: LaterPage) -> bool:
        """Tell whether *page* shows the story again, beside the next comments or the like."""
        known = set(self.text.split("\n"))
        repeated = sum(line in known for line in page.paragraphs)
        return repeated > _MOST_REPEATED * len(page.paragraphs)

    def reason_to_doubt(self, page: PageRead, response: Response) -> str:
        """Return why *page*, which came as *response*, is not the next one; empty if it is."""
        if page_number(response.url) != self.read + 1:
            return f"the next one leads to {response.url}"
        if not (page.later and page.later.paragraphs):
            return f"{response.url} has no text of it"
        if not has_same_title(self.title, page.title):
            return f"{response.url} has another headline, “{page.title[:80]}”"
        return ""

    def add(self, page: LaterPage, response: Response) -> None:
        """Add what the next page holds, which came as *response*."""
        self.later.append(page)
        self.urls.append(response.url)
        if record := response.meta.get("archive"):
            self.records.append(record)

    def evidence(self, reason: str) -> str:
        """Return the evidence that its text is incomplete: pages are missing for *reason*."""
        return f"pages: {self.read} of {max(self.count, self.read + 1)} were read, {reason}"


@dataclass(slots=True, kw_only=True)
class PagedStory(StoryParts):
    """A story that is read from its pages alone.

    ``link`` led there from the section ``section``. ``job`` reads the ``first`` page, which came as
    ``response`` and is the ``article`` as long as nothing is joined to it. ``guesses`` tells that
    the first page links no other, but is not the whole story.
    """

    link: Link
    section: str
    job: PageJob
    first: PageRead
    article: Article
    guesses: bool = False
    response: Response

    @property
    def guess(self) -> str:
        """The address at which the next page is if there is one, empty where none is likely."""
        story = self.first.pages.unlinked if self.guesses else ""
        return numbered_address(story, self.read + 1) if story else ""

    @property
    def job_of_all(self) -> PageJob:
        """The job of reading all its pages as one article."""
        return replace(self.job, is_joined=True, later=tuple(self.later))


def later_page_failure(failure: Failure) -> str:
    """Return why the next page of a story did not come."""
    url = failed_request(failure).url
    match failure.value:
        case OffsiteRedirectError():
            return f"{url} leads off the site"
        case NotInArchive():
            return f"{url} is not in the archive"
        case error if why_no_answer(error) == "robots":
            return f"robots.txt forbids {url}"
    return failure_message(failure)
