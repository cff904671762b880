"""Extractors that take turns: page after page, each in a process of its own, under a time limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
TIMEOUT = 60.0
"""Wall seconds that one page may take: some tools take minutes for a live blog."""

_STARTUP = 120.0
_MOST_SAID = 300


@dataclass(frozen=True)
class Page:
    """A page that lies at *path*, in UTF-8 and gzipped."""

    key: str
    url: str
    path: Path


@dataclass(slots=True)
class Row:
    """What a tool made of the pages, by key: texts, titles, days, and CPU seconds by round.

    ``failed`` counts the pages on which it raised an error or took too long.
    """

    texts: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Tool:
    """An extractor in a process of its own, which *python* runs; started when it is first asked."""

    def __init__(self, name: str, python: Path) -> None:
        self.name = name
        self.row = Row()
        self._command = [str(python), "-m", "benchmarks._extractors", name]
        self._process: subprocess.Popen[bytes] | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._said.close()

    def read(self, page: Page) -> None:
        """Have the tool read *page*, and keep what it answers in the row."""
        answer = self._asked(page)
        row = self.row
        if "error" in answer:
            row.failed[page.key] = answer["error"]
        row.texts[page.key] = answer.get("text", "")
        row.titles[page.key] = answer.get("title", "")
        row.days[page.key] = answer.get("day", "")
        row.seconds.setdefault(page.key, []).append(answer.get("seconds", TIMEOUT))

    def _asked(self, page: Page) -> dict[str, Any]:
        limit = TIMEOUT if self._process else TIMEOUT + _STARTUP
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"url": page.url, "path": str(page.path)}).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], limit)[0]:
            self._end()
            return {"error": f"took more than {limit:.0f} s"}
        if line := process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._end()
        return {"error": f"its process ended: {self._last_words()}"}

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def _end(self) -> None:
        if (process := self._process) is not None:
            process.kill()
            process.communicate()
            self._process = None

    def _last_words(self) -> str:
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _MOST_SAID))
        return self._said.read().decode("utf-8", "replace").strip()


def take_turns(tools: Iterable[Tool], pages: Iterable[Page], rounds: int) -> None:
    """Have all tools read all pages; a busy machine slows all alike."""
    tools, pages = list(tools), list(pages)
    for _ in range(rounds):
        for page in pages:
            for tool in tools:
                tool.read(page)


def python_with(module: str, readers: Path) -> Path | None:
    """The Python that has *module*: our own, else that of the environment *readers*, else none."""
    for python in (Path(sys.executable), readers / "bin" / "python"):
        script = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
        if python.exists() and not subprocess.run([python, "-c", script], check=False).returncode:
            return python
    return None
