"""One news service a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.crawling import Wire
from tests.wire.service import Service, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A news service. Use `service`, or publish what you need."""
    with serving(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    """The news service, its first edition out, and asked for nothing yet."""
    running.publish("first")
    return running


@pytest.fixture
def wire(service: Service, tmp_path: Path) -> Wire:
    """The spider on the news service, into archives that are empty."""
    return Wire(service, tmp_path / "archives")
