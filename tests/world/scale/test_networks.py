"""Workers whose cable to the database is pulled: the sites are still there, and so are others."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rounds.round_sites import serve, write_sources
from tests.running import LIMIT, scrapy
from tests.world.requirements import require
from tests.world.scale import network
from tests.world.scale.cluster import Cluster
from tests.world.scale.cluster import missing as missing_server
from tests.world.scale.network import DATABASE, GUARD, SITES, Network, entered, inside
from tests.world.scale.workers import WatchedSite, Worker, ended, results, rows, until

_STORIES = 30


@dataclass(frozen=True)
class Place:
    """Two machines, a server, and what leads to its database: ``uri`` there, ``local`` here."""

    network: Network
    machines: list[str]
    uri: str
    local: str
    folder: Path

    def start(self, number: int, *options: str, command: str = "worker") -> Worker:
        """Start a worker on a machine."""
        name = ("one", "two")[number - 1]
        places = (
            f"SOURCES_FILE={self.folder / 'sources.toml'}",
            f"ARCHIVES_DIR={self.folder / name}",
            f"ADDRESS_GUARD_ALLOW={GUARD}",
        )
        named = [word for place in places for word in ("-s", place)]
        return Worker(
            name, self.folder, self.uri, *named, *options,
            command=command.split(), inside=inside(self.machines[number - 1]),
        )  # fmt: skip

    def check(self, *nodes: str) -> None:
        """Check that each story is held once, and each file of *nodes* is whole and known."""
        texts = [path.read_text("utf-8") for path in self.folder.glob("*/text/**/*.txt")]
        assert len(texts) == len(set(texts)) == _STORIES
        held = rows(self.local, "SELECT guid FROM newsreel.article")
        assert len(held) == len(set(held)) == _STORIES
        for node in nodes:
            done = scrapy(self.folder / node, "verify", "-s", f"STATE_URI={self.local}")
            assert done.exit_code == 0, done.stdout + done.log


@pytest.fixture(scope="module")
def machines() -> Iterator[tuple[Network, list[str], Cluster]]:
    require(missing_server() or network.missing())
    with network.network() as made:
        machines = [made.machine(1), made.machine(2)]
        cluster = Cluster(inside=inside(made.database), address=DATABASE)
        yield made, machines, cluster
        cluster.remove()


@pytest.fixture
def place(
    machines: tuple[Network, list[str], Cluster], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Place]:
    made, names, cluster = machines
    database = f"news{abs(hash(request.node.name))}"
    uri = cluster.create_database(database)
    yield Place(made, names, uri, cluster.local(database), tmp_path)
    made.mend(1)


@pytest.mark.parametrize("seconds", [0, 60], ids=["for-seconds", "longer-than-connections-last"])
def test_the_source_of_a_worker_that_is_cut_off_is_read_by_another(
    place: Place, seconds: float
) -> None:
    site = WatchedSite("alpha", stories=_STORIES, waits_after=6)
    with entered(place.network.sites), serve([site], [SITES]):
        write_sources(place.folder / "sources.toml", [site])
        one = place.start(1)
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            two = place.start(2)
            with ended(two):
                until(lambda: _alive(place) == 2, one, two)
                place.network.cut(1)
                cut = time.monotonic()
                site.slow = 0.2
                site.going.set()
                until(lambda: site.count("two") > 5, one, two)
                until(lambda: time.monotonic() > cut + seconds, one, two)
                place.network.mend(1)
                until(lambda: "other workers have its sources" in one.said, one, two)
                until(lambda: results(place.local), one, two)
                until(lambda: _alive(place) == 2, one, two)
                assert [one.end(signal.SIGTERM), two.end(signal.SIGTERM)] == [143, 143]
    assert results(place.local) == {"alpha": [0]}
    asked = "\n".join(f"{at:.2f} {name}" for at, name in site.asked)
    assert max(site.times("one")) < min(site.times("two")), asked
    place.check("one", "two")


def test_a_worker_that_is_cut_off_for_a_moment_goes_on(place: Place) -> None:
    site = WatchedSite("alpha", stories=_STORIES, waits_after=6)
    with entered(place.network.sites), serve([site], [SITES]):
        write_sources(place.folder / "sources.toml", [site])
        one = place.start(1, "-s", "WORKER_TIMEOUT=60")
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            site.slow = 0.1
            site.going.set()
            for _ in range(3):
                place.network.cut(1)
                time.sleep(2)
                place.network.mend(1)
                time.sleep(1)
            until(lambda: results(place.local), one)
            assert one.end(signal.SIGTERM) == 143
    assert results(place.local) == {"alpha": [0]}
    place.check("one")


def test_a_round_that_is_cut_off_asks_nobody_when_another_one_does(place: Place) -> None:
    """There is no queue between rounds that read in their own process: the locks alone do it."""
    site = WatchedSite("alpha", stories=_STORIES, waits_after=6)
    here = "round --here --now"
    with entered(place.network.sites), serve([site], [SITES]):
        write_sources(place.folder / "sources.toml", [site])
        one = place.start(1, command=here)
        with ended(one):
            until(lambda: site.count("one") > 6, one)
            place.network.cut(1)
            site.slow = 0.2
            site.going.set()
            until(lambda: not _leased(place), one)  # until then the source is busy
            two = place.start(2, command=here)
            with ended(two):
                until(lambda: site.count("two") > 5, one, two)
                place.network.mend(1)
                assert two.process.wait(LIMIT) == 0, two.said
            assert one.process.wait(LIMIT) == 75, one.said
    assert "it was taken while nothing was heard of this process" in one.said
    assert max(site.times("one")) < min(site.times("two"))
    place.check("one", "two")


def _leased(place: Place) -> int:
    running = "SELECT FROM newsreel.run_holder WHERE seen + lease > clock_timestamp()"
    return len(rows(place.local, running))


def _alive(place: Place) -> int:
    return len(rows(place.local, "SELECT FROM newsreel_worker"))
