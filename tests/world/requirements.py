"""What tests need of the machine beyond Python packages: where it is missing, they are skipped."""

from __future__ import annotations

import os

import pytest

VARIABLE = "NEWSREEL_REQUIRE_WORLD"
"""At 1, what is missing is a failure."""


def require(missing: str | None) -> None:
    """Skip the test if something is *missing* (one line, with the fix), or fail it."""
    if missing and os.environ.get(VARIABLE) == "1":
        pytest.fail(f"{missing} ({VARIABLE}=1)", pytrace=False)
    if missing:
        pytest.skip(missing)
