"""United Press International, upi.com.

The dateline is ``Feb. 3 (UPI) --``, without a place where the story has none. Captions end in
``File Photo by Ellen Park/UPI | License Photo``.
"""

from __future__ import annotations

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(key="upi", hosts=("upi.com",), agency="United Press International")
