"""What the workers of `crawler.foreign.worker_pool` do in the tests: read, hang, or die."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from crawler.foreign.archive_worker import RecordContent
from crawler.items import Article
from crawler.warc.reader import Record


@dataclass(frozen=True)
class ReadUrl:
    """An article for each response, called after its URL.

    A URL with ``/hangs`` never ends, one with ``/kills`` ends the worker, one with ``/kills-once``
    does so the first time, one with ``/raises`` raises. Each record that is read leaves a file in
    *seen*.
    """

    seen: Path

    def __call__(self, record: Record, path: Path, request: Record | None) -> RecordContent:
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
            return RecordContent(skipped=["type"])
        if request:
            return RecordContent(skipped=[bytes(request.block[:4]).decode()])
        return RecordContent([Article(source="s", guid=url, date="2024-04-11", url=url)])
