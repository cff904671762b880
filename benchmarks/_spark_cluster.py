"""A Spark cluster of this machine alone: a master and workers, each a process, on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

_HOST = "127.0.0.1"
_DEPLOY = "org.apache.spark.deploy"
_AT = re.compile(r"Starting Spark master at (spark://\S+)")
_JOINED = "Successfully registered with master"
_TIMEOUT = 120.0  # seconds
_PAUSE = 0.2


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """Yield the address of a master with as many *workers*, of one core each."""
    with ExitStack() as stack:
        log = folder / "master.log"
        where = ("--host", _HOST, "--port", "0", "--webui-port", "0")
        _start(stack, log, f"{_DEPLOY}.master.Master", *where)
        master = _said(log, _AT)[1]
        for number in range(workers):
            work = ("-c", "1", "-m", "2g", "-d", str(folder / f"worker-{number}"))
            log = folder / f"worker-{number}.log"
            options = ("--host", _HOST, "--webui-port", "0", *work)
            _start(stack, log, f"{_DEPLOY}.worker.Worker", *options, master)
            _said(log, re.compile(_JOINED))
        yield master


def _start(stack: ExitStack, log: Path, *words: str) -> None:
    spec = find_spec("pyspark")
    assert spec
    assert spec.submodule_search_locations
    home = spec.submodule_search_locations[0]
    env = {**os.environ, "SPARK_HOME": home, "SPARK_LOCAL_IP": _HOST}
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(
        [f"{home}/bin/spark-class", *words], stdout=output, stderr=output, env=env
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _said(log: Path, pattern: re.Pattern[str]) -> re.Match[str]:
    end = time.monotonic() + _TIMEOUT
    while not (found := pattern.search(log.read_text(encoding="utf-8", errors="replace"))):
        if time.monotonic() > end:
            raise TimeoutError(f"{log} does not say {pattern.pattern!r}")
        time.sleep(_PAUSE)
    return found
