"""``make crawl`` and ``make crawl SITE=…``: the first minute of somebody who has just come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from demo.wire_service import demo_wire, serve_wire
from tests.running import LIMIT, ROOT, Run

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")

_NEXT = "make browse"


def make_crawl(archives: Path, site: str = "") -> Run:
    options = f"-s ARCHIVES_DIR={archives} -s ADDRESS_GUARD_ALLOW=127.0.0.0/8 -s DOWNLOAD_DELAY=0"
    # The environment is there: make is not to ask a package index for it.
    command = ["make", "-o", ".venv/run.done", "crawl", f"PY={sys.executable}", f"SITE={site}"]
    done = subprocess.run(
        [*command, f"ARGS={options} -s RETRY_TIMES=0"],
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": "0"},  # as if typed, not by make
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, archives)


@pytest.fixture(scope="module")
def wire() -> Iterator[str]:
    with serve_wire(demo_wire()) as service:
        yield service.home


def test_both_demonstrations(tmp_path: Path) -> None:
    run = make_crawl(tmp_path)
    assert run.exit_code == 0, run.log
    assert len(run.texts) == 28
    assert "1 of them tell the story of another article" in run.stdout
    assert _NEXT in run.stdout
    assert "-m scrapy report --open" in run.stdout
    again = make_crawl(tmp_path)  # at other ports, as they are served anew
    assert again.texts == run.texts


def test_a_site_without_wordpress(tmp_path: Path, wire: str) -> None:
    run = make_crawl(tmp_path, wire)
    assert run.exit_code == 0, run.log
    assert len(run.texts) == 6
    assert _NEXT in run.stdout


def test_a_site_with_wordpress_that_hides_its_api(tmp_path: Path) -> None:
    with serve(harbour_site(Modes(advertise="none"))) as site:
        run = make_crawl(tmp_path, site.home)
    assert run.exit_code == 0, run.log
    assert len(run.texts) == 22  # its feed has ten
    assert _NEXT in run.stdout


def test_a_site_that_is_not_there(tmp_path: Path) -> None:
    run = make_crawl(tmp_path, "http://127.0.0.1:9/")
    assert run.exit_code == 2  # make's own, for any failure
    assert "Error 4" in run.log
    assert _NEXT not in run.stdout
