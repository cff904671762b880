"""What the add-on sets where a project does not say more."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings

from crawler import settings as project
from crawler.addon import MOST_ITEMS, ArchiveAddon


@pytest.mark.parametrize(
    ("mode", "own", "found"),
    [
        ("record", {}, MOST_ITEMS),
        ("off", {}, MOST_ITEMS),
        ("record", {"CONCURRENT_ITEMS": 40}, 40),
        ("replay", {"CONCURRENT_ITEMS": 40}, MOST_ITEMS),
    ],
)
def test_few_tasks_are_started_for_an_answer(mode: str, own: dict[str, int], found: int) -> None:
    settings = Settings()
    settings.setmodule(project)
    settings.setdict({**own, "ARCHIVE_MODE": mode}, priority="cmdline")
    ArchiveAddon().update_settings(settings)
    assert settings.getint("CONCURRENT_ITEMS") == found
