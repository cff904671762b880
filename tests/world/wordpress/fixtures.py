"""Pytest fixtures for a real WordPress: one site shared by a session, and sites of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Unpack

import pytest

from tests.world.requirements import require
from tests.world.wordpress.behaviour import Behaviour
from tests.world.wordpress.installed import missing
from tests.world.wordpress.site import Permalinks, Server, WordPress


class StartSite(Protocol):
    """Starts a site as ``WordPress.start`` does; it is stopped at the end of the test."""

    def __call__(
        self,
        *,
        permalinks: Permalinks = "pretty",
        subfolder: str = "",
        server: Server = "php",
        **behaviour: Unpack[Behaviour],
    ) -> WordPress: ...


@pytest.fixture(scope="session")
def wordpress_installed() -> None:
    """Require that a WordPress can be started."""
    require(missing())


@pytest.fixture(scope="session")
def wordpress(
    wordpress_installed: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WordPress]:
    """Yield the seeded site, pretty permalinks, ``php -S``. Do not change its posts.

    Its behaviour may be changed for a while: ``with wordpress.behaving(...)``.
    """
    with WordPress.start(tmp_path_factory.mktemp("wordpress")) as site:
        yield site


@pytest.fixture
def wordpress_site(wordpress_installed: None, tmp_path: Path) -> Iterator[StartSite]:
    """Yield a function that starts a fresh site, to be changed at will."""
    with ExitStack() as sites:
        count = 0

        def start(
            *,
            permalinks: Permalinks = "pretty",
            subfolder: str = "",
            server: Server = "php",
            **behaviour: Unpack[Behaviour],
        ) -> WordPress:
            nonlocal count
            count += 1
            site = WordPress.start(
                tmp_path / f"site{count}",
                permalinks=permalinks,
                subfolder=subfolder,
                server=server,
                **behaviour,
            )
            return sites.enter_context(site)

        yield start
