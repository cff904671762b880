"""Agence France-Presse, afp.com.

The dateline is ``Huaraz, Peru (AFP) -``. Below the story stand the initials of those who wrote and
edited it, ``lf-pq/mm/jgc``, and ``© Agence France-Presse``. What the mark-up of its own site looks
like is not verified.
"""

from __future__ import annotations

from crawler.pages.services.service import ServicePages

PAGES = ServicePages(key="afp", hosts=("afp.com",), agency="Agence France-Presse")
