"""Extractors that run in turn, page after page, each in a process of its own with a time limit."""

from __future__ import annotations

import gzip
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
OURS = "newsreel"
PEER = "trafilatura"
"""The tool whose speed is the measure of all others'."""
MODULES = {
    OURS: ("crawler", ""),
    PEER: ("trafilatura", ""),
    "trafilatura fast": ("trafilatura", ""),
    "newspaper4k": ("newspaper", ""),
    "news-please": ("newsplease", ""),
    "resiliparse": ("resiliparse", "text only"),
    "readability-lxml": ("readability", "text and title"),
    "goose3": ("goose3", ""),
    "boilerpy3": ("boilerpy3", "text and title"),
    "justext": ("justext", "text only"),
    "JSON-LD alone": ("json", ""),
}
"""The module that each tool needs, and what it gives if that is not body, title and date."""

TIMEOUT = 60.0
"""Wall seconds that one page may take; some tools take minutes for a live blog."""

_STARTUP = 120.0
_MOST_OUTPUT = 300


@dataclass(frozen=True)
class PageFile:
    """A page in the file *path*, gzipped.

    ``charset`` is what the header of its response names, empty if it names none, and ``encoding``
    what the page is in.
    """

    key: str
    url: str
    path: Path
    charset: str = "utf-8"
    encoding: str = "utf-8"

    @property
    def body(self) -> bytes:
        """The bytes of the page."""
        return gzip.decompress(self.path.read_bytes())


@dataclass(slots=True)
class ToolResults:
    """What a tool made of the pages, by key: texts, titles, days, and CPU seconds by round.

    ``refused`` says why a page gives no text, or none that is the whole story. ``failed`` has the
    error of each page on which the tool failed or took too long. ``peak`` is the most memory that
    its process ever held, in KiB.
    """

    texts: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    authors: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    peak: int = 0


class Tool:
    """An extractor in a process of its own, which *python* runs; started with the first page.

    *without* names a part of ours that is switched off (`benchmarks._ablations`).
    """

    def __init__(self, name: str, python: Path, *, without: str = "") -> None:
        self.name = f"without {without}" if without else name
        self.is_ablation = bool(without)
        self.results = ToolResults()
        self._command = [str(python), "-m", "benchmarks._extractors", name, without]
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._errors.close()

    def read(self, page: PageFile) -> None:
        """Have the tool read *page*, and keep its answer in the results."""
        answer = self._answer(page)
        results = self.results
        if "error" in answer:
            results.failed[page.key] = answer["error"]
        results.texts[page.key] = answer.get("text", "")
        results.titles[page.key] = answer.get("title", "")
        results.days[page.key] = answer.get("day", "")
        results.authors[page.key] = answer.get("authors", [])
        results.refused[page.key] = answer.get("refused", "")
        results.peak = max(results.peak, answer.get("peak", 0))
        results.seconds.setdefault(page.key, []).append(answer.get("seconds", TIMEOUT))

    def _answer(self, page: PageFile) -> dict[str, Any]:
        limit = TIMEOUT if self._process else TIMEOUT + _STARTUP
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        told = {**asdict(page), "path": str(page.path)}
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], limit)[0]:
            self._end()
            return {"error": f"took more than {limit:.0f} s"}
        if line := process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._end()
        return {"error": f"its process ended: {self._last_output()}"}

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def _end(self) -> None:
        if (process := self._process) is not None:
            process.kill()
            process.communicate()
            self._process = None

    def _last_output(self) -> str:
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _MOST_OUTPUT))
        return self._errors.read().decode("utf-8", "replace").strip()


def run_in_turn(tools: Iterable[Tool], pages: Iterable[PageFile], rounds: int) -> None:
    """Have all tools read all pages, in turn, so that a busy machine slows all alike."""
    tools, pages = list(tools), list(pages)
    for _ in range(rounds):
        for page in pages:
            for tool in tools:
                tool.read(page)


def python_with(module: str, readers: Path) -> Path | None:
    """Return the Python that has *module*: ours, else that of *readers*; None if neither has."""
    for python in (Path(sys.executable), readers / "bin" / "python"):
        script = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
        if python.exists() and not subprocess.run([python, "-c", script], check=False).returncode:
            return python
    return None
