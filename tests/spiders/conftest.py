"""Sites that misbehave, each on a port of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from demo.modes import Modes
from demo.server import serve
from demo.site import Site, harbour_site
from tests.recorded import Recorded, three_crawls

Harbour = Callable[..., Site]


@pytest.fixture
def harbour() -> Iterator[Harbour]:
    """Start the demonstration site with the given modes; all are stopped at the end."""
    with ExitStack() as stack:

        def start(**modes: Any) -> Site:
            return stack.enter_context(serve(harbour_site(Modes(**modes))))

        yield start


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record three crawls of a site that is gone. Do not change them."""
    return three_crawls(tmp_path_factory.getbasetemp() / "recorded")
