"""The demonstration site, running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.server import serve
from demo.site import Site, harbour_site


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(harbour_site()) as running:
        yield running
