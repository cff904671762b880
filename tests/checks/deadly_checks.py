"""What dies of files called ``old``, for processes that check files or make their lines."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from crawler.checks.span_check import Findings, Task
from crawler.checks.span_check import check as check_for_real
from crawler.warc.archive_lines import IndexedFile, LineBatch
from crawler.warc.archive_lines import make_lines as make_real_lines
from crawler.warc.deviations import Span


def check(task: Task) -> Iterator[Findings]:
    """Yield what the real check does."""
    if isinstance(task.what, Span) and task.what.stop and task.what.path.name.startswith("old"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield from check_for_real(task)


def make_lines(file: IndexedFile) -> Iterator[LineBatch]:
    """Yield what the real one does."""
    if file.name.startswith("old"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield from make_real_lines(file)
