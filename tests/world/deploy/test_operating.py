"""The page for operators: its commands do what it says of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from crawler.disk import move_aside
from tests.running import LIMIT, ROOT

PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")


def test_what_may_be_removed_is_found(tmp_path: Path) -> None:
    match = re.search(r"^    (find archives .+)$", PAGE, re.MULTILINE)
    assert match
    found = {}
    for name, kind in (
        ("ledger.sqlite", "damaged"),
        ("ledger.sqlite", "replaced"),
        ("warc/newsreel-gull.warc.gz", "torn"),
        ("warc/newsreel-gull.warc.gz", "shared-members"),
    ):
        path = tmp_path / "archives" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        found[move_aside(path, kind).relative_to(tmp_path).as_posix()] = kind
        path.touch()
    done = subprocess.run(
        ["sh", "-c", match[1]],
        cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    assert set(done.stdout.split()) == found.keys()
    for kind in found.values():
        assert f"{kind}-N" in PAGE


def test_each_file_of_the_folder_is_told_of() -> None:
    unnamed = {"Dockerfile.dockerignore", "__pycache__"}
    for path in (ROOT / "deploy").iterdir():
        assert path.name in PAGE or path.name in unnamed, path
