"""The news service, running in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.running import ROOT


@dataclass(frozen=True)
class Service:
    """A running service: its ``home``, and ``elsewhere``, a host that is not its own."""

    folder: Path
    home: str
    elsewhere: str

    def publish(self, *editions: str) -> None:
        """Have the *editions* out, the later ones over the earlier ones, and an empty log."""
        (self.folder / "editions").write_text(" ".join(editions), encoding="utf-8")
        (self.folder / "log").write_text("", encoding="utf-8")

    @property
    def requested(self) -> Counter[str]:
        """How often each URL was requested: its path and query, or all of it if elsewhere."""
        lines = (self.folder / "log").read_text(encoding="utf-8").splitlines()
        return Counter(json.loads(line)["url"].removeprefix(self.home) for line in lines)

    @property
    def requested_paths(self) -> Counter[str]:
        """How often each path was requested, whatever the query."""
        paths: Counter[str] = Counter()
        for url, times in self.requested.items():
            paths[urlsplit(url).path] += times
        return paths


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """Serve the first edition; *folder* is where the service keeps its log."""
    (folder / "editions").write_text("first", encoding="utf-8")
    (folder / "log").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.wire", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        yield Service(folder, **json.loads(process.stdout.readline()))
