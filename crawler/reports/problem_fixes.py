"""What the kinds of problems are called on a page, and what to do about those that say no more.

Kinds that are not here are those of `crawler.reports.reasons`, or say it in their message.
"""

from __future__ import annotations

_AGAIN = "run the crawl again later"
_LOOK = "open the address in a browser, then run the crawl again"

TITLES = {
    "fatal": "the run ended early",
    "stopped": "the run was stopped before its end",
    "text_incomplete": "texts that are not the whole story",
    "incomplete": "texts that are not the whole story",
    "link_page_unreadable": "link pages that cannot be read",
    "link_page_damaged": "link pages that are damaged",
    "list_broken": "a list of posts that broke off",
    "list_endless": "a list of posts without an end",
    "post_unlisted": "posts that no list shows",
    "pages_limit": "lists that are longer than the limit",
    "feed_gap": "stories that left a feed unseen",
    "not_in_archive": "requests that the archive has no answer to",
    "nothing_kept": "nothing was kept",
    "warc_damaged": "damaged places in WARC files",
    "warc_unreadable": "WARC files that cannot be read",
    "not_uploaded": "WARC files that were not uploaded",
    "others": "other problems",
}

FIXES = {
    "fatal": "the message says what it was; put that right and run the crawl again",
    "stopped": "run the crawl again: it goes on where it was stopped",
    "link_page_unreadable": _LOOK,
    "link_page_damaged": _LOOK,
    "list_broken": _AGAIN,
    "list_endless": "tell the site's people: its list repeats itself",
    "post_unlisted": _AGAIN,
    "pages_limit": "raise the limit that is named",
    "feed_gap": "read the source more often (`every` in SOURCES_FILE, or scrapy round)",
    "not_in_archive": "crawl the source again, recording",
    "text_incomplete": "crawl with INCOMPLETE=keep to have what there is, marked",
    "warc_damaged": "scrapy verify names the place; put a copy of the file in its place",
    "not_uploaded": "nothing is lost: they are here; the next start, or scrapy upload, tries again",
    "warc_unreadable": "look at the file: its permissions, and whether it is a WARC",
}
