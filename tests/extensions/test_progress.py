"""What a run shows of itself: a bar where the total is known, on a terminal and without one."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from crawler.extensions.terminal_display import Share, ShareBar
from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from demo.wire_service import demo_wire, serve_wire
from tests.conftest import Scrapy
from tests.running import LIMIT, ROOT

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Share(0, 4_000_000_000, 100, is_bytes=True), "0.0 of 4,000.0 MB (0%), 0:01:40"),
        (
            Share(10**9, 4 * 10**9, 100, is_bytes=True),
            "1,000.0 of 4,000.0 MB (25%), 10.0 MB/s, 0:01:40, 0:05:00 left",
        ),
        (Share(1_200, 1_200, 100), "1,200 of 1,200 (100%), 12.0/s, 0:01:40, 0:00:00 left"),
    ],
)
def test_a_share_in_words(share: Share, shown: str) -> None:
    assert share.words == shown


def drawn(label: str, width: int, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(file=stream, width=width, force_terminal=True, no_color=True)
    console.print(ShareBar(label, Share(6, 24, 2)))
    stream.seek(0)
    return _CONTROL.sub("", stream.read()).rstrip("\n")


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40, 20])
@pytest.mark.parametrize("label", ["news: 6 new", "新聞社: 6 new", "n" * 200])
def test_the_line_fits(width: int, label: str) -> None:
    line = drawn(label, width)
    assert "\n" not in line
    assert cell_len(line) <= width
    has_room = width == 200 and len(label) < 50
    assert line.count("━") == (7 if has_room else line.count("━"))
    assert line.endswith("0:00:06 left") or width < 70


def test_a_terminal_without_unicode() -> None:
    assert "#######-----------------------" in drawn("news", 120, "ascii")


def on_terminal(archives: Path, *words: str, width: int, **env: str) -> str:
    """Run ``scrapy WORDS`` on a terminal of so many columns, and return all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
    options = [f"ARCHIVES_DIR={archives}", "ADDRESS_GUARD_ALLOW=127.0.0.0/8", "DOWNLOAD_DELAY=0"]
    others = {"NO_COLOR", "COLUMNS", "LINES"}  # a test runner may set a size
    plain = {name: value for name, value in os.environ.items() if name not in others}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "scrapy", *words),
            *(part for option in options for part in ("-s", option)),
        ],
        cwd=ROOT,
        env={**plain, "TERM": "xterm-256color", **env},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    with suppress(OSError):  # the end, as Linux tells it
        while piece := os.read(ours, 1 << 16):
            written += piece
    os.close(ours)
    assert process.wait(LIMIT) == 0, written.decode()
    return written.decode()


def test_on_a_terminal(archives: Path, tmp_path: Path) -> None:
    with serve(harbour_site(Modes(slow=0.25, cap=10))) as site:
        often = ("-s", "PROGRESS_INTERVAL=0.2")  # the last second alone may know the total
        words = ("crawl", "wordpress", "-a", f"site={site.home}", "-L", "INFO", *often)
        shown = on_terminal(archives, *words, width=120)
        plain = on_terminal(tmp_path / "again", *words, width=60, NO_COLOR="1")
        exported = on_terminal(archives, "export", "-o", str(tmp_path / "all.jsonl"), width=80)
    assert re.search(r"export ━+ 22 of 22 \(100%\)", _CONTROL.sub("", exported))
    assert re.search("[━─]{20}", shown)
    assert _COLOUR.search(shown)
    assert not _COLOUR.search(plain)
    drawings = re.findall(r"127\.0\.0\.1:[^\r\n]*%\)[^\r\n]*\r\x1b\[2K", plain)  # taken away again
    assert drawings
    assert not [line for line in drawings if cell_len(_CONTROL.sub("", line).strip()) > 60]
    # The last line stays, and log lines were not cut by what stands below them.
    assert re.search(r"22 new, 24 of 24 \(100%\), [\d.]+/s, 0:00:\d\d, 0:00:00 left\r\n", plain)
    assert "Scrapy 2." in plain
    assert "[scrapy.core.engine] INFO: Spider closed (finished)\r\n" in _CONTROL.sub("", plain)


def test_a_round_on_a_terminal(archives: Path, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    with serve(harbour_site(Modes(slow=0.2))) as site, serve_wire(demo_wire()) as wire:
        file.write_text(
            f'[harbour]\nname = "Harbour"\nsite = "{site.home}"\nspider = "wordpress"\n'
            f'[wire]\nname = "Wire"\nsite = "{wire.home}"\ndomains = ["127.0.0.1"]\n'
            f'feeds = ["{wire.home}feed.xml"]\n',
            encoding="utf-8",
        )
        words = ("round", "--now", "-s", f"SOURCES_FILE={file}")
        shown = _CONTROL.sub("", on_terminal(archives, *words, width=120))
    assert re.search(r"[━─]{20,} \d of 2 \(\d+%\), ", shown)
    assert re.search(r"  harbour: \d+ pages, \d+ new", shown)


def test_plain_lines_without_a_terminal(scrapy: Scrapy) -> None:
    with serve(harbour_site()) as site:
        run = scrapy("crawl", "wordpress", "-a", f"site={site.home}", env={"FORCE_COLOR": "1"})
    assert re.search(r"^127\.0\.0\.1: \d pages, 22 new, 24 of 24 \(100%\), ", run.log, re.MULTILINE)
    assert "\x1b" not in run.log
