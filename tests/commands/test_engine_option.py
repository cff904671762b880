"""The option ``--engine``: what it names."""

from __future__ import annotations

import argparse

import pytest

from crawler.commands.engine_option import read_master


@pytest.mark.parametrize(
    ("engine", "master"),
    [
        ("local", ""),
        ("spark", "local[*,4]"),
        ("spark:local[2]", "local[2,4]"),
        ("spark://host:7077", "spark://host:7077"),
        ("spark:spark://host:7077", "spark://host:7077"),
        ("spark:yarn", "yarn"),
    ],
)
def test_engines(engine: str, master: str) -> None:
    assert read_master(argparse.Namespace(engine=engine, workers=None)) == master
