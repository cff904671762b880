"""CNN, cnn.com, and its text edition lite.cnn.com.

The dateline is ``Malmö, Sweden CNN —`` in an element of its own, ``cite.source__cite``, in the text
edition ``Llanfair, Wales (CNN) —`` in front of the lead, whose last paragraph leads to the full
page. The trailer is ``CNN’s Peter Kalk contributed to this report.``
"""

from __future__ import annotations

import re

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(
    key="cnn",
    hosts=("cnn.com",),
    agency="CNN",
    furniture=re.compile(r"See Full Web Article"),
)
