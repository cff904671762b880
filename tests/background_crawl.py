"""A crawl as its users start it, in a process that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.running import LIMIT, ROOT, Run

# Small files, so that a run seals several; no progress lines.
_SETTINGS = (
    *("ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0"),
    *("ARCHIVE_FILE_SIZE=100000", "PROGRESS_INTERVAL=1000"),
)


class Crawl:
    """A running ``scrapy crawl wordpress`` of *home* into *archives*.

    If *home* is a folder it is the WARC files of another archive, which are merged; with a *source*
    they are read anew for that. The crawl is an argument of the command *under*, if there is one.
    """

    def __init__(
        self,
        home: str | Path,
        archives: Path,
        under: tuple[str, ...] = (),
        level: str = "WARNING",
        settings: tuple[str, ...] = (),
        source: str = "",
    ) -> None:
        spider = ["wordpress", "-a", f"site={home}", "-a", f"source={source or 'faults'}"]
        if isinstance(home, Path):
            spider = ["warc", "-a", f"path={home}"]
            spider += ["-a", f"source={source}"] if source else []
        named = (f"ARCHIVES_DIR={archives}", *_SETTINGS, *settings)
        options = [*spider, "-L", level, *(f"--set={setting}" for setting in named)]
        self._archives = archives
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*under, sys.executable, "-m", "scrapy", "crawl", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def has_written(self) -> bool:
        """Tell whether it runs, and a WARC file that it has open holds something."""
        is_open = self._archives.joinpath("warc").glob("*.open")
        return self.process.poll() is None and any(path.stat().st_size for path in is_open)

    def wait_until_written(self) -> None:
        """Return once it `has_written`, or has ended."""
        while not self.has_written() and self.process.poll() is None:
            if time.monotonic() > self.started + LIMIT:
                raise TimeoutError(f"no WARC file after {LIMIT} s")
            time.sleep(0.01)

    def ended(self, within: float = LIMIT) -> Run:
        """Return what it printed when it ended; kill it if it has not after *within* seconds."""
        try:
            stdout, stderr = self.process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate()
        return Run(self.process.returncode, stdout, stderr, self._archives)

    def kill(self) -> None:
        """Kill it, if it runs, and what it runs under."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
