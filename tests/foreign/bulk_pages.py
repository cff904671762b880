"""Pages for the workers of `crawler.foreign.worker_pool` to read: well-behaved ones, and others."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from crawler.items import Article
from crawler.warc.reader import Record


@dataclass
class Found:
    """What a record holds."""

    articles: list[Article] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Urls:
    """An article for each response, called after its URL.

    A URL with ``/hangs`` never ends, one with ``/kills`` ends the worker, one with ``/kills-once``
    does so the first time, one with ``/raises`` raises. Each page looked at leaves a file in
    *seen*.
    """

    seen: Path

    def __call__(self, record: Record, path: Path, request: Record | None) -> Found:
        url = record.header("WARC-Target-URI") or ""
        mark = self.seen / f"{path.name}-{record.offset}"
        again = mark.exists()
        mark.touch()
        while "/hangs" in url:
            pass
        if "/kills" in url and not ("once" in url and again):
            os.kill(os.getpid(), signal.SIGKILL)
        if "/raises" in url:
            raise RuntimeError("what a page may say")
        if record.type != "response":
            return Found(skipped=["type"])
        if request:
            return Found(skipped=[bytes(request.block[:4]).decode()])
        return Found([Article(source="s", guid=url, date="2024-04-11", url=url)])
