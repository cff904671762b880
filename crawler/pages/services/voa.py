"""Voice of America, voanews.com.

The dateline is ``NYAHURURU, KENYA —`` in an element of its own in front of the lead. The trailer is
``Some information for this report came from Agence France-Presse and Reuters.``
"""

from __future__ import annotations

import re

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(
    key="voa",
    hosts=("voanews.com",),
    agency="Voice of America",
    dateline=re.compile(r"(?P<mark>[^\W\d_a-z][^.!?—–]{2,60}?)\s*[—–]\s*$"),
)
