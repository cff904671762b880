"""One site and one undisturbed crawl of it for all trials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.site_process import editions
from tests.world.faults.trial import Bed


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with editions() as homes:
        yield Bed(homes, tmp_path_factory.mktemp("faults"))
