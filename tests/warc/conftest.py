"""The files that readers are tested with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warc.files import NAMES


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.fixture
def compressed(tmp_path: Path) -> Path:
    return tmp_path / "x.warc.gz"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return tmp_path / "x.warc"
