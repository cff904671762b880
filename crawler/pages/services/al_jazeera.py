"""Al Jazeera, aljazeera.com.

The dateline, where there is one, is ``Lahore, Pakistan –`` with the place in bold; the trailer is
``Source: Al Jazeera and news agencies``.
"""

from __future__ import annotations

import re

from crawler.pages.services.service import ServicePages
from crawler.text.agency_names import REGIONS

_WORD = r"[^\W\d_a-z][\w.’'-]*"
_PLACES = "|".join(map(re.escape, sorted(REGIONS)))

PAGES = ServicePages(
    key="al-jazeera",
    hosts=("aljazeera.com",),
    dateline=re.compile(
        rf"(?P<mark>{_WORD}(?: {_WORD}){{0,3}}, (?:{_PLACES}))\s[–—-]\s(?=[^\W\d_a-z]|[“\"‘'])"
    ),
)
