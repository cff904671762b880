"""Golden folders: a page in the shape of a kind of publisher, and the article that a reader sees.

``page.html`` was served at the address in ``url.txt``. ``expected.txt`` holds the headline, the
date and one paragraph a line, and was written by reading the page.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.pages.generic import article
from crawler.text.article import clean
from tests.pages.served import page

CASES = sorted((Path(__file__).parent / "golden").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path) -> None:
    url = (case / "url.txt").read_text(encoding="utf-8").strip()
    found = article(page((case / "page.html").read_bytes(), url), source="golden")
    text = clean(found.title_html, found.content_html)
    lines = (text.title, found.date, *text.paragraphs)
    expected = (case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{line}\n" for line in lines) == expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 15
