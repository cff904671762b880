"""A real WordPress on MariaDB, on loopback, seeded, with switches for what real sites do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, Unpack

from tests.world.wordpress import frontend
from tests.world.wordpress.behaviour import DEFAULTS, Behaviour
from tests.world.wordpress.database import Database
from tests.world.wordpress.installed import HERE, cache_folder
from tests.world.wordpress.process import BedError, Process, free_port
from tests.world.wordpress.template import template

SEED_HOME = "http://wire.example.test"

Permalinks = Literal["pretty", "plain", "index"]
Server = Literal["php", "nginx"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the web server answered; ``length`` is that of the body sent, in bytes."""

    method: str
    target: str
    status: int
    length: int


class WordPress:
    """A running site. Use ``start``; leaving the ``with`` block stops it."""

    def __init__(self, workdir: Path, url: str, permalinks: Permalinks) -> None:
        workdir.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.workdir = workdir
        self.database = Database(workdir)
        self._access_log = workdir / "access.jsonl"
        self._settings = workdir / "site.json"
        self._permalinks = permalinks
        self._behaviour = Behaviour(**DEFAULTS)
        self._processes: list[Process] = []
        self.behave()

    @classmethod
    def start(
        cls,
        workdir: Path,
        *,
        permalinks: Permalinks = "pretty",
        subfolder: str = "",
        server: Server = "php",
        **behaviour: Unpack[Behaviour],
    ) -> Self:
        """Serve a fresh copy of the seeded site from an empty folder ``workdir``.

        ``permalinks``: ``pretty`` ``/2024/01/31/slug/``, ``index`` the same below ``/index.php``,
        ``plain`` ``/?p=1``. ``subfolder``: path of the site below the root, as ``news``.
        Raises BedError, with the log, when a server is not ready in time.
        """
        seeded = template(_build)
        port = free_port()
        base = f"/{subfolder.strip('/')}" if subfolder else ""
        site = cls(workdir, f"http://127.0.0.1:{port}{base}", permalinks)
        try:
            site.behave(**behaviour)
            shutil.copytree(seeded, site.database.data)
            site.database.start()
            site._serve(port, base, server)
        except BaseException:
            site.stop()
            raise
        return site

    def _serve(self, port: int, base: str, server: Server) -> None:
        web = frontend.Web(
            workdir=self.workdir,
            root=_document_root(self.workdir / "root", base),
            base=base,
            address=("127.0.0.1", port),
            access_log=self._access_log,
            env=self._env,
        )
        start = frontend.start_nginx if server == "nginx" else frontend.start_php
        self._processes = start(web)
        for process in self._processes:
            process.wait_ready()
        if self._permalinks == "index":
            self.wp("flush_rewrite_rules();")  # the stored ones are those of pretty permalinks

    def behave(self, **changes: Unpack[Behaviour]) -> None:
        """Change what the site does, from the next request on."""
        self._behaviour.update(changes)
        settings = {
            "url": self.url,
            "socket": str(self.database.socket),
            "permalinks": self._permalinks,
            **self._behaviour,
        }
        fresh = self._settings.with_suffix(".new")
        fresh.write_text(json.dumps(settings))
        fresh.replace(self._settings)

    @contextmanager
    def behaving(self, **changes: Unpack[Behaviour]) -> Iterator[None]:
        """Change what the site does within the block."""
        before = Behaviour(**self._behaviour)
        self.behave(**changes)
        try:
            yield
        finally:
            self.behave(**before)

    @property
    def access_log(self) -> list[Request]:
        """The requests answered so far, in order (nginx writes each just after its answer)."""
        if not self._access_log.exists():
            return []
        lines = self._access_log.read_text(encoding="utf-8").splitlines()
        return [Request(**json.loads(line)) for line in lines]

    def wp(self, php_code: str, *args: object, installing: bool = False) -> str:
        """Run PHP inside WordPress as its administrator; return what it prints.

        ``args`` (JSON values) are ``$args`` in the code. Raises BedError when it fails.
        """
        job = {"code": php_code, "args": args, "installing": installing}
        done = subprocess.run(
            frontend.php_command(HERE / "php" / "cli.php"),
            input=json.dumps(job),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
            env={**os.environ, **self._env},
        )
        if done.returncode:
            raise BedError(f"PHP failed in {self.url}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def insert_post(self, **fields: Any) -> int:
        """Insert a post as ``wp_insert_post`` does; published unless told. Return its id."""
        post = {"post_status": "publish", "post_author": 1, **fields}
        return int(
            self.wp("echo newsreel_checked(wp_insert_post(wp_slash($args[0]), true));", post)
        )

    def update_post(self, post_id: int, **fields: Any) -> None:
        """Change fields of a post as ``wp_update_post`` does; its modified date becomes now."""
        post = {"ID": post_id, **fields}
        self.wp("newsreel_checked(wp_update_post(wp_slash($args[0]), true));", post)

    def delete_post(self, post_id: int) -> None:
        """Delete a post for good, not to the trash."""
        self.wp("newsreel_checked(wp_delete_post($args[0], true));", post_id)

    def app_password(self, user: str = "admin") -> str:
        """Make an application password for a user (login name), in its spaced form."""
        return self.wp(
            "$user = newsreel_checked(get_user_by('login', $args[0]));"
            "$made = newsreel_checked(WP_Application_Passwords::create_new_application_password("
            "$user->ID, ['name' => wp_generate_uuid4()]));"
            "echo WP_Application_Passwords::chunk_password($made[0]);",
            user,
        )

    def stop(self) -> None:
        """End all servers and throw the data away; logs stay in the work folder."""
        for process in reversed(self._processes):
            process.stop()
        self._processes = []
        self.database.stop()
        shutil.rmtree(self.database.data, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _env(self) -> dict[str, str]:
        return {
            "NEWSREEL_SITE": str(self._settings),
            "NEWSREEL_PHP": str(HERE / "php"),
            "NEWSREEL_CODE": str(cache_folder().resolve() / "wordpress"),
        }


def _document_root(root: Path, base: str) -> Path:
    code = cache_folder().resolve() / "wordpress"
    if not base:
        return code
    link = root / base.strip("/")
    link.parent.mkdir(parents=True)
    link.symlink_to(code)
    return root


def _build(workdir: Path) -> None:
    site = WordPress(workdir, SEED_HOME, "pretty")
    try:
        site.database.create()
        site.database.start()
        _create_schema(site.database)
        seed = f"require '{HERE / 'seed.php'}';"
        site.wp(f"{seed} newsreel_install();", installing=True)
        site.wp(f"{seed} newsreel_seed('{HERE / 'posts'}');")
    finally:
        site.database.stop()


def _create_schema(database: Database) -> None:
    code = (
        f"(new mysqli('localhost', 'root', '', '', 0, '{database.socket}'))"
        "->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');"
    )
    command = [*frontend.php_command("-r"), code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise BedError(f"CREATE DATABASE failed:\n{done.stdout}{done.stderr}")
