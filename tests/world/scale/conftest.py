"""Servers for tests: each process of pytest has its own, and each test a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.world.requirements import require
from tests.world.scale.cluster import Cluster, missing

_numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    require(missing())
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture
def postgresql(cluster: Cluster) -> str:
    """Return the address of a database that is empty."""
    return cluster.create_database(f"news{next(_numbers)}")


@pytest.fixture
def english(cluster: Cluster) -> str:
    """Return the address of a database in which an English dictionary says what comes first."""
    options = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    return cluster.create_database(f"english{next(_numbers)}", options)
