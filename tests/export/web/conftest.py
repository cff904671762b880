"""One archive for all tests of this folder, and `scrapy browse` on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export.web.browsed import Browse, browsing, make_archive


@pytest.fixture(scope="session")
def browsed_archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("browsed"))


@pytest.fixture(scope="session")
def browse(browsed_archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browse]:
    """Serve it as behind a real server, with files that stand for those of ReplayWeb.page."""
    viewer = tmp_path_factory.mktemp("viewer")
    for name in ("ui.js", "sw.js"):
        (viewer / name).write_text(f"// {name}\n", encoding="utf-8")
    settings = {
        "BROWSE_VIEWER": viewer,
        "BROWSE_URL": "https://corpus.example.org",
        "BROWSE_REPLAY_URL": "https://captures.example.org",
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    with browsing(browsed_archives, *options) as running:
        yield running
