"""The house: who may import whom, types, style, and one version."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import crawler

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["importlinter.cli", "lint"], id="imports"),
        pytest.param(["mypy"], id="types"),
        pytest.param(["ruff", "check"], id="style"),
        pytest.param(["ruff", "format", "--check"], id="format"),
    ],
)
def test_tool(command: list[str]) -> None:
    module, *rest = command
    if module == "importlinter.cli":
        run = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    else:
        run = [sys.executable, "-m", module, *rest]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == crawler.__version__


def test_only_the_world_has_the_programs_of_this_machine() -> None:
    assert shutil.which("openssl") is not None
    assert not list(filter(shutil.which, ("php", "mariadbd", "chromium", "node", "wget", "git")))


def test_nothing_outside_the_world_uses_its_tests() -> None:
    world = ROOT / "tests" / "world"
    outside = (path for path in ROOT.glob("tests/**/*.py") if world not in path.parents)
    words = re.compile(r"^\s*(?:from|import) tests\.world\b|[.]venv-", re.MULTILINE)
    assert [path for path in outside if words.search(path.read_text(encoding="utf-8"))] == []
