"""Texts read from archives in the shapes of other tools: traced back, and replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Scrapy
from tests.warc import shapes


@pytest.mark.parametrize("name", ["packed.wacz", "old.arc.gz", "one-member.warc.gz"])
def test_a_text_is_traced_to_its_record_and_replayed(
    scrapy: Scrapy, tmp_path: Path, name: str
) -> None:
    path = shapes.write(tmp_path, name)
    crawled = scrapy("crawl", "warc", "-a", f"path={path}")
    assert crawled.exit_code == 0, crawled.log
    assert crawled.headlines == shapes.TITLES
    for file in crawled.texts:
        traced = scrapy("trace", file)
        assert traced.exit_code == 0, traced.stdout
        assert f"origin-warc: {path}" in traced.stdout
        assert traced.stdout.endswith("\nverified: yes\n")
    replayed = scrapy("replay", "--check")
    assert (replayed.exit_code, replayed.stdout.splitlines()[-1][:11]) == (0, "3 identical")
