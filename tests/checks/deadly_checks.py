"""A check that dies of files called ``old``, for processes of `crawler.checks.warc_files`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from crawler.checks.span_check import Findings, Task
from crawler.checks.span_check import check as check_for_real
from crawler.warc.deviations import Span


def check(task: Task) -> Iterator[Findings]:
    """Yield what the real check does."""
    if isinstance(task.what, Span) and task.what.stop and task.what.path.name.startswith("old"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield from check_for_real(task)
