"""``scrapy round --watch`` while its sources file is edited, and sources that cannot be read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rounds.round_sites import RoundSite, run_round, serve, watch_until, write_sources
from tests.running import Run, scrapy

_BROKEN = "\n[skua\n"
_DOUBLE = '\n[skua]\nsite = "https://skua.example/"\nsource = "gull"\n'


class Editor:
    """Edits *sources* once both sites were read, and ends the watch when *has_come* says so.

    It does so some seconds later, so that there is time for what must not happen.
    """

    def __init__(self, sources: Path, edit: Callable[[str], str] | None, has_come: str) -> None:
        self._sources = sources
        self._edit = edit
        self._has_come = has_come
        self._until = 0.0

    def __call__(self, log: str) -> bool:
        if self._edit:
            if all(f"{name}: 3 new" in log for name in ("gull", "tern")):
                text = self._edit(self._sources.read_text(encoding="utf-8"))
                self._sources.write_text(text, encoding="utf-8")
                self._edit = None
            return False
        if not self._until and self._has_come in log:
            self._until = time.monotonic() + 4
        return bool(self._until) and time.monotonic() > self._until


def watch_edited(
    folder: Path, sites: list[RoundSite], edit: Callable[[str], str], has_come: str
) -> Run:
    """Watch the first two of *sites*, with an *edit* of the file while it runs."""
    sources = folder / "sources.toml"
    write_sources(sources, sites[:2])
    run = watch_until(folder / "archives", sources, Editor(sources, edit, has_come))
    assert run.exit_code == 143, run.log
    assert "could not begin" not in run.log
    return run


@pytest.mark.parametrize("more", [_BROKEN, _DOUBLE])
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, more: str) -> None:
    sites = [RoundSite("gull"), RoundSite("tern")]
    with serve(sites):
        run = watch_edited(
            tmp_path,
            sites,
            lambda old: old.replace('every = "1h"', 'every = "5s"') + more,
            "what it said before counts",
        )
    assert run.log.count("what it said before counts") == 1
    assert [site.requested.count("/feed.xml") for site in sites] == [1, 1]


def test_a_new_source_is_read_and_one_that_is_gone_is_not(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern"), RoundSite("skua")]

    def edit(old: str) -> str:
        write_sources(new := tmp_path / "new.toml", [sites[0], sites[2]], 'tags = ["sea"]')
        return new.read_text(encoding="utf-8").replace("[gull]", '[gull]\nname = "The Gull"')

    with serve(sites):
        run = watch_edited(tmp_path, sites, edit, "skua: 3 new")
        requested = [site.requested.count("/feed.xml") for site in sites]
    assert "The sources file was read again: 1 new, 1 changed, 1 taken out" in run.log
    assert "2 sources are watched" in run.log
    assert requested == [1, 1, 1]


def test_a_source_with_another_name_is_not_read_for_ever(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern")]
    with serve(sites):
        run = watch_edited(
            tmp_path,
            sites,
            lambda old: old.replace("[tern]", '[tern]\nsource = "tern.example"'),
            "tern.example: ",
        )
        requested = [site.requested.count("/feed.xml") for site in sites]
    assert requested == [1, 2]
    assert run.log.count("tern.example: ") == 1


def test_who_cannot_begin_fails_and_is_not_tried_all_the_time(tmp_path: Path) -> None:
    sites = [RoundSite("gull"), RoundSite("tern")]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    secret = '[tern]\ncredentials = { user = "ada", password_env = "TERN_PASSWORD" }'
    with serve(sites):
        write_sources(sources, sites)
        sources.write_text(sources.read_text().replace("[tern]", secret))
        run = watch_until(archives, sources, Editor(sources, None, "gull: 3 new"))
        assert run.log.count("tern: 1 problems, could not begin") == 1
        assert "TERN_PASSWORD: set it" in run.log
        assert run_round(archives, sources).stdout == "none of 2 sources is due\n"
        alone = run_round(archives, sources, "tern", "--now")
        assert alone.exit_code == 4, alone.log
        run_round(archives, sources, "tern", "--now")
    assert not sites[1].requested
    health = scrapy(archives, "health", "--json", "-s", f"SOURCES_FILE={sources}")
    found = {one["source"]: one for one in json.loads(health.stdout)["sources"]}
    assert found["tern"]["verdict"] == "failing"
    assert found["tern"]["failures"] == 3
    assert found["gull"]["failures"] == 0
