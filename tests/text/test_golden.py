"""Golden folders: ``golden/NAME/input.html`` and the text that a reader would copy from it.

``expected.txt`` holds one paragraph a line and was written by reading the input.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.text.article import clean

CASES = sorted((Path(__file__).parent / "golden").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Path) -> None:
    html = (case / "input.html").read_bytes().decode()
    expected = (case / "expected.txt").read_bytes().decode()
    text = clean("", html, captions=case.name == "captions-on")
    assert "".join(f"{paragraph}\n" for paragraph in text.paragraphs) == expected
    assert text.flags == ()


def test_there_are_cases() -> None:
    assert len(CASES) >= 45
