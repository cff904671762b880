"""`scrapy browse` in headless Chromium: accessibility by axe-core, captures, hostile scripts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from crawler.export.web import viewer_files
from tests.export.web.browsed import HEADLINE, HOSTILE, Browse, browsing, make_archive
from tests.servers.plain import answering
from tests.world.judges import replay
from tests.world.requirements import require

VIEWER = replay.FOLDER / "node_modules" / "replaywebpage"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browse]:
    require(replay.missing())
    archives = make_archive(tmp_path_factory.mktemp("browsed"))
    with browsing(archives, "-s", f"BROWSE_VIEWER={VIEWER}") as running:
        yield running


def look(browse: Browse, folder: Path, task: str, *rest: str) -> Any:
    """Return what browse.mjs tells."""
    program = replay.FOLDER / "browse.mjs"
    done = subprocess.run(
        ["node", program, str(replay.chromium()), task, browse.home, folder, *rest],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pages_are_for_everybody(browse: Browse, tmp_path: Path) -> None:
    ours = [
        *("/", "/?q=harbour", "/?q=zzzzzz&source=quay&after=2026-01-01", "/sources", "/runs"),
        *(browse.article("source=quay"), browse.article("source=harbour")),
        *("/article/0000000000000000", "/nowhere"),
    ]
    tables = ["/corpus", "/corpus/article", "/corpus?sql=select+1+from"]
    for page in look(browse, tmp_path, "check", *ours, *tables):
        address = page["address"]
        assert [one for one in page["violations"] if one[1] in SERIOUS] == [], address
        assert page["sideways"] <= 0, address
        assert all(url.startswith("http://127.0.0.1:") for url in page["requested"]), address
        if address in ours:
            assert page["violations"] == [], address
            assert page["small"] == [], address


def test_a_captured_page_is_replayed_and_its_scripts_read_nothing(
    browse: Browse, tmp_path: Path
) -> None:
    reached: list[bytes] = []

    def answer(head: bytes, out: BinaryIO) -> None:
        reached.append(head)
        out.write(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n")

    with answering(answer) as elsewhere:
        article = browse.article("source=quay")
        other = browse.article("source=harbour")
        seen = look(browse, tmp_path, "replay", article, f"{elsewhere}/told", other)
    assert HEADLINE in seen["text"]
    assert HOSTILE in seen["text"]
    attempts = seen["attempts"]
    assert attempts.pop("own") == "200"  # the script runs, and may read what is its own
    assert len(attempts) == 12
    assert [one for one in attempts.items() if one[1] != "refused"] == []
    assert reached == []
    assert len(seen["collections"]) == 1  # of the captures that were opened, its own


def test_a_post_is_shown_on_a_page_that_was_made(browse: Browse, tmp_path: Path) -> None:
    article = browse.article("q=%D8%A5%D8%B4%D8%B9%D8%A7%D8%B1")
    seen = look(browse, tmp_path, "replay", article, "http://127.0.0.1:9/", article)
    assert "This is no page of the publisher." in seen["text"]
    assert "إشعار الميناء" in seen["text"]


def test_make_browse_fetches_what_is_tested_here() -> None:
    lock = json.loads((replay.FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    pinned = lock["packages"]["node_modules/replaywebpage"]
    assert f"replaywebpage@{pinned['version']}" == viewer_files.PACKAGE
    assert pinned["integrity"] == viewer_files.INTEGRITY
