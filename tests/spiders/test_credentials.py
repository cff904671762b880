"""Each site gets its own password, and no other."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests import forking
from tests.conftest import Scrapy
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving
from tests.test_secrets import assert_kept, contents

TEXT = "The old lighthouse at Gull Point will be lit again in spring, the harbour council said."
PASSWORDS = [f"kEpT wIth saLt {number}x{number * 37}q" for number in range(12)]
STRAY = {"WORDPRESS_USER": "stray", "WORDPRESS_APP_PASSWORD": "sTraY paSsworD of nobody 9z"}


@dataclass
class Listening(SmallWordPress):
    """Notes each ``Authorization`` that it was sent."""

    heard: set[str] = field(default_factory=set)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "authorization":
                self.heard.add(base64.b64decode(value.removeprefix("Basic ")).decode())
        super().__call__(head, out)


@pytest.fixture
def sites() -> Iterator[list[Listening]]:
    with ExitStack() as stack:
        made = [
            Listening([rest_post(1, "{home}", f"{TEXT} {number}")], terms={"users/me": []})
            for number in range(12)
        ]
        for site in made:
            stack.enter_context(serving(site))
        yield made


def entries(sites: list[Listening], folder: Path) -> tuple[Path, dict[str, str]]:
    """Write a sources file of three kinds of entries; return it and the environment of it."""
    lines, env = [], {}
    for number, site in enumerate(sites):
        lines.append(f'[s{number}]\nsite = "{site.home}/"\nspider = "wordpress"')
        if number % 3 == 0:
            env[f"PASSWORD_{number}"] = PASSWORDS[number]
            lines.append(
                f'credentials = {{ user = "u{number}", password_env = "PASSWORD_{number}" }}'
            )
        elif number % 3 == 1:
            env[f"USER_{number}"] = f"u{number}"
            secret = folder / f"secret-{number}"
            secret.write_text(f"{PASSWORDS[number]}\nnot this\n")
            secret.chmod(0o600)
            named = f'user_env = "USER_{number}", password_file = "{secret.name}"'
            lines.append(f"credentials = {{ {named} }}")
    path = folder / "sources.toml"
    path.write_text("\n".join(lines))
    return path, env


@pytest.mark.parametrize("spider", ["wordpress", "wire"])
def test_many_sites_in_one_process(
    sites: list[Listening], archives: Path, tmp_path: Path, spider: str
) -> None:
    if spider == "wire":
        for site in sites:
            site.head = "<link rel='https://api.w.org/' href='{home}/wp-json/'>"
    path, env = entries(sites, tmp_path)
    name = "site" if spider == "wordpress" else "url"
    runs = [
        {
            "spider": spider,
            "arguments": {name: f"{site.home}/", "source": f"s{number}"},
            "settings": {"CREDENTIALS_OF": f"s{number}", "ARCHIVES_DIR": f"{archives}/{number}"},
        }
        for number, site in enumerate(sites)
    ]
    common = {
        "SOURCES_FILE": str(path),
        "ADDRESS_GUARD_ALLOW": ["127.0.0.0/8"],
        "ASKED_HOSTS_WAIT": False,  # their sites are at one address
        "DOWNLOAD_DELAY": 0,
        "LOG_LEVEL": "DEBUG",
    }
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"settings": common, "runs": runs}))
    done = forking.run("tests.spiders.many_sites", [str(job)], {**os.environ, **STRAY, **env})
    assert done.returncode == 0, done.stderr
    heard = {number: site.heard for number, site in enumerate(sites)}
    assert heard == {
        number: {f"u{number}:{PASSWORDS[number]}"} if number % 3 < 2 else set()
        for number in range(12)
    }
    left = contents(archives) | {"out": done.stdout.encode(), "log": done.stderr.encode()}
    assert sum(b"Gull Point" in data for name, data in left.items() if "/text/" in name) == 12
    for number in range(12):
        assert_kept(left, f"u{number}", PASSWORDS[number])
    assert_kept(left, STRAY["WORDPRESS_USER"], STRAY["WORDPRESS_APP_PASSWORD"])


def own(number: int) -> set[str]:
    return {f"u{number}:{PASSWORDS[number]}"}


def test_the_entry_of_a_site_comes_before_the_environment(
    sites: list[Listening], crawl: Scrapy, tmp_path: Path
) -> None:
    path, env = entries(sites, tmp_path)
    options = ("-s", f"SOURCES_FILE={path}")
    run = crawl(*options, site=sites[0].home, env={**STRAY, **env})
    assert (run.exit_code, sites[0].heard) == (0, own(0)), run.log
    run = crawl(*options, site=sites[2].home, env={**STRAY, **env})
    assert (run.exit_code, sites[2].heard) == (0, {":".join(STRAY.values())}), run.log


def test_an_entrys_password_goes_to_its_own_site_alone(
    sites: list[Listening], crawl: Scrapy, tmp_path: Path
) -> None:
    path, env = entries(sites, tmp_path)
    options = ("-s", f"SOURCES_FILE={path}", "-s", "CREDENTIALS_OF=s0")
    run = crawl(*options, site=sites[1].home, env={**STRAY, **env})
    assert run.exit_code == 3, run.log
    assert sites[1].heard == set()
    assert "the password is not sent there" in run.stdout


@pytest.mark.parametrize(
    ("key", "spoil", "said"),
    [
        ("s0", "env", "[s0]' cannot be used: the environment has no PASSWORD_0: set it"),
        ("s1", "mode", "others can read the password file"),
        ("s1", "empty", "holds no password"),
        ("s1", "gone", "cannot be read: No such file"),
        ("s1", "pipe", "is no file"),
        ("s99", "", "CREDENTIALS_OF='s99'"),
    ],
)
def test_credentials_that_cannot_be_read(
    sites: list[Listening], crawl: Scrapy, tmp_path: Path, key: str, spoil: str, said: str
) -> None:
    path, env = entries(sites, tmp_path)
    secret = tmp_path / "secret-1"
    if spoil == "env":
        env.clear()
    elif spoil == "mode":
        secret.chmod(0o640)
    elif spoil == "empty":
        secret.write_text("\nx\n")
    elif spoil in ("gone", "pipe"):
        secret.unlink()
    if spoil == "pipe":
        os.mkfifo(secret, 0o600)
    site = sites[1 if key == "s1" else 0]
    run = crawl(
        *("-s", f"SOURCES_FILE={path}", "-s", f"CREDENTIALS_OF={key}"), site=site.home, env=env
    )
    assert (run.exit_code, site.asked) == (2, []), run.log
    assert said in run.log
    assert PASSWORDS[1] not in run.log


def test_the_command_sources_shows_no_secret(
    sites: list[Listening], scrapy: Scrapy, tmp_path: Path
) -> None:
    path, env = entries(sites, tmp_path)
    for words in ((), ("s0",), ("s1",)):
        run = scrapy("sources", *words, "-s", f"SOURCES_FILE={path}", env=env)
        assert run.exit_code == 0, run.log
        assert not any(password in run.stdout + run.log for password in PASSWORDS)


def test_the_entry_of_a_site_gives_its_name(
    sites: list[Listening], crawl: Scrapy, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'[a]\nsite = "{sites[2].home}"\nspider = "wordpress"\nsource = "gull"\n')
    run = crawl("-s", f"SOURCES_FILE={path}", site=f"{sites[2].home}/")
    assert (run.exit_code, run.report["source"]) == (0, "gull"), run.log
    replay = crawl("-s", "ARCHIVE_MODE=replay", site=f"{sites[2].home}/", source="gull")
    assert (replay.exit_code, replay.report["articles"]) == (0, {"new": 1}), replay.log


def test_a_replay_needs_no_password(sites: list[Listening], crawl: Scrapy, tmp_path: Path) -> None:
    path, env = entries(sites, tmp_path)
    options: tuple[Any, ...] = ("-s", f"SOURCES_FILE={path}")
    assert crawl(*options, site=sites[0].home, env=env).exit_code == 0
    replay = crawl(*options, "-s", "ARCHIVE_MODE=replay", site=sites[0].home)
    assert replay.exit_code == 0, replay.log


class Echoing(SmallWordPress):
    """Refuses whoever signs in, and quotes what it was sent."""

    def _answer(
        self, folder: str, route: str, query: dict[str, str], head: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        lines = head.decode("latin-1").split("\r\n")
        sent = "".join(line for line in lines if line.lower().startswith("authorization"))
        return 401, {"code": "no", "message": f"No: {sent}", "data": {"status": 401}}, {}


def test_the_log_does_not_repeat_what_a_site_sends_back(scrapy: Scrapy) -> None:
    site = Echoing([], head="<link rel='https://api.w.org/' href='{home}/wp-json/'>")
    with serving(site):
        run = scrapy("crawl", "wire", "-a", f"url={site.home}/", env=STRAY)
    assert "No REST API" in run.log
    assert "Basic [redacted]" in run.log
    said = {"stdout": run.stdout.encode(), "log": run.log.encode(), "padding": b" " * 10_000}
    assert_kept(said, STRAY["WORDPRESS_USER"], STRAY["WORDPRESS_APP_PASSWORD"])
