"""Which sources a worker reads, while its sources file is edited."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.commands.worker_sources import Chosen, WorkerSources
from crawler.exceptions import BadArgumentError
from crawler.settings_reader import SettingsReader

_ENTRY = '[{0}]\nsite = "https://{0}.test/"\nfeeds = ["https://{0}.test/feed"]\ntags = ["{1}"]\n'


def _write(file: Path, *entries: str) -> None:
    text = "".join(_ENTRY.format(entry, "wet" if entry == "gull" else "dry") for entry in entries)
    file.write_text(text, encoding="utf-8")


def _sources(file: Path, chosen: Chosen, heard: list[list[str] | None]) -> WorkerSources:
    settings = Settings({"SOURCES_FILE": str(file)})
    return WorkerSources(SettingsReader(settings), chosen, heard.append)


def test_a_worker_of_all_takes_all_jobs_until_it_meets_an_unknown_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, heard = tmp_path / "sources.toml", list[list[str] | None]()
    _write(file, "gull", "tern")
    sources = _sources(file, Chosen((), ""), heard)
    assert sources.by_key.keys() == {"gull", "tern"}
    assert heard == [None]
    sources.leave("auk")
    assert "auk: the sources file of this worker has no such entry" in caplog.text
    assert sources.queues == heard[-1] == ["plan", "source/gull", "source/tern"]
    _write(file, "gull", "tern", "auk")
    assert sources.by_key.keys() == {"gull", "tern", "auk"}
    assert heard[-1] == ["plan", "source/gull", "source/tern", "source/auk"]


def test_a_worker_of_some_takes_their_jobs_alone(tmp_path: Path) -> None:
    file, heard = tmp_path / "sources.toml", list[list[str] | None]()
    _write(file, "gull", "tern")
    assert _sources(file, Chosen(["tern"], ""), heard).queues == ["plan", "source/tern"]
    wet = _sources(file, Chosen((), "wet"), heard)
    assert wet.queues == ["plan", "source/gull"]
    assert [it.key for it in wet.of(Chosen((), "wet"))] == ["gull"]
    assert [it.key for it in wet.of(Chosen((), ""))] == ["gull", "tern"]
    with pytest.raises(BadArgumentError):
        wet.of(Chosen(["auk"], ""))


def test_a_file_that_cannot_be_used_is_told_once_and_counts_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "sources.toml"
    _write(file, "gull")
    sources = _sources(file, Chosen((), ""), [])
    assert sources.by_key.keys() == {"gull"}
    file.write_text("[tern\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert [*sources.by_key, *sources.by_key] == ["gull", "gull"]
    assert len(caplog.records) == 1
    assert str(file) in caplog.text
    _write(file, "tern")
    assert sources.by_key.keys() == {"tern"}
