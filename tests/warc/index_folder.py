"""What an index folder holds, read with nothing of the crawler's."""

from __future__ import annotations

import json
from pathlib import Path

COMPANIONS = {".cdxj", ".warcs"}


def all_lines(folder: Path) -> list[str]:
    """Return the lines of all CDXJ files in *folder*, in order; nothing else may be there."""
    found: list[str] = []
    for path in folder.iterdir():
        assert path.suffix in COMPANIONS, path
        assert path.with_suffix(".cdxj").exists(), path
    for path in folder.glob("*.cdxj"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        assert lines == sorted(lines), path
        found += lines
    return sorted(found)


def listed(folder: Path) -> dict[str, list[str]]:
    """Return the WARC files that each CDXJ file in *folder* has the lines of, by its name."""
    return {
        path.name: sorted(json.loads(path.with_suffix(".warcs").read_bytes())["warcs"])
        for path in sorted(folder.glob("*.cdxj"))
    }
