"""Other people's tools, in an environment of their own, as judges of our files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ROOT

JUDGES = ROOT / ".venv-judges" / "bin"


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder of pywb's commands."""
    if not (JUDGES / "wayback").exists():
        pytest.fail(f"{JUDGES} has no pywb: run the tests with `make test`", pytrace=False)
    return JUDGES
