"""The examples of docs/start.md run, and print what stands there.

A line that begins with ``$`` is typed; what follows it is printed. ``…`` stands for anything in a
line, alone for any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.server import serve
from demo.site import harbour_site
from tests.running import LIMIT, ROOT

pytest.importorskip("pyarrow")
PAGE = ROOT / "docs" / "start.md"
LOOPBACK = ("-s", "ADDRESS_GUARD_ALLOW=127.0.0.0/8", "-s", "DOWNLOAD_DELAY=0", "-L", "WARNING")


@dataclass(frozen=True)
class Example:
    typed: str
    printed: list[str]

    @property
    def pattern(self) -> str:
        """The regular expression of what is printed."""
        lines = [
            r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"\n"
            for line in self.printed
        ]
        return "".join(lines) + r"\n*"


def examples() -> Iterator[Example]:
    found: list[Example] = []
    is_printed = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("    $ "):
            found.append(Example(line.removeprefix("    $ "), []))
            is_printed = True
        elif is_printed and line.startswith("    "):
            found[-1].printed.append(line.removeprefix("    "))
        else:
            is_printed = False
    return iter(found)


def run(typed: str, folder: Path, site: str) -> str:
    """Run what is *typed* with the archive in *folder*, and return what it prints."""
    archives = folder / "archives"
    words = shlex.split(typed.replace("{site}", site).replace("{a file in archives/text}", "TEXT"))
    words = [str(folder / word) if word in ("may.parquet", "corpus") else word for word in words]
    if "TEXT" in words:
        words[words.index("TEXT")] = sorted(path.name for path in (archives / "text").iterdir())[0]
    options = ["-s", f"ARCHIVES_DIR={archives}"]
    if words[0] == "make":
        more = ["-o", ".venv/run.done", f"PY={sys.executable}", f"ARGS={' '.join(options)}"]
        command = [*words, *more]
    else:
        command = [sys.executable, *words[1:], *options, *LOOPBACK]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0"},  # as if typed, not by make
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return done.stdout.replace(f"{folder}/", "") or done.stderr


def test_the_examples_print_what_stands_there(tmp_path: Path) -> None:
    all_examples = list(examples())
    assert len(all_examples) >= 6
    with serve(harbour_site()) as site:
        for example in all_examples:
            shown = run(example.typed, tmp_path, site.home)
            assert re.fullmatch(example.pattern, shown), f"{example.typed}\n{shown}"
