"""EFE in English, efe.com/english.

The dateline is ``Madrid, Oct 20 (EFE).-``, the last word ``EFE``, and below it stand the initials
of those who wrote it, ``mo/ics``.
"""

from __future__ import annotations

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(key="efe", hosts=("efe.com",), agency="EFE")
