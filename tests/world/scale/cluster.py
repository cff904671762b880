"""A PostgreSQL server of one's own, in a folder that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_PROGRAMS = "/usr/lib/postgresql"
_FIX = "no PostgreSQL server here: apt-get install postgresql (15 or later)"
PASSWORD = "kEpT secret/@:"  # with all that an address must quote


def missing() -> str | None:
    """Return what is missing for a server, with the fix."""
    return None if _programs() else _FIX


def _programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    versions = sorted(Path(_PROGRAMS).glob("*/bin"), key=lambda path: path.parent.name)
    return next((one for one in [*folders, *versions[::-1]] if (one / "initdb").exists()), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A server on loopback, with databases for tests. PostgreSQL does not run as root.

    With words that put a command *inside* a network namespace it is in there, at *address*; `local`
    leads to it from here then.
    """

    def __init__(
        self,
        locale: str = "C",
        *,
        is_durable: bool = False,
        inside: Sequence[str] = (),
        address: str = "127.0.0.1",
    ) -> None:
        programs = _programs()
        assert programs
        self._programs = programs
        self._inside = inside
        self._address = address
        self.port = free_port()
        self._owner = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="newsreel-postgresql-"))
        self._data = self.folder / "data"
        if self._owner is not None:
            os.chown(self.folder, self._owner, -1)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            *("initdb", "--pgdata", str(self._data), "--username", "nora"),
            *("--encoding", "UTF8", "--locale", locale, "--no-sync"),
            *("--auth", "scram-sha-256", "--pwfile", str(secret)),
        )
        settings = {
            "port": self.port,
            "listen_addresses": f"'{address}'",
            "unix_socket_directories": f"'{self.folder}'",
            "fsync": "on" if is_durable else "off",
            "max_connections": 60,
            "shared_buffers": "64MB",
            "restart_after_crash": "on",
        }
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        if inside:
            with (self._data / "pg_hba.conf").open("a") as file:
                file.write("host all all samenet scram-sha-256\n")
        self.start()

    def uri(self, database: str = "postgres", password: str | None = None) -> str:
        from urllib.parse import quote

        secret = quote(PASSWORD if password is None else password, safe="")
        return f"postgresql://nora:{secret}@{self._address}:{self.port}/{database}"

    def local(self, database: str = "postgres") -> str:
        """Return the address through a socket in the server's folder, whatever network it is in."""
        from urllib.parse import quote

        secret, folder = quote(PASSWORD, safe=""), quote(str(self.folder), safe="")
        return f"postgresql://nora:{secret}@:{self.port}/{database}?host={folder}"

    def start(self) -> None:
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", log)

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", mode)

    def restart(self, mode: str = "immediate") -> None:
        self.stop(mode)
        self.start()

    def create_database(self, name: str, options: str = "") -> str:
        """Create a database, and return the address of a ledger in it."""
        import psycopg

        with psycopg.connect(self.local(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" {options}'.encode())
        return self.uri(name)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        # Who enters a namespace is root, and becomes the owner there.
        become = ["setpriv", f"--reuid={self._owner}", "--clear-groups"] if self._inside else []
        done = subprocess.run(
            [*self._inside, *become, self._programs / program, *arguments],
            user=None if self._inside else self._owner,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            # pg_ctl's server keeps what it inherits: without this the test would wait for it.
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _owner() -> int | None:
    """Return the user that runs the server, None for this one."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise AssertionError("PostgreSQL does not run as root, and there is no other user")
