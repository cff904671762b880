"""Xinhua, english.news.cn.

The dateline is ``WUHAN, Jan. 5 (Xinhua) --``, the last word ``Enditem``. Captions stand as
paragraphs and end in ``(Xinhua/Li Wen)`` or ``(Photo by Li Wen/Xinhua)``.

The body is ``#detailContent`` (GoldGrandMaster/import_jsonData_to_mongodb_fastapi, the scraper
``politics/xinhaNewsAgency.js``); urgent stories are one line long: only the mark-up tells them from
what else is on the page.
"""

from __future__ import annotations

from crawler.pages.services.service import Form, ServicePages

PAGES = ServicePages(
    key="xinhua",
    hosts=("news.cn", "xinhuanet.com"),
    agency="Xinhua",
    forms=(Form(body="//*[@id='detailContent']"),),
)
