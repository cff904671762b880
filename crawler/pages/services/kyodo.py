"""Kyodo News, english.kyodonews.net.

Its own stories have no dateline; their credit, ``KYODO NEWS - Apr 10, 2025 - 16:05``, stands above
them, and ``==Kyodo`` below, with links onward behind ``Related coverage:``
(lunarnaut1414/stratlab ``stratlab/news/kyodo.py`` at 89283fc).
"""

from __future__ import annotations

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(key="kyodo", hosts=("kyodonews.net",), agency="Kyodo News")
