"""Other people's tools, in an environment of their own, to judge our files by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world.other_tools.tools import JUDGES
from tests.world.other_tools.tools import judges as missing
from tests.world.requirements import require


@pytest.fixture(scope="session")
def judges() -> Path:
    """Return the folder of pywb's commands."""
    require(missing())
    return JUDGES
