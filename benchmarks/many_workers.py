"""Workers on one PostgreSQL and one object store, which are killed at times; on Linux.

    python -m benchmarks.many_workers [--workers 3] [--sites 300] [--posts 50] [--calm]
    python -m benchmarks.many_workers --peer PYTHON [--sites 300] [--posts 50]

WordPress sites on loopback, each on an address of its own, are read by workers with a folder each.
While they read, every tenth post is corrected and every twenty-fifth deleted; a worker and the
PostgreSQL server are killed with SIGKILL, and started again. Then every site is read once more, the
workers are ended by SIGTERM, and what came of it is compared with what the sites say: each story
once, with its last title; no host asked by more requests at once than one run makes; each WARC file
in the bucket; ``verify`` of each folder, and ``coverage``. With ``--calm`` nothing is killed.

``--peer`` has scrapy-redis read the same sites, with a Python that has it and a Redis server: three
processes, of which one is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._counting_sites import Serving, serving
from benchmarks._many_sites import host_of

_ROOT = Path(__file__).parents[1]
_PATIENCE = 900.0  # seconds without anything new, after which it is given up


@dataclass(slots=True)
class Outcome:
    """What is printed: a line a fact."""

    lines: list[str] = field(default_factory=list)
    faults: int = 0

    def say(self, line: str, *, is_fault: bool = False) -> None:
        """Print *line*, and keep it."""
        self.faults += is_fault
        print(("FAULT: " if is_fault else "") + line, flush=True)
        self.lines.append(line)


class Worker:
    """The worker number *number* in *folder*, which may be started again."""

    def __init__(self, number: int, folder: Path, settings: list[str], env: dict[str, str]) -> None:
        self.archives = folder / f"worker{number}"
        self._settings = [*settings, f"ARCHIVES_DIR={self.archives}"]
        self._env = env
        self._log = (folder / f"worker{number}.log").open("ab")
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command("worker"), cwd=_ROOT, env=self._env, stdout=self._log, stderr=self._log
        )

    def command(self, *words: str) -> list[str]:
        """Return a command line on the worker's folder."""
        options = [f"--set={setting}" for setting in self._settings]
        return [sys.executable, "-m", "scrapy", *words, *options]

    def kill(self) -> None:
        """Kill it as the kernel does."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start it in the folder that it left."""
        self.process = self._started()

    def end(self) -> int:
        """End it by SIGTERM; return its exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(300)

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command on its folder; return exit code and what it printed."""
        done = subprocess.run(
            self.command(*words), cwd=_ROOT, env=self._env, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


def _sources(sites: Serving, count: int) -> str:
    return "\n".join(
        f'[site{n}]\nsite = "http://{host_of(n)}:{sites.port}/"\nspider = "wordpress"\n'
        f'source = "site{n}"\nevery = "1h"\n'
        for n in range(count)
    )


class Trial:
    """The workers, and what they share; `live` is what happens to them."""

    def __init__(self, options: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
        from tests.world.scale.cluster import Cluster
        from tests.world.scale.object_store import BUCKET, object_store

        self.said = Outcome()
        self.options = options
        self.sites = stack.enter_context(serving(options.sites, options.posts))
        self.server = Cluster(is_durable=True)
        stack.callback(self.server.remove)
        self._bucket_log = folder / "moto.log"
        self.bucket = stack.enter_context(object_store(folder))
        self._sources = folder / "sources.toml"
        self._sources.write_text(_sources(self.sites, options.sites), encoding="utf-8")
        settings = [
            f"STATE_URI={self.server.uri()}",
            f"SOURCES_FILE={self._sources}",
            f"ARCHIVE_UPLOAD=s3://{BUCKET}/archive",
            *("ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0", "LOG_LEVEL=INFO"),
            *("CONCURRENT_REQUESTS=16", f"CONCURRENT_REQUESTS_PER_DOMAIN={options.at_once}"),
            *("WORKER_TIMEOUT=10", f"ROUND_CONCURRENCY={options.concurrency}"),
        ]
        env = {**os.environ, **self.bucket.environment}
        self.workers = [
            Worker(number, folder, settings, env) for number in range(1, options.workers + 1)
        ]
        stack.callback(self._kill_all)

    def _kill_all(self) -> None:
        for worker in self.workers:
            worker.kill()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the ledger answers; nothing while it is not there."""
        import psycopg

        try:
            with psycopg.connect(self.server.uri(), options=_SEARCH_PATH) as connection:
                return connection.execute(query.encode()).fetchall()
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return []

    def until(self, what: str, has_come: Callable[[], bool]) -> float:
        """Wait until *has_come* says so, while anything new comes; return how long it took."""
        begin = last = time.monotonic()
        before: object = None
        while not has_come():
            now = self.rows("SELECT count(*) FROM article"), self.rows("SELECT count(*) FROM run")
            if now != before:
                before, last = now, time.monotonic()
            if time.monotonic() - last > _PATIENCE:
                self.said.say(f"{what}: nothing new for {_PATIENCE} s", is_fault=True)
                break
            time.sleep(0.5)
        took = time.monotonic() - begin
        self.said.say(f"{what}: {took:.0f} s")
        return took

    @property
    def held(self) -> int:
        """How many articles are held."""
        return sum(count for (count,) in self.rows("SELECT count(*) FROM article"))

    def has_share(self, share: float) -> Callable[[], bool]:
        """Return a function that tells whether this *share* of all posts is held."""
        return lambda: self.held >= share * self.options.sites * self.options.posts

    def has_read_all(self, times: int) -> bool:
        """Return whether each site has had so many complete runs."""
        query = "SELECT source, count(*) FROM run WHERE exit_code IN (0, 3) GROUP BY source"
        counts: dict[str, int] = dict(self.rows(query))
        read = sum(count >= times for count in counts.values())
        return read == int(self.options.sites)

    def live(self) -> None:
        """Have all sites read, with what befalls workers and server meanwhile."""
        begin = time.monotonic()
        if not self.options.calm:
            self._suffer()
        took = self.until("all sites read", lambda: self.has_read_all(1))
        took = time.monotonic() - begin
        self.said.say(f"{self.held / took:.1f} articles a second in {took:.0f} s")

    def _suffer(self) -> None:
        first = self.workers[0]
        self.until("a quarter", self.has_share(0.25))
        first.kill()
        self.sites.say("edit")
        self.until("two fifths, with a worker dead", self.has_share(0.4))
        self.server.stop("immediate")
        self.server.start()
        self.until("three fifths, with the server killed", self.has_share(0.6))
        self.sites.say("delete")
        first.start_again()

    def read_again(self) -> None:
        """Put all sites into the queue once more, and wait until they are read."""
        code, said = self.workers[-1].run("round", "--now")
        self.said.say(f"round --now: exit code {code}", is_fault=code not in (0, 3))
        self.said.say("\n".join(said.splitlines()[-6:]))

    def end(self) -> None:
        """End the workers, and have what is left uploaded."""
        for number, worker in enumerate(self.workers, 1):
            code = worker.end()
            self.said.say(f"worker {number} ended with {code}", is_fault=code not in (0, 3, 143))
        for worker in self.workers:
            code, said = worker.run("upload")
            self.said.say(f"upload: exit code {code}: {said.strip()[-200:]}", is_fault=code != 0)

    def judge(self) -> None:
        """Compare what is held with what the sites say."""
        told = self.sites.say("tell")
        self._judge_articles(told["titles"])
        peak = max(told["peaks"].values())
        what = f"at most {peak} requests at once to a host, {sum(told['requests'].values())} in all"
        self.said.say(what, is_fault=peak > self.options.at_once)
        self._judge_files()
        self._judge_export(told["titles"])
        self._say_sizes()
        for worker in self.workers:
            code, said = worker.run("verify")
            self.said.say(f"verify: exit code {code}: {said.splitlines()[-1]}", is_fault=code != 0)
        code, said = self.workers[0].run("coverage")
        self.said.say(f"coverage: exit code {code}", is_fault=code != 0)
        self.said.say("\n".join(said.splitlines()[-4:]))

    def _judge_articles(self, titles: dict[str, str]) -> None:
        rows = self.rows("SELECT guid, file, source FROM article")
        counts = Counter(guid for guid, _, _ in rows)
        there = {guid.removeprefix("https:") for guid in titles}
        twice = [guid for guid, count in counts.items() if count > 1]
        lost = there - counts.keys()
        self.said.say(f"{len(rows)} articles held, of {len(titles)} that are there now")
        self.said.say(f"{len(twice)} held twice {twice[:3]}", is_fault=bool(twice))
        self.said.say(f"{len(lost)} not held {sorted(lost)[:3]}", is_fault=bool(lost))
        files = Counter(file for _, file, _ in rows)
        self.said.say(
            f"{sum(count > 1 for count in files.values())} names given twice",
            is_fault=len(files) != len(rows),
        )

    def _judge_export(self, titles: dict[str, str]) -> None:
        """Read the texts of all nodes through one of them, and compare the headlines."""
        target = self.workers[0].archives.parent / "corpus.jsonl"
        code, said = self.workers[0].run("export", "-o", str(target))
        self.said.say(f"export: exit code {code}: {said.strip()[-200:]}", is_fault=code != 0)
        rows = map(json.loads, target.read_text(encoding="utf-8").splitlines())
        found = {row["guid"]: row["title"] for row in rows}
        old = [g for g, t in titles.items() if found.get(g.removeprefix("https:")) != t]
        self.said.say(f"{len(old)} without their last headline {old[:3]}", is_fault=bool(old))

    def _judge_files(self) -> None:
        rows = self.rows("SELECT name, sealed, address FROM warc")
        away = [name for name, _, address in rows if not address]
        self.said.say(f"{len(rows)} WARC files, {len(away)} not uploaded", is_fault=bool(away))

    def _say_sizes(self) -> None:
        """Say what the trial leaves, an article each, and how often the bucket was asked."""
        articles = max(1, self.held)
        ((ledger, archived),) = self.rows(
            "SELECT pg_database_size(current_database()), (SELECT sum(size) FROM warc)"
        )
        asked = Counter(_REQUEST.findall(self._bucket_log.read_text(errors="replace")))
        self.said.say(
            f"bytes an article: {ledger // articles:,} in PostgreSQL, {archived // articles:,} in "
            f"WARC files; the bucket was asked {dict(asked)}"
        )


_REQUEST = re.compile(r'"(?:\x1b\[\d+m)*(GET|PUT|POST|HEAD|DELETE) ')
_SEARCH_PATH = "-c search_path=newsreel"
_PEER_PATIENCE = 20.0


class Peer:
    """scrapy-redis on the same sites: its processes, and what they have left in Redis."""

    def __init__(self, python: str, folder: Path, stack: ExitStack) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self._python, self._folder = python, folder
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        options = ("--port", self._port, "--save", "", "--dir", str(folder))
        command = ["redis-server", "--bind", "127.0.0.1", *options]
        server = stack.enter_context(subprocess.Popen(command, **quiet))  # type: ignore[call-overload]
        stack.callback(server.kill)
        while self.redis("PING").strip() != "PONG":
            time.sleep(0.1)

    def redis(self, *words: str) -> str:
        """Return what Redis answers."""
        command = ["redis-cli", "-p", self._port, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def start(self, stack: ExitStack) -> subprocess.Popen[bytes]:
        """Start a process that reads."""
        spider = str(_ROOT / "benchmarks" / "_redis_peer.py")
        command = [self._python, "-m", "scrapy", "runspider", spider]
        command += ["-s", f"REDIS_URL=redis://127.0.0.1:{self._port}"]
        log = stack.enter_context((self._folder / "peer.log").open("ab"))
        process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process

    @property
    def count(self) -> int:
        """How many posts were read."""
        return int(self.redis("LLEN", "peer:items"))


def _with_peer(options: argparse.Namespace) -> int:
    posts = options.sites * options.posts
    with tempfile.TemporaryDirectory(prefix="newsreel-peer-") as name, ExitStack() as stack:
        sites = stack.enter_context(serving(options.sites, options.posts))
        peer = Peer(options.peer, Path(name), stack)
        for number in range(options.sites):
            home = f"http://{host_of(number)}:{sites.port}"
            peer.redis("LPUSH", "peer:start_urls", f"{home}/wp-json/wp/v2/posts?per_page=10")
        readers = [peer.start(stack) for _ in range(options.workers)]
        begin = last = time.monotonic()
        count, killed_at = 0, -1
        while time.monotonic() - last < _PEER_PATIENCE:
            if peer.count != count:
                count, last = peer.count, time.monotonic()
            if killed_at < 0 and count >= posts * 0.25 and not options.calm:
                killed_at = count
                readers[0].kill()
                readers[0].wait()
                readers[0] = peer.start(stack)
            time.sleep(0.5)
        items = peer.redis("LRANGE", "peer:items", "0", "-1").splitlines()
        guids = {json.loads(item)["guid"] for item in items}
        took = last - begin
        print(f"scrapy-redis: {len(guids)} of {posts} posts in {took:.0f} s, killed at {killed_at}")
        print(f"at most {max(sites.say('tell')['peaks'].values())} requests at once to a host")
    return 0


def main() -> int:
    """Run the trial, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("workers", 3), ("sites", 300), ("posts", 50), ("concurrency", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--at-once", type=int, default=2, help="requests to a host")
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--peer", help="a Python that has scrapy-redis")
    options = parser.parse_args()
    if options.peer:
        return _with_peer(options)
    with tempfile.TemporaryDirectory(prefix="newsreel-workers-") as name, ExitStack() as stack:
        trial = Trial(options, Path(name), stack)
        trial.live()
        if not options.calm:
            trial.read_again()
        trial.end()
        trial.judge()
        return 1 if trial.said.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
