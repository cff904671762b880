"""Reuters, reuters.com.

The dateline is ``ACCRA, March 7 (Reuters) -``. The trailer is ``Reporting by Duncan Amoah; Editing
by Mark Hale`` and, below it, ``Our Standards: The Thomson Reuters Trust Principles.``

The paragraphs are ``p[@data-testid='paragraph-0']`` until 2024-01-01 and ``div`` of that name from
then on, with ", opens new tab" in the links (flairNLP/fundus ``publishers/us/reuters.py`` at
b60cc6d). What else carries a ``data-testid`` between them is no text of the story
(fivefilters/ftr-site-config ``reuters.com.txt`` at 04dc03a).
"""

from __future__ import annotations

from crawler.pages.services.service import Form, ServicePages

_PARAGRAPHS = "//*[starts-with(@data-testid, 'paragraph-')]"
_NO_TEXT = (
    *("Summary", "toolbar-container", "ArticleToolbar", "ResponsiveAdSlot", "promo-box"),
    *("ContextWidget", "LicenceContentButton", "SocialIcon", "AuthorBio", "SignOff"),
)

PAGES = ServicePages(
    key="reuters",
    hosts=("reuters.com",),
    agency="Reuters",
    forms=(
        Form(
            body=f"{_PARAGRAPHS}/parent::*",
            drop=(
                *(f"//*[@data-testid='{name}']" for name in _NO_TEXT),
                "//p[a[contains(@href, 'trust-principles')]]",
                f"{_PARAGRAPHS}//span[contains(., 'opens new tab')]",
            ),
        ),
    ),
)
