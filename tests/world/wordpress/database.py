"""MariaDB on a unix socket, without network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.world.wordpress.installed import program
from tests.world.wordpress.process import BedError, Process, socket_path


class Database:
    """A MariaDB server on a data folder and socket of its own, without network."""

    def __init__(self, workdir: Path) -> None:
        self.data = workdir / "data"
        self.socket = socket_path(workdir / "mariadb.sock")
        self._log = workdir / "mariadb.log"
        self._process: Process | None = None

    def create(self) -> None:
        """Make an empty data folder (0.5 s)."""
        command = [
            program("mariadb-install-db"),
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--datadir={self.data}",
            "--innodb-log-file-size=8M",
            *_as_root(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise BedError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")

    def start(self) -> None:
        """Serve the data folder; raise BedError if it does not within two minutes."""
        command = [
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            f"--pid-file={self.data}/mariadb.pid",
            "--skip-networking",
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",  # the data is thrown away
            "--character-set-server=utf8mb4",
            *_as_root(),
        ]
        self._process = Process("mariadbd", command, address=str(self.socket), log=self._log)
        self._process.wait_ready()

    def stop(self) -> None:
        """End the server if it runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
