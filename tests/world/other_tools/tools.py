"""Where other people's tools are, what is missing of them, and how they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.running import ROOT
from tests.world.judges import replay

JUDGES = ROOT / ".venv-judges" / "bin"
PEERS = ROOT / ".venv-peers" / "bin"
ARCHIVEWEB = ROOT / ".cache" / "foreign" / "archivewebpage-0.17.1.js"

_LIMIT = 300  # seconds
_INSTALL = "run tests/world/other_tools/install.sh"
# They warn of what later Pythons will do.
QUIET = {**os.environ, "PYTHONWARNINGS": "ignore"}


def wget() -> str:
    """Return why wget cannot be run; empty if it can."""
    return "" if shutil.which("wget") else f"no wget: {_INSTALL}"


def judges() -> str:
    """Return why warcprox and pywb cannot be run; empty if they can."""
    absent = [name for name in ("warcprox", "wayback") if not (JUDGES / name).exists()]
    return f"no {', no '.join(absent)} in {JUDGES}: run `make test-world`" if absent else ""


def peers() -> str:
    """Return why scrapy-webarchive cannot be run; empty if it can."""
    there = (PEERS / "python").exists()
    return "" if there else f"no {PEERS}: run `make test-world` with Python 3.11 or 3.12"


def archiveweb() -> str:
    """Return why ArchiveWeb.page cannot be run; empty if it can."""
    there = "" if ARCHIVEWEB.exists() else f"no {ARCHIVEWEB.name}: {_INSTALL}"
    return replay.missing() or there


def run(folder: Path, *command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run *command* in *folder* (made if need be) to its end; what went wrong fails the test."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        command,
        cwd=folder,
        env={**QUIET, **(env or {})},
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
