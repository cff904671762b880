"""The wire spider, run on the news service as its users run it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.running import Run, scrapy
from tests.wire.service import Service

_CLOCK = Path(__file__).parent / "clock"
TODAY = datetime(2026, 3, 7, 20, tzinfo=UTC)
"""When the first edition is out."""

ALL = {"after": "2010-01-01"}
"""Days are named: the older pages and the archives are read too."""


@dataclass(frozen=True)
class Wire:
    """The spider on *service*, into the archives folder *archives*, ``days`` from `TODAY`."""

    service: Service
    archives: Path
    days: float = 0

    def crawl(self, *options: str, **arguments: str) -> Run:
        """Crawl the site, or what *arguments* name instead, with them."""
        if not arguments.keys() & {"service", "url", "urls"}:
            arguments = {"url": self.service.home, **arguments}
        named = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
        now = TODAY + timedelta(days=self.days)
        clock = {"PYTHONPATH": str(_CLOCK), "NEWSREEL_NOW": now.isoformat()}
        return scrapy(self.archives, "crawl", "wire", *named, *options, env=clock)

    def articles(self, *options: str, **arguments: str) -> tuple[Run, dict[str, dict[str, Any]]]:
        """Crawl, and give the articles that came by URL, without the host."""
        file = self.archives.with_suffix(".jsonl")
        run = self.crawl("-O", str(file), *options, **arguments)
        lines = file.read_text(encoding="utf-8").splitlines()
        found = map(json.loads, lines)
        return run, {a["url"].removeprefix(self.service.home): a for a in found}


def skipped(report: dict[str, Any]) -> dict[str, int]:
    """Return how many links were skipped for each reason."""
    stats, name = report["stats"], "wire/skipped/"
    return {key.removeprefix(name): n for key, n in stats.items() if key.startswith(name)}
