"""A Scrapyd with the project deployed on it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.running import ROOT
from tests.world.requirements import require

BIN = ROOT / ".venv-scrapyd" / "bin"
PROJECT = "newsreel"
LIMIT = 300  # seconds that nothing here takes

CONFIGURATION = (ROOT / "deploy" / "scrapyd.conf").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Scrapyd:
    """A running Scrapyd; ``folder`` is where it, and its jobs, run."""

    folder: Path
    url: str

    def read(self, service: str, /, **query: str) -> dict[str, Any]:
        """Return the answer of *service*."""
        return self._open(f"{service}.json?{urlencode(query)}", None)

    def write(self, service: str, /, **fields: str | list[str]) -> dict[str, Any]:
        """Have *service* do something."""
        return self._open(f"{service}.json", urlencode(fields, doseq=True).encode())

    def _open(self, path: str, data: bytes | None) -> dict[str, Any]:
        with urlopen(f"{self.url}/{path}", data, timeout=LIMIT) as response:
            answer: dict[str, Any] = json.load(response)
        assert answer["status"] == "ok", answer
        return answer

    def crawl(self, spider: str, /, *settings: str, **arguments: str) -> str:
        """Run a job to its end and return its log."""
        options = [*settings, "ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0"]
        job = self.write("schedule", project=PROJECT, spider=spider, setting=options, **arguments)[
            "jobid"
        ]
        deadline = time.monotonic() + LIMIT
        while job not in {done["id"] for done in self.read("listjobs")["finished"]}:
            assert time.monotonic() < deadline, "the job does not end"
            time.sleep(0.2)
        log = self.folder / "logs" / PROJECT / spider / f"{job}.log"
        return log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def scrapyd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    """Scrapyd, and an egg of the project that ``scrapyd-deploy`` has built and put on it."""
    require(None if (BIN / "scrapyd").exists() else f"{BIN} has no scrapyd: run make test-world")
    with running(tmp_path_factory.mktemp("scrapyd")) as server:
        deploy(server, tmp_path_factory.mktemp("checkout") / "newsreel")
        yield server


@contextmanager
def running(folder: Path) -> Iterator[Scrapyd]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "scrapyd.conf").write_text(configuration(port), encoding="utf-8")
    server = Scrapyd(folder, f"http://127.0.0.1:{port}")
    with (folder / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen([BIN / "scrapyd"], cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(LIMIT)


def configuration(port: int) -> str:
    """Return what an operator has, on another *port*, with jobs that begin at once."""
    text = CONFIGURATION
    for name, theirs, ours in (("http_port", "6800", str(port)), ("poll_interval", "5", "0.2")):
        assert f"\n{name} = {theirs}\n" in text
        text = text.replace(f"{name} = {theirs}", f"{name} = {ours}")
    return text


def wait_for(server: Scrapyd, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            server.read("daemonstatus")
        except OSError:
            log = (server.folder / "scrapyd.log").read_text(encoding="utf-8")
            assert process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.1)
        else:
            return


def deploy(server: Scrapyd, checkout: Path) -> None:
    """Do what a user does: ``scrapyd-deploy`` in a checkout, which is left as it was."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    with (checkout / "scrapy.cfg").open("a", encoding="utf-8") as file:
        file.write(f"\n[deploy]\nurl = {server.url}/\nproject = {PROJECT}\n")
    done = subprocess.run(
        [BIN / "scrapyd-deploy"],
        cwd=checkout,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
