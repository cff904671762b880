"""The Dockerfile and the compose files are read, and what they copy runs, without Docker.

What Docker does with them (the build, volumes, ``read_only``) was tried by hand: docs/operate.md.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from crawler import settings
from tests.running import LIMIT, ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile and what stands behind them."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def copy_into(folder: Path) -> None:
    """Do what the COPY lines do."""
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                into = target.endswith("/")
                path = folder / target / Path(source).name if into else folder / target
                path.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, path)


def test_the_image_has_all_that_a_round_needs(tmp_path: Path) -> None:
    copy_into(tmp_path)
    words = [word for word, _ in instructions()]
    assert words[0] == "FROM"
    assert words.count("USER") == 1
    values = dict(instructions())
    command = [*yaml.safe_load(values["ENTRYPOINT"])[1:], *yaml.safe_load(values["CMD"])]
    assert command == ["-m", "scrapy", "round", "--watch"]
    for arguments in (["list"], ["round", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [sys.executable, *command[:3]], cwd=tmp_path, capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "SOURCES_FILE" in done.stderr


def test_what_is_copied_is_not_ignored() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    lets_in = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    for word, rest in instructions():
        for source in shlex.split(rest)[:-1] if word == "COPY" else ():
            assert {source, source.partition("/")[0]} & lets_in, source


def check_sources(mounts: list[Any]) -> None:
    """Check that the sources file is mounted, and not made as a folder where it is missing."""
    (sources,) = (mount for mount in mounts if isinstance(mount, dict))
    assert sources["source"] == "../sources.toml"
    assert sources["target"] == f"{dict(instructions())['WORKDIR']}/sources.toml"
    assert sources["read_only"] is True
    assert sources["bind"]["create_host_path"] is False


def test_the_compose_file() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["newsreel"]
    context = ROOT / "deploy" / service["build"]["context"]
    assert (context / service["build"]["dockerfile"]).samefile(DOCKERFILE)
    values = dict(instructions())
    assert service["stop_signal"] == values["STOPSIGNAL"] == "SIGTERM"
    assert service["stop_grace_period"] == "2m"
    assert settings.SHUTDOWN_GRACE < 60
    assert service["command"] == yaml.safe_load(values["CMD"])
    volume, _, mounted = service["volumes"][0].partition(":")
    assert volume in compose["volumes"]
    assert mounted == values["VOLUME"]
    assert service["read_only"] is True
    check_sources(service["volumes"])


def test_projects_have_names_of_their_own() -> None:
    # Without one a project is called after the folder, ``deploy``, as other people's are.
    files = (ROOT / "deploy").glob("compose*.yaml")
    names = [yaml.safe_load(file.read_text(encoding="utf-8")).get("name") for file in files]
    assert sorted(names) == ["newsreel", "newsreel-scale"]


def test_the_compose_file_of_many_machines() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.scale.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    workers = {name: it for name, it in services.items() if name.startswith("worker")}
    assert len(workers) == 3
    values = dict(instructions())
    folders = []
    for name, worker in workers.items():
        assert worker["hostname"] == name  # the node is called after it
        assert worker["stop_signal"] == values["STOPSIGNAL"]
        assert worker["build"]["args"]["EXTRAS"] == "notify scale"
        volume, _, mounted = worker["volumes"][0].partition(":")
        assert mounted == values["VOLUME"]
        check_sources(worker["volumes"])
        folders.append(volume)
    assert len(set(folders)) == 3  # a worker has a folder of its own
    # A database that is being made listens on a socket, and is taken for ready there.
    assert {"-h", "127.0.0.1"} <= set(services["postgres"]["healthcheck"]["test"])
    assert {*folders, "tools", "postgres", "minio"} == compose["volumes"].keys()
    for service in services.values():
        image = service["image"]
        assert "build" in service or re.search(r":[\w.-]*\d", image), f"{image} has no version"
        secrets = [v for k, v in service["environment"].items() if k.endswith(("PASSWORD", "KEY"))]
        assert all(secret.startswith("${") for secret in secrets)


def test_the_worker_of_the_compose_file_takes_its_options(tmp_path: Path) -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.scale.yaml").read_text(encoding="utf-8"))
    command = compose["services"]["worker1"]["command"]
    sources = tmp_path / "sources.toml"
    sources.write_text('[gull]\nsite = "https://gull.test/"\n', encoding="utf-8")
    nowhere = "-s", "STATE_URI=postgresql://newsreel@127.0.0.1:1/newsreel?connect_timeout=2"
    mine = "-s", f"ARCHIVES_DIR={tmp_path}", "-s", f"SOURCES_FILE={sources}"
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", *command, *nowhere, *mine],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "127.0.0.1" in done.stderr
