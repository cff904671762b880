"""ANSA in English, ansa.it/english.

The dateline is ``(ANSA) - ROME, JAN 5 -``, the last word ``(ANSA).``
"""

from __future__ import annotations

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(key="ansa", hosts=("ansa.it",), agency="ANSA")
