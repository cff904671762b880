"""An S3 server of its own, moto's, in a process on loopback."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import LIMIT, ROOT
from tests.world.requirements import require

_SERVER = ROOT / ".venv-storage" / "bin" / "moto_server"
BUCKET = "news"


@dataclass(frozen=True)
class ObjectStore:
    """The server at *port*, which has the bucket `BUCKET`."""

    port: int
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead to it, with credentials that are no secret."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "newsreel-key",
            "AWS_SECRET_ACCESS_KEY": "newsreel-secret",
            "AWS_REGION": "us-east-1",
        }

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return what the server answers, asked without a signature: it looks at none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status < 300, (path, answer.status, content[:500])
            return content
        finally:
            connection.close()


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Have an S3 server with an empty bucket; its log is in *folder*."""
    if not _SERVER.exists():
        require("there is no S3 server: make storage")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "moto.log").open("wb") as log:
        command = [str(_SERVER), "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    store = ObjectStore(port, process.pid)
    try:
        _wait_for(store, process)
        store.request("PUT", f"/{BUCKET}")
        yield store
    finally:
        process.kill()
        process.wait()


def _wait_for(store: ObjectStore, process: subprocess.Popen[bytes]) -> None:
    begin = time.monotonic()
    while time.monotonic() - begin < LIMIT:
        assert process.poll() is None, "the S3 server ended"
        try:
            socket.create_connection(("127.0.0.1", store.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the S3 server does not answer")


@contextmanager
def environment(store: ObjectStore) -> Iterator[None]:
    """Have the variables that lead to *store* in this process."""
    before = {name: os.environ.get(name) for name in store.environment}
    os.environ.update(store.environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
