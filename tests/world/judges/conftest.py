"""Other people's tools, in an environment of their own, as judges of our files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world.other_tools.tools import JUDGES
from tests.world.other_tools.tools import judges as missing
from tests.world.requirements import require


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder of pywb's commands."""
    require(missing())
    return JUDGES
