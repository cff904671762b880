"""Replays as their users start them, in processes without a network, and their results."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import forking
from tests.running import LIMIT, ROOT, Run

_OFFLINE = Path(__file__).parent / "offline"
_COLUMNS = "key, source, guid, date, modified, url, hex(text_digest), ordinal, file"
_OF_THE_RUN = (
    *("started", "finished", "run", "file", "page", "text_folder", "warc_files", "previous"),
    *("hosts", "memory", "archived_bytes", "settings", "examples"),
)
# Stats that differ between a run and its replay: times, memory, and where the bytes came from.
_OWN_STATS = (
    *(
        "archive/",
        "replay/",
        "retry_after/",
        "asked_wait/",
        "memusage/",
        "elapsed_time",
        "start_time",
        "finish_time",
    ),
    *("items_per_minute", "responses_per_minute"),
)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Kept:
    """What an archive holds of its runs; a replay has to give the same.

    Texts by file; the rows of the ledger, and of the texts that were replaced; the reports with
    their item stats and problems, without what tells one run from another.
    """

    texts: dict[str, bytes]
    articles: list[Row]
    history: list[Row]
    reports: list[dict[str, Any]]


def kept(archives: Path) -> Kept:
    """Return what the archive at *archives* holds."""
    articles, history = ledger(archives)
    return Kept(texts(archives), articles, history, reports(archives))


def texts(archives: Path) -> dict[str, bytes]:
    """Return the bytes of every text, by its path in the corpus."""
    return _content(archives / "text")


def content(folder: Path, *, without: Iterable[str] = ()) -> dict[str, str]:
    """Return the digest of every file in *folder*, by its path, without those below *without*."""
    return {
        name: hashlib.sha256(data).hexdigest()
        for name, data in _content(folder).items()
        if name.split("/")[0] not in set(without)
    }


def ledger(archives: Path) -> tuple[list[Row], list[Row]]:
    """Return the rows of the ledger, and of its history."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as database:
        articles = database.execute(f"SELECT {_COLUMNS} FROM article ORDER BY key, source")
        history = database.execute(f"SELECT {_COLUMNS} FROM revision ORDER BY key, source, id")
        return articles.fetchall(), history.fetchall()


def reports(archives: Path) -> list[dict[str, Any]]:
    """Return the reports, the earliest first, without what differs in a replay."""
    found = sorted((archives / "reports").glob("*.json"))
    return [_comparable(json.loads(path.read_text(encoding="utf-8"))) for path in found]


def total(archives: Path, stat: str) -> int:
    """Return a stat, added up over all runs."""
    found = (archives / "reports").glob("*.json")
    return sum(json.loads(path.read_text(encoding="utf-8"))["stats"].get(stat, 0) for path in found)


def replay(
    into: Path,
    sources: Iterable[Path | str],
    arguments: Mapping[str, str],
    *options: str,
    spider: str = "wordpress",
    isolated: bool = False,
) -> Run:
    """Replay *spider* from *sources* into the archives folder *into*; fails if it reached out.

    *arguments* are the spider's. *isolated*: in a network namespace of its own, where not even
    the loopback device is up; skips where there can be none.
    """
    named = ",".join(map(str, sources))
    return offline(
        *("crawl", spider, "-s", "ARCHIVE_MODE=replay", "-s", f"ARCHIVES_DIR={into}"),
        *(("-s", f"REPLAY_FROM={named}") if named else ()),
        *(part for name, value in arguments.items() for part in ("-a", f"{name}={value}")),
        *options,
        archives=into,
        isolated=isolated,
    )


def offline(*args: str, archives: Path, isolated: bool = False) -> Run:
    """Run ``scrapy ARGS`` in a process that reaches nobody; fails if it tried to."""
    log = archives.with_name(f"{archives.name}.network")
    env = cut_off(log)
    done = _isolated(args, env) if isolated else forking.run("scrapy", args, env)
    assert not log.exists(), log.read_text(encoding="utf-8")
    return Run(done.returncode, done.stdout, done.stderr, archives)


def _isolated(args: Iterable[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_namespace(), sys.executable, "-m", "scrapy", *args],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def cut_off(log: Path) -> dict[str, str]:
    """Return an environment in which Python has no network; what it tries is noted in *log*."""
    return {**os.environ, "PYTHONPATH": str(_OFFLINE), "NEWSREEL_NETWORK_LOG": str(log)}


@cache
def _namespace() -> tuple[str, ...]:
    """Return the command under which a process has no network."""
    command = ("unshare", "--net", "--map-root-user")
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"").decode() or str(error)
        pytest.skip(f"no network namespace can be made here: {reason}")
    return command


def _content(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _comparable(report: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in report.items() if name not in _OF_THE_RUN}
    found["stats"] = {
        name: value for name, value in report["stats"].items() if not name.startswith(_OWN_STATS)
    }
    found["problems"] = sorted(report["problems"], key=lambda problem: str(problem["message"]))
    found["lost"] = {name: loss["count"] for name, loss in report["lost"].items()}
    found["text_files"] = sorted(report["text_files"])
    return found
