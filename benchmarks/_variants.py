"""The crawlers: plain Scrapy, Newsreel with its archive on, and the archivers of others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scrapy.settings import default_settings

from benchmarks._crawl import Cost, peak_rss
from crawler import settings as house
from crawler.addon import MOST_ITEMS

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".venv-peers"
COLLECTOR = "GarbageCollector"
EXTENSIONS = ("Report", "ArchiveLock", "Ledger", "Archive", COLLECTOR)

_BARE = "plain, our settings"
_MOST_SAID = 500


class VoidRoundError(Exception):
    """A crawl that does not count: it failed, took too long or lost an exchange."""


class TooSlowError(VoidRoundError):
    """A crawl that was ended because it took too long."""


@dataclass(frozen=True)
class Job:
    """Crawl *pages* below *base*, of *size* bytes in all, from within the empty *folder*."""

    base: str
    pages: int
    size: int
    folder: Path

    @property
    def urls(self) -> list[str]:
        return [f"{self.base}/{page}.json" for page in range(self.pages)]

    @property
    def timeout(self) -> float:
        """Seconds."""
        return 60 + self.pages * 0.05


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One row: how to crawl, and the row that differs from it by the archive alone."""

    name: str
    run: Callable[[Job], Cost]
    """Raises VoidRoundError."""
    archives: bool = False
    bare: str = ""
    has_target: bool = False
    missing: str = ""
    """Why it cannot run here; empty if it can."""


def variants(peers: Path) -> list[Variant]:
    """Return all rows; plain Scrapy, which the others are compared with, is the first.

    *peers* is an environment with scrapy-webarchive, which needs an old Scrapy: that gets a
    plain row of its own.
    """
    python = peers / "bin" / "python"
    peer = partial(_scrapy, str(python))
    no_peer = "" if python.exists() else f"skipped: there is no {python}; `make bench` installs it"
    no_wget = "" if shutil.which("wget") else "skipped: wget is not on PATH"
    ours = partial(_scrapy, sys.executable)
    bare = {**_extensions(COLLECTOR), "CONCURRENT_ITEMS": MOST_ITEMS}
    return [
        Variant(name="plain Scrapy", run=partial(ours, {})),
        Variant(name=_BARE, run=partial(ours, bare)),
        _newsreel("isal-2"),
        _newsreel("zlib-6"),
        Variant(name="plain, peer's Scrapy", run=partial(peer, PEER), missing=no_peer),
        Variant(
            name="scrapy-webarchive",
            run=partial(peer, {**PEER, **_WEBARCHIVE}),
            archives=True,
            bare="plain, peer's Scrapy",
            missing=no_peer,
        ),
        Variant(name="wget, one connection", run=_wget, archives=True, missing=no_wget),
    ]


# 2.11 warns as long as this is not set.
PEER = {"REQUEST_FINGERPRINTER_IMPLEMENTATION": "2.7"}
_WEBARCHIVE = {
    "EXTENSIONS": {"scrapy_webarchive.extensions.WaczExporter": 543},
    "SW_EXPORT_URI": "archives/",
}


def newsreel() -> dict[str, Any]:
    """Return the settings with which a bare Scrapy project archives as Newsreel does."""
    return {**_own_settings(), **_extensions(*EXTENSIONS), "ADDONS": house.ADDONS}


def _own_settings() -> dict[str, Any]:
    """Return the settings that Scrapy does not know, with their defaults."""
    names = [name for name in dir(house) if name.isupper() and not hasattr(default_settings, name)]
    return {name: getattr(house, name) for name in names}


def _newsreel(gzip: str) -> Variant:
    return Variant(
        name=f"Newsreel, {gzip}",
        run=partial(_scrapy, sys.executable, {**newsreel(), "ARCHIVE_GZIP": gzip}),
        archives=True,
        bare=_BARE,
        has_target=True,
    )


def _extensions(*names: str) -> dict[str, Any]:
    by_name = {path.rpartition(".")[2]: path for path in house.EXTENSIONS}
    paths = [by_name[f"{name}Extension"] for name in names]
    chosen = {path: house.EXTENSIONS[path] for path in paths}
    collector = {name: getattr(house, name) for name in dir(house) if name.startswith("COLLECTOR_")}
    return {"EXTENSIONS": chosen, **collector}


def last_line(command: Sequence[str], folder: Path, timeout: float) -> dict[str, Any]:
    """Run *command*, a module of ours, in *folder*; return the JSON that it prints at its end.

    Raises VoidRoundError: `TooSlowError` when it takes more than *timeout* seconds.
    """
    try:
        # On a timeout, run() kills the process and waits for it.
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooSlowError(f"took more than {timeout:.0f} s") from None
    if done.returncode or done.stderr:
        raise VoidRoundError(f"ended with {done.returncode}: …{done.stderr[-_MOST_SAID:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _scrapy(python: str, settings: dict[str, Any], job: Job) -> Cost:
    what = [json.dumps(settings), job.base, str(job.pages), str(job.size)]
    command = [python, "-m", "benchmarks._crawl", *what]
    return Cost(**last_line(command, job.folder, job.timeout))


def _wget(job: Job) -> Cost:
    (job.folder / "urls").write_text("\n".join(job.urls), encoding="ascii")
    own = ["--no-config", "--no-proxy", "--quiet", "--tries=1", "--header=Accept-Encoding: gzip"]
    command = ["wget", *own, "--input-file=urls", "--output-document=/dev/null", "--warc-file=wget"]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=job.folder)
    peak = 0
    try:
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.perf_counter() - began > job.timeout:
                raise VoidRoundError(f"took more than {job.timeout:.0f} s")
            peak = max(peak, peak_rss(process.pid))
            time.sleep(0.01)
    except BaseException:
        process.kill()
        process.wait()
        raise
    wall = time.perf_counter() - began
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise VoidRoundError(f"ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(
        software="wget", requests=job.pages, wall=wall, cpu=cpu, main_cpu=cpu, peak_rss=peak
    )
