"""The Associated Press, apnews.com.

The dateline is ``VALE, Ohio (AP) —``. Behind a line of three underscores stand the trailers:
``Associated Press writer Joan Field in Columbus contributed to this report.``, ``Follow AP’s
coverage of extreme weather at https://apnews.com/hub/weather``, and who pays for a desk.

The body is ``div[@data-key='article']`` until 2023-07-10 and ``div.RichTextStoryBody`` from then
on (flairNLP/fundus ``publishers/us/ap_news.py`` at a673c71). Flashes are one line long: only the
mark-up tells them from the teasers around them.
"""

from __future__ import annotations

import re

from crawler.pages.services.service import Form, ServicePages

PAGES = ServicePages(
    key="ap",
    hosts=("apnews.com",),
    agency="Associated Press",
    forms=(
        Form(since="2023-07-11", body="//div[contains(@class, 'RichTextStoryBody')]"),
        Form(until="2023-07-10", body="//div[@data-key='article']"),
    ),
    furniture=re.compile(
        r"(?:The )?A(?:ssociated Press|P)\b.{0,120}\breceives? (?:financial )?support from .*"
        r"(?:AP|Associated Press) is solely responsible for all content\.?"
    ),
)
