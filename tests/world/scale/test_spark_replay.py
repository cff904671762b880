"""An archive's runs made again by Spark: what one process says."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands.test_replay_in_parts import CAPTIONS, archives_of_many_sources
from tests.running import scrapy
from tests.world.requirements import require


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    if not shutil.which("java"):
        require("there is no Java: install openjdk-17-jre-headless")
    if not find_spec("pyspark"):
        require("there is no PySpark: make spark")


def test_spark_says_what_one_process_does(tmp_path: Path) -> None:
    archives = archives_of_many_sources(tmp_path)
    one = scrapy(archives, "replay", "--check", *CAPTIONS)
    two = scrapy(archives, "replay", "--check", "--engine", "spark:local[2]", *CAPTIONS)
    assert (two.exit_code, two.stdout) == (one.exit_code, one.stdout), two.log
    assert "Spark shows how far it is at http://127.0.0.1:" in two.log
    assert not list(archives.glob(".replay-*"))
