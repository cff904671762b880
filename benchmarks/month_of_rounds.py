"""A month of rounds over living sites, killed at times: is every story explained?

    python -m benchmarks.month_of_rounds [--sites 60] [--days 30] [--every 6] [--kills 10]
    python -m benchmarks.month_of_rounds --sites 12 --days 4 --auto 15

A round comes every so many hours and reads all sites, or with ``--auto`` every so many minutes, and
reads those that are due by their own rhythm. Each is a process of its own whose clock says the
simulated moment. Then ``verify``, ``coverage`` and ``replay --check`` say what they find, and what
is held is compared with what the sites published: stories that no read could see (a feed holds 15)
are counted apart.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parents[1]
_CLOCK = _ROOT / "tests" / "wire" / "clock"
_START = datetime(2026, 3, 2, 4, tzinfo=UTC)
_SETTINGS = (
    *("ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0", "RETRY_TIMES=1"),
    *("CONCURRENT_REQUESTS=16", "DOWNLOAD_TIMEOUT=5", "LOG_LEVEL=ERROR"),
)


class Month:
    """The archive and the sites in *folder*."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.archives = folder / "archives"
        self.truth = folder / "truth.json"
        self._sources = folder / "sources.toml"
        self._options = options
        self._job = folder / "job.json"
        job = {
            "sites": options.sites,
            "days": options.days,
            "seed": options.seed,
            "start": _START.isoformat(),
            "truth": str(self.truth),
            "sources": str(self._sources),
        }
        self._job.write_text(json.dumps(job), encoding="utf-8")
        self.codes: dict[int, int] = {}
        self.cpu = 0.0

    def run(self) -> None:
        """Live through the month."""
        command = [sys.executable, "-m", "benchmarks._month_sites", str(self._job)]
        with subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as sites:
            assert sites.stdin is not None
            assert sites.stdout is not None
            _say(sites.stdout, "serving")
            self._live(sites.stdin, sites.stdout)
            sites.stdin.close()

    def _live(self, stdin: IO[str], stdout: IO[str]) -> None:
        chance = random.Random(self._options.seed)
        step_length = interval(self._options)
        steps = timedelta(days=self._options.days) // step_length
        killed = set(chance.sample(range(steps), min(self._options.kills, steps)))
        for step in range(1, steps + 1):
            now = _START + step * step_length
            stdin.write(f"{now.isoformat()}\n")
            stdin.flush()
            _say(stdout, "done")
            code = self._round(now, kill_after=chance.uniform(0.5, 6) if step in killed else None)
            self.codes[code] = self.codes.get(code, 0) + 1
            print(f"{now:%d %b %H:%M}  round ended with {code}", file=sys.stderr, flush=True)

    def _round(self, now: datetime, kill_after: float | None) -> int:
        with subprocess.Popen(
            self._command("round", *([] if self._options.auto else ["--now"])),
            cwd=_ROOT,
            env=_at(now),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            if kill_after is not None:
                time.sleep(kill_after)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
            return process.wait()

    def command(self, *words: str) -> tuple[int, str]:
        """Run a command on the archive at the month's end; return exit code and what it printed."""
        end = _START + timedelta(days=self._options.days)
        done = subprocess.run(
            self._command(*words),
            cwd=_ROOT,
            env=_at(end),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _command(self, *words: str) -> list[str]:
        named = (f"ARCHIVES_DIR={self.archives}", f"SOURCES_FILE={self._sources}", *_SETTINGS)
        options = [f"--set={setting}" for setting in named]
        return [sys.executable, "-m", "scrapy", *words, *options]

    def reads(self) -> dict[str, tuple[int, str]]:
        """Return by source how many runs have ended, and when the last one began."""
        query = "SELECT source, count(*), max(started) FROM run GROUP BY source"
        with closing(sqlite3.connect(self.archives / "ledger.sqlite")) as db:
            return {source: (count, last) for source, count, last in db.execute(query)}

    def held(self) -> dict[str, dict[int, str]]:
        """Return when each story was collected, by source and number."""
        found: dict[str, dict[int, str]] = {}
        with closing(sqlite3.connect(self.archives / "ledger.sqlite")) as db:
            for source, url, guid, at in db.execute(
                "SELECT source, url, guid, collected FROM article"
            ):
                name = guid if "?p=" in guid else url
                number = int(
                    "".join(filter(str.isdigit, name.rpartition("-")[2].rpartition("=")[2]))
                )
                found.setdefault(source, {})[number] = at
        return found


def _at(now: datetime) -> dict[str, str]:
    """Return the environment of a process that takes this moment for *now*."""
    return {**os.environ, "PYTHONPATH": str(_CLOCK), "NEWSREEL_NOW": now.isoformat()}


def interval(options: argparse.Namespace) -> timedelta:
    """Return how far the rounds are apart."""
    return timedelta(minutes=options.auto) if options.auto else timedelta(hours=options.every)


def compare(month: Month, every: float, days: int) -> dict[str, Any]:
    """Return what of the stories is held, and how late it came, in hours."""
    truth, held = json.loads(month.truth.read_text(encoding="utf-8")), month.held()
    reads = month.reads()
    counts: dict[str, int] = {}
    delays: list[float] = []
    for source, told in truth.items():
        mine = held.get(source, {})
        # Rounds come at whole minutes, a process begins some seconds later.
        last = datetime.fromisoformat(reads[source][1]).replace(second=0, microsecond=0).isoformat()
        for story in told["stories"]:
            if story["published"] > last:
                continue
            state = "held" if story["id"] in mine else _why_not(story, told, every)
            counts[f"{told['kind']}: {state}"] = counts.get(f"{told['kind']}: {state}", 0) + 1
            if state == "held":
                at = datetime.fromisoformat(mine[story["id"]])
                late = at - datetime.fromisoformat(story["published"])
                delays.append(late / timedelta(hours=1))
    return {
        "reads a day and site": round(sum(n for n, _ in reads.values()) / days / len(truth), 1),
        "stories": dict(sorted(counts.items())),
        "median hours late": round(statistics.median(delays), 2),
        "95th percentile": round(statistics.quantiles(delays, n=20)[-1], 2),
    }


def _why_not(story: dict[str, str], told: dict[str, Any], every: float) -> str:
    gone = story["deleted"]
    if gone and _hours(story["published"], gone) < 2 * every:
        return "deleted before a read"
    later = [s for s in told["stories"] if s["published"] > story["published"]]
    pushed = later[14]["published"] if len(later) > 14 else ""
    if told["kind"] not in ("busy", "slow", "silent") and pushed:
        return f"missing, left the feed after {_hours(story['published'], pushed):.0f} hours"
    return "missing"


def _hours(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / timedelta(hours=1)


def _say(stream: IO[str], expected: str) -> None:
    said = stream.readline().strip()
    if said != expected:
        raise RuntimeError(f"the sites said {said!r}")


def main() -> None:
    """Live through a month, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("sites", 60), ("days", 30), ("every", 6), ("kills", 10), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--auto", type=int, default=0, metavar="MINUTES")
    parser.add_argument("--keep", type=Path, help="the folder of the archive, which is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        month = Month(folder, options)
        month.run()
        hours = interval(options) / timedelta(hours=1)
        print("exit codes of the rounds:", dict(sorted(month.codes.items())))
        for line, number in compare(month, hours, options.days).items():
            print(f"{line}: {json.dumps(number, indent=2)}")
        for words in (("verify",), ("coverage",), ("health",), ("replay", "--check")):
            code, said = month.command(*words)
            print(f"scrapy {' '.join(words)}: exit code {code}")
            print("".join(f"    {line}\n" for line in said.splitlines()[-12:]))


if __name__ == "__main__":
    main()
