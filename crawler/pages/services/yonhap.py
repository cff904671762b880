"""Yonhap News Agency, en.yna.co.kr.

Above the story stand what is new in it, ``(ATTN: ADDS remarks by mayor in paras 3-4)``, and the
byline; the dateline is ``SEOUL, Feb. 3 (Yonhap) --``. Below stand the writer's address and
``(END)``.

The body is ``article.story-news`` (DIYgod/RSSHub ``lib/routes/yna/index.ts`` at 035835e); urgent
stories are one line long: only the mark-up tells them from the teasers around them.
"""

from __future__ import annotations

import re

from crawler.pages.services.service import Form, ServicePages

_NAME = r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}"

PAGES = ServicePages(
    key="yonhap",
    hosts=("yna.co.kr",),
    agency="Yonhap",
    forms=(Form(body="//article[contains(@class, 'story-news')]"),),
    furniture=re.compile(rf"\(ATTN: .{{2,300}}\)|\(END\)|By {_NAME}(?: and {_NAME})?"),
)
