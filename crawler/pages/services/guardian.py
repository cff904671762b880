"""The Guardian, theguardian.com.

Its stories have no dateline. Between the paragraphs stand newsletters (``gu-island``), links to
other stories (``element-rich-link``) and, below them, topics (``submeta``).

The names are those of fivefilters/ftr-site-config ``theguardian.com.txt`` at 1279a84 and of
kovidgoyal/calibre ``recipes/guardian.recipe`` at 01b6c8c.
"""

from __future__ import annotations

from crawler.pages.services.service import Form, ServicePages

PAGES = ServicePages(
    key="guardian",
    hosts=("theguardian.com",),
    forms=(
        Form(
            drop=(
                "//figure[contains(@class, 'element-rich-link')]",
                *("//gu-island", "//*[@data-print-layout='hide']"),
            ),
        ),
    ),
)
