"""Why an address, an entry or a post gave no text: the one table, for every spider and pipeline.

`docs/reasons.md` shows it to users; `tests/reports/test_reasons.py` keeps the two alike, and finds
reasons of the code that are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Effect(StrEnum):
    """What a reason means for a run that meets it."""

    GAP = "gap"
    """A story is lost, and each one is a problem: exit code 3."""
    LOSS = "loss"
    """A story is lost, and named; a run that kept nothing ends with 3."""
    DOUBT = "doubt"
    """It may not have been a story: the run ends with 3 only if it met nothing else."""
    NONE = "none"
    """Nothing is lost: nobody asked for it, or another text has its words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its ``effect``, what it means as a ``sentence``, and what to do (``fix``).

    In the fix ``{host}`` stands for the host of the first address. ``problem`` is the kind of the
    problem that a gap is. ``lasts`` means that the ledger keeps it, ``lacks`` is what there is not.
    """

    effect: Effect
    sentence: str
    fix: str = ""
    problem: str = "story_failed"
    lasts: bool = True
    lacks: str = "text"

    def fix_for(self, address: str) -> str:
        """Return the fix, with the host of *address* in its place."""
        return self.fix.replace("{host}", _host(address))


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower() or "HOST"
    except ValueError:
        return "HOST"


_GAP, _LOSS, _DOUBT, _NONE = Effect
_LOOK = "open the first one in a browser; if it shows a story there, please report the page"
_ALLOW = "if that host belongs to the source, pass -a allow_hosts={host}"
_TRY_AGAIN = "run the crawl again later; if they still fail, open the first one in a browser"

REASONS = {
    # Where a link leads
    "off_site": Reason(_DOUBT, "the link leads to a host that is not the source's", _ALLOW),
    "redirect_off_site": Reason(
        _LOSS,
        "the link is redirected to a host that is not the source's",
        "if the host that is named belongs to the source, pass it as -a allow_hosts=HOST",
    ),
    "link_page_off_site": Reason(
        _DOUBT, "a feed, sitemap or older page on a host that is not the source's", _ALLOW
    ),
    "kind": Reason(
        _DOUBT,
        "its address is one of a video or gallery",
        "change `skip` in the service's entry of SOURCES_FILE if these are stories",
    ),
    "doubtful": Reason(
        _DOUBT,
        "it may be a story or a section, and a run looks at 30 such links",
        "name what its stories are called: `articles` in an entry of SOURCES_FILE",
    ),
    "front_failed": Reason(
        _DOUBT, "the home page links it, a section or a story, and no page came", _TRY_AGAIN
    ),
    "forbidden": Reason(
        _LOSS,
        "it is a story of a service that forbids crawling, see `scrapy sources`",
        "ask the publisher of {host}; with leave, say whose: -a permission=…",
    ),
    "robots": Reason(
        _LOSS,
        "robots.txt forbids its address",
        "ask the publisher; with leave, pass -s ROBOTSTXT_OBEY=False",
    ),
    "robots_unreadable": Reason(
        _GAP, "the robots.txt of its host cannot be read, which forbids the host", _TRY_AGAIN
    ),
    # What came instead of a story
    "gone": Reason(
        _LOSS, "it is gone (404 or 410)", "look whether the site has moved, and crawl it there"
    ),
    "status": Reason(_GAP, "the answer is an error", _TRY_AGAIN),
    "failed": Reason(_GAP, "no answer came", _TRY_AGAIN),
    "too_big": Reason(
        _GAP,
        "it is larger than the limit",
        "raise the limit that is named, such as -s DOWNLOAD_MAXSIZE=BYTES",
    ),
    "redirect_loop": Reason(
        _GAP,
        "it is redirected in circles or too often",
        "open the first one in a browser with an empty profile: if it goes in circles there too, "
        "tell the site's people; else ask them to let your USER_AGENT in",
    ),
    "challenge": Reason(
        _GAP,
        "a challenge to prove that we are human came in its place",
        "ask the publisher to let your USER_AGENT in, or crawl more slowly (DOWNLOAD_DELAY)",
    ),
    "consent": Reason(
        _GAP,
        "a wall that asks for consent came in its place",
        "ask the publisher for access; feeds and the REST API often have no such wall",
    ),
    "wall": Reason(
        _GAP,
        "one text stands in the place of many stories, and tells of none of them",
        "open the first one in a browser with an empty profile; ask the publisher for access, or "
        "crawl more slowly (DOWNLOAD_DELAY)",
    ),
    "page_timeout": Reason(
        _GAP, "reading the page took too long", "raise WIRE_PAGE_TIMEOUT (CPU seconds)"
    ),
    # What the page is
    "not_html": Reason(_DOUBT, "the page is no HTML", _LOOK),
    "feed": Reason(_DOUBT, "the page is a feed", "crawl it as one: -a url=ADDRESS"),
    "listing": Reason(_DOUBT, "the page is a list of stories or a front page", _LOOK),
    "no_story": Reason(_DOUBT, "the page is of another kind than a story", _LOOK),
    "soft_error": Reason(_LOSS, "an error or login page came in its place", _LOOK),
    "no_text": Reason(_LOSS, "no text of a story is on the page", _LOOK),
    "no_date": Reason(_LOSS, "no day of publication is on the page", _LOOK),
    "attributes": Reason(_LOSS, "a tag on the page has more attributes than we read", _LOOK),
    "depth": Reason(_LOSS, "the page nests deeper than we read", _LOOK),
    "later_page": Reason(
        _NONE, "it is a later page of a story, whose first page is read", lasts=False
    ),
    # Posts and entries
    "post_failed": Reason(_GAP, "the post could not be read", _TRY_AGAIN, problem="post_failed"),
    "post_malformed": Reason(
        _GAP,
        "the post lacks what every post has",
        "ask the site's people: a plugin changes its REST API; or crawl it with the spider wire",
        problem="post_malformed",
    ),
    "same_identity": Reason(
        _GAP,
        "another post of the site has its guid and its date, and is kept",
        "tell the site's people: copies of posts get the guid of the first one",
        problem="same_identity",
    ),
    "seed_unreadable": Reason(
        _GAP,
        "the document is neither a clean text nor a REST post",
        "mend or remove the document that is named",
        problem="seed_unreadable",
    ),
    "malformed": Reason(
        _LOSS, "a post in the archive lacks what every post has", "crawl its site", lasts=False
    ),
    "html_page": Reason(
        _DOUBT,
        "a post's HTML page could not be archived; its text is kept",
        "open the first one in a browser; if it shows there, please report it",
        lasts=False,
        lacks="page",
    ),
    # What the pipelines drop
    "invalid": Reason(
        _LOSS,
        "a field that every article needs is missing or unusable",
        "have the spider fill the field that is named",
    ),
    "protected": Reason(
        _LOSS, "the publisher put it behind a password", "ask the publisher for the text"
    ),
    "empty": Reason(_LOSS, "no text was left after cleaning", _LOOK),
    "incomplete": Reason(
        _GAP,
        "its text is not the whole story",
        "crawl with INCOMPLETE=keep to have what there is, marked",
        problem="text_incomplete",
    ),
    "syndicated": Reason(_NONE, "another article that is held tells its story in its words"),
    "own_choice": Reason(_NONE, "a pipeline or middleware that is not Newsreel's dropped it"),
    "item_error": Reason(
        _GAP,
        "a pipeline failed on it",
        "the log has the traceback; if the pipeline is Newsreel's, please report it",
        problem="item_error",
    ),
    "spider_error": Reason(
        _GAP,
        "the spider failed on the page",
        "the log has the traceback; if the spider is Newsreel's, please report it",
        problem="spider_error",
    ),
    # What was not asked for
    "date": Reason(_NONE, "it is not of the days asked for", lasts=False),
    "section": Reason(_NONE, "it is not of the sections asked for", lasts=False),
    "filtered": Reason(_NONE, "an earlier run saw that it is not asked for", lasts=False),
    "search": Reason(_NONE, "it has not the words asked for", lasts=False),
    "domain": Reason(_NONE, "it is not of the domains asked for", lasts=False),
    "language": Reason(_NONE, "it is not in the languages asked for", lasts=False),
    "archive": Reason(_NONE, "it is of the past, and no days were asked for", lasts=False),
    "sitemap": Reason(_NONE, "a sitemap of the past, and no days were asked for", lasts=False),
}

_UNKNOWN = Reason(_LOSS, "it gave no text", _LOOK)


def reason(name: str) -> Reason:
    """Return the reason called *name*; one that is not in the table is a loss."""
    return REASONS.get(name, _UNKNOWN)
