"""One news service a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.crawling import Wire
from tests.wire.service import Service, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a news service. Use `service`, or publish what you need."""
    with serving(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    """Return the news service with its first edition published and an empty log."""
    running.publish("first")
    return running


@pytest.fixture
def wire(service: Service, tmp_path: Path) -> Wire:
    """Return the spider on the news service, with empty archives."""
    return Wire(service, tmp_path / "archives")
