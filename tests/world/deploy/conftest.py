"""What ``deploy/`` says, read as cron, systemd and Docker read it, and a checkout to run it in."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rounds.round_sites import RoundSite, serve
from tests.running import LIMIT, ROOT

HOME = "/srv/newsreel"
"""Where the files of ``deploy/`` have the checkout."""
_CODE = ("crawler", "spiders", "pipelines", "deploy", "docs", "scrapy.cfg")
_LOOPBACK = "-s ADDRESS_GUARD_ALLOW=127.0.0.0/8 -s DOWNLOAD_DELAY=0"


@dataclass(frozen=True)
class Checkout:
    """A checkout in ``folder``, as the page for operators makes it, and what else is named."""

    folder: Path

    @property
    def archives(self) -> Path:
        return self.folder / "archives"

    @property
    def texts(self) -> list[Path]:
        """Return the corpus."""
        return sorted((self.archives / "text").glob("*.txt"))

    def moved(self, text: str) -> str:
        """Return what a file of ``deploy/`` says, with this checkout's paths in it."""
        places = {HOME: "", "/var/log/newsreel": "log", "/backup/newsreel": "backup"}
        places["/var/lib/prometheus/node-exporter"] = "metrics"
        for path, ours in places.items():
            text = text.replace(path, str(self.folder / ours).rstrip("/"))
        return text

    def environment(self, **more: str) -> dict[str, str]:
        """Return the little that cron and systemd set, and *more*."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "NEWSREEL_OPTIONS": _LOOPBACK,
            "NEWSREEL_ENV": str(self.folder / "newsreel.env"),
            **more,
        }


class Unit:
    """A unit of systemd in ``deploy/systemd``, for *checkout*."""

    def __init__(self, name: str, checkout: Checkout) -> None:
        path = ROOT / "deploy" / "systemd" / name
        self.text = checkout.moved(path.read_text(encoding="utf-8"))
        self._checkout = checkout

    def values(self, name: str) -> list[str]:
        """Return the values of the lines that set *name*."""
        lines = (line.partition("=") for line in self.text.splitlines())
        return [value for key, _, value in lines if key == name]

    def value(self, name: str) -> str:
        """Return the value of the one line that sets *name*."""
        (found,) = self.values(name)
        return found

    def codes(self, name: str) -> set[int]:
        """Return the exit codes that *name* lists."""
        return {int(code) for value in self.values(name) for code in value.split()}

    def command(self, name: str, environment: dict[str, str]) -> list[str]:
        """Return the words of the command *name*: systemd splits the value of a whole ``$WORD``."""
        found: list[str] = []
        for word in shlex.split(self.value(name).lstrip("-")):
            if word.startswith("$"):
                found += shlex.split(environment.get(word[1:], ""))
            else:
                found.append(word)
        return found

    def run(self, name: str = "ExecStart", **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command *name* to its end."""
        environment = self._checkout.environment(**more)
        return subprocess.run(
            self.command(name, environment),
            cwd=self.value("WorkingDirectory"),
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    @contextmanager
    def started(self, **more: str) -> Iterator[subprocess.Popen[str]]:
        """Start the service; it is killed at the end if it is still there."""
        environment = self._checkout.environment(**more)
        with subprocess.Popen(
            self.command("ExecStart", environment),
            cwd=self.value("WorkingDirectory"),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Make a checkout with an environment, and the folders that an operator makes."""
    found = Checkout(tmp_path / "newsreel")
    for name in ("archives", "log", "backup", "metrics"):
        (found.folder / name).mkdir(parents=True)
    for name in _CODE:
        (found.folder / name).symlink_to(ROOT / name)
    (found.folder / ".venv").symlink_to(sys.prefix)
    assert (found.folder / ".venv" / "bin" / "python").exists(), sys.prefix
    return found


@pytest.fixture
def site() -> Iterator[RoundSite]:
    """Serve a site with three stories."""
    found = RoundSite("gull")
    with serve([found]):
        yield found
