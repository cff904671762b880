"""Running the crawler as its users do: ``python -m scrapy`` in a process of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forking
from tests.forking import LIMIT, ROOT

__all__ = ["LIMIT", "LOOPBACK", "ROOT", "Run", "scrapy"]

LOOPBACK = ("-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8", "-s", "DOWNLOAD_DELAY=0")


@dataclass(frozen=True)
class Run:
    """An ended run: what it printed and what it left in its archives folder."""

    exit_code: int
    stdout: str
    log: str
    archives: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report of the latest run."""
        reports = sorted(
            (self.archives / "reports").glob("*.json"), key=lambda p: p.stat().st_mtime_ns
        )
        report: dict[str, Any] = json.loads(reports[-1].read_text(encoding="utf-8"))
        return report

    @property
    def texts(self) -> dict[str, str]:
        """The corpus: text by file name, in the order of the names."""
        files = sorted((self.archives / "text").rglob("*.txt"))
        return {path.name: path.read_text(encoding="utf-8") for path in files}

    @property
    def headlines(self) -> list[str]:
        """The first lines of the corpus without `` date YYYY-MM-DD ``, in order of ordinals."""
        return [text.split("\n", 1)[0][17:] for text in self.texts.values()]


def scrapy(
    archives: Path, *args: str, env: dict[str, str] | None = None, allow: bool = True
) -> Run:
    """Run ``scrapy ARGS`` on *archives*; *allow* lets it reach loopback addresses."""
    options = ["-s", f"ARCHIVES_DIR={archives}", *(LOOPBACK if allow else ())]
    done = forking.run("scrapy", [*args, *options], {**os.environ, **(env or {})})
    return Run(done.returncode, done.stdout, done.stderr, archives)
