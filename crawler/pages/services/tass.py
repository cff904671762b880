"""TASS, tass.com.

The dateline is ``MURMANSK, February 1. /TASS/.`` The body is ``div.text-block`` below a lead of its
own that only sums up (DIYgod/RSSHub ``lib/routes/tass/news.ts`` at 2d67322); the list of all news
stands on the page as templates, ``{{newsPoint.title}}``, that only a browser fills.
"""

from __future__ import annotations

from crawler.pages.services.service import Form, ServicePages

PAGES = ServicePages(
    key="tass",
    hosts=("tass.com",),
    agency="TASS",
    forms=(Form(body="//div[contains(@class, 'text-block')]"),),
)
