"""Golden folders: a page in the shape of a kind of publisher, and the article that a reader sees.

``page.html`` was served at the address in ``url.txt``. ``expected.txt`` holds the headline, the
date and one paragraph a line, and was written by reading the page. ``incomplete.txt`` is the
evidence that it is not the whole story, where it is not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.pages.page_job import PageJob, read_article
from tests.pages.served import page

CASES = sorted((Path(__file__).parent / "golden").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path) -> None:
    url = (case / "url.txt").read_text(encoding="utf-8").strip()
    response = page((case / "page.html").read_bytes(), url)
    found = read_article(PageJob.from_response(response, source="golden"))
    expected = (case / "expected.txt").read_text(encoding="utf-8")
    assert f"{found.title}\n{found.date}\n{found.text}\n" == expected
    evidence = case / "incomplete.txt"
    incomplete = evidence.read_text(encoding="utf-8").strip() if evidence.exists() else None
    assert found.text_incomplete == incomplete


def test_there_are_cases() -> None:
    assert len(CASES) >= 15
