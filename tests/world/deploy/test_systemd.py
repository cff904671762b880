"""The units of systemd: systemd reads them without a word, and what they start does its work."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from crawler import settings
from crawler.state.lock import ArchiveLock
from tests.rounds.round_sites import RoundSite, write_sources
from tests.running import LIMIT, ROOT
from tests.world.deploy.conftest import Checkout, Unit
from tests.world.deploy.pings import pinged
from tests.world.requirements import require

UNITS = sorted(path.name for path in (ROOT / "deploy" / "systemd").iterdir())
SERVICES = [name for name in UNITS if name.endswith(".service")]
LONG_RUNNING = ["newsreel.service", "newsreel-round.service", "newsreel-worker@.service"]
_READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount --bind "$TMPDIR" "$TMPDIR"
mount -o remount,bind,ro /
if touch ../outside 2>/dev/null; then exit 9; fi
shift
exec "$@"
"""


def can_mount() -> bool:
    """Return whether a process here may have mounts of its own."""
    command = ["unshare", "--mount", "mount", "--make-rprivate", "/"]
    return bool(shutil.which("unshare")) and not subprocess.run(command, check=False).returncode


def said_of(folder: Path) -> list[str]:
    """Return what ``systemd-analyze verify`` has to say of the units in *folder*."""
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(folder.iterdir())],
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if "newsreel" in line]
    return lines if done.returncode == 0 else [*lines, f"exit code {done.returncode}"]


def test_systemd_reads_the_units(checkout: Checkout, tmp_path: Path) -> None:
    require(None if shutil.which("systemd-analyze") else "systemd-analyze is missing: systemd")
    units = tmp_path / "units"
    units.mkdir()
    for name in UNITS:
        (units / name).write_text(Unit(name, checkout).text, encoding="utf-8")
    assert said_of(units) == []
    wrong = units / "newsreel.service"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("MemoryMax", "MemoryMast"))
    assert "MemoryMast" in said_of(units)[0]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_write_to_its_folders_alone(checkout: Checkout, name: str) -> None:
    unit = Unit(name, checkout)
    assert unit.value("User") == "newsreel"
    assert unit.value("ProtectSystem") == "strict"
    assert unit.value("NoNewPrivileges") == "yes"
    assert unit.value("CapabilityBoundingSet") == ""
    assert unit.value("MemoryMax")
    assert str(checkout.archives) in unit.value("ReadWritePaths").split()
    timers = [timer for timer in UNITS if timer == name.replace(".service", ".timer")]
    assert bool(timers) == (unit.value("Type") == "oneshot")


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_little_exposed(checkout: Checkout, tmp_path: Path, name: str) -> None:
    """Its own measure, from 0 (good) to 10; a bare unit has 9.6."""
    require(None if shutil.which("systemd-analyze") else "systemd-analyze is missing: systemd")
    (tmp_path / name).write_text(Unit(name, checkout).text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", tmp_path / name],
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_round_writes_to_the_archive_alone(checkout: Checkout, site: RoundSite) -> None:
    """As with ``ProtectSystem=strict``: all else is read-only, the checkout too."""
    require(None if can_mount() else "no file systems can be mounted: run it as root")
    write_sources(checkout.folder / "sources.toml", [site])
    unit = Unit("newsreel-round.service", checkout)
    (writable,) = unit.value("ReadWritePaths").split()
    assert unit.value("PrivateTmp") == "yes"
    with tempfile.TemporaryDirectory() as private_tmp:  # sockets need a short path
        environment = checkout.environment(TMPDIR=private_tmp)
        sandbox = ["unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", writable]
        done = subprocess.run(
            [*sandbox, *unit.command("ExecStart", environment)],
            cwd=unit.value("WorkingDirectory"), env=environment,
            capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Read-only" not in done.stderr
    assert len(checkout.texts) == 3


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_stop_leaves_time_to_seal(checkout: Checkout, name: str) -> None:
    unit = Unit(name, checkout)
    assert unit.value("KillSignal") == "SIGTERM"
    assert unit.value("KillMode") == "mixed"  # the processes that read pages end with their run
    assert int(unit.value("TimeoutStopSec")) > 2 * settings.SHUTDOWN_GRACE
    assert {3, 75, 130, 143} == unit.codes("SuccessExitStatus")


def test_the_service_goes_on_until_it_is_stopped(checkout: Checkout, site: RoundSite) -> None:
    write_sources(checkout.folder / "sources.toml", [site])
    unit = Unit("newsreel.service", checkout)
    with unit.started() as service:
        end = time.monotonic() + LIMIT
        while len(checkout.texts) < 3:
            assert service.poll() is None, service.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)
        service.send_signal(signal.Signals[unit.value("KillSignal")])
        _, log = service.communicate(timeout=LIMIT)
    assert service.returncode in unit.codes("SuccessExitStatus"), log
    assert not list((checkout.archives / "warc").glob("*.open"))


def test_the_service_after_an_end_of_its_own(checkout: Checkout, site: RoundSite) -> None:
    """A wrong setting is not tried for ever; what has the archive alone is waited for."""
    unit = Unit("newsreel.service", checkout)
    assert unit.value("Restart") == "on-failure"
    nothing = unit.run()
    assert unit.codes("RestartPreventExitStatus") == {nothing.returncode}, nothing.stderr
    assert "SOURCES_FILE" in nothing.stderr
    write_sources(checkout.folder / "sources.toml", [site])
    lock = ArchiveLock.alone(checkout.archives)
    busy = unit.run()
    lock.release()
    assert unit.codes("RestartForceExitStatus") == {busy.returncode}, busy.stderr


def test_the_timers_round_health_and_backup(checkout: Checkout, site: RoundSite) -> None:
    write_sources(checkout.folder / "sources.toml", [site])
    done = Unit("newsreel-round.service", checkout).run()
    assert done.returncode == 0, done.stderr
    assert len(checkout.texts) == 3
    health = Unit("newsreel-health.service", checkout).run()
    assert health.returncode == 0, health.stderr
    metrics = (checkout.folder / "metrics" / "newsreel.prom").read_text(encoding="utf-8")
    assert 'newsreel_source_stories{source="gull"} 3' in metrics
    backup = Unit("newsreel-backup.service", checkout).run()
    assert backup.returncode == 0, backup.stderr
    assert (checkout.folder / "backup" / "ledger.sqlite").exists()
    assert (checkout.folder / "backup" / "sources.toml").exists()


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_an_end_is_told(checkout: Checkout, name: str) -> None:
    """Complete, something was not got, stopped, storage, killed."""
    unit = Unit(name, checkout)
    with pinged() as server:
        for status in ("0", "3", "TERM", "143", "5", "KILL"):
            told = unit.run("ExecStopPost", NEWSREEL_PING_URL=server.url, EXIT_STATUS=status)
            assert (told.returncode, told.stdout + told.stderr) == (0, "")
    assert server.paths == ["/p", "/p", "/p/log", "/p/log", "/p/5", "/p/fail"]
    assert unit.run("ExecStopPost", EXIT_STATUS="0").returncode == 0
