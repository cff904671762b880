"""dpa, the German Press Agency, in English: dpa-international.com.

The dateline is ``Lüneburg (dpa) -``. Below the story may stand ``# # dpa Notebook`` with notes for
editors, and who answers for it. What the mark-up of its own site looks like is not verified.
"""

from __future__ import annotations

import re

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(
    key="dpa",
    hosts=("dpa-international.com", "dpa.com"),
    agency="Deutsche Presse-Agentur",
    furniture=re.compile(
        r"# # dpa Notebook.{0,200}"
        r"|The editorial responsibility for the publication lies with dpa\.?"
    ),
)
