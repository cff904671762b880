"""What is shown of a story, from archives of any shape, and the WACZ made of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive.folder import Archive
from crawler.commands.archived_body import body_reader
from crawler.export.web.page_templates import Templates
from crawler.export.web.replay_site import StoryFiles
from crawler.export.web.shown_capture import Captures, ShownCapture
from crawler.text.corpus import Corpus
from crawler.warc.reader import Record, records
from crawler.warc.wacz_package import package_findings
from tests.conftest import Scrapy
from tests.export.web.browsed import HEADLINE, QuaySite
from tests.servers.small_site import serving
from tests.warc import shapes


def shown(archives: Path, folder: Path) -> Iterator[tuple[ShownCapture, list[Record]]]:
    """Yield what is shown of each story, and the records in its WACZ."""
    corpus = Corpus(archives, "text/{ordinal:03d}_{key}.txt")
    archive = Archive(folder=archives, corpus=corpus)
    store = archive.open_store()
    assert store
    with closing(store):
        captures = Captures(archive, store, body_reader(1 << 24))
        files = StoryFiles(captures, store, Templates(built=""), folder)
        for holding in list(store.all()):
            path = files.wacz(holding)
            assert list(package_findings(path)) == []
            yield captures.find(holding), list(records_in(path, folder))


def records_in(wacz: Path, folder: Path) -> Iterator[Record]:
    with zipfile.ZipFile(wacz) as package:
        for name in package.namelist():
            if name.startswith("archive/"):
                path = Path(package.extract(name, folder / wacz.stem))
                yield from records(path)


@pytest.mark.parametrize("name", ["old.arc", "deflated.wacz", "one-member.warc.gz"])
def test_posts_in_archives_of_others_are_shown(
    scrapy: Scrapy, archives: Path, tmp_path: Path, name: str
) -> None:
    path = shapes.write(tmp_path, name)
    assert scrapy("crawl", "warc", "-a", f"path={path}").exit_code == 0
    found = list(shown(archives, tmp_path))
    assert [capture.title for capture, _ in found] == shapes.TITLES
    for number, (capture, held) in enumerate(found, start=1):
        assert capture.made
        assert f"<p>The lamp burned {number} nights" in capture.made.content
        answers = {bytes(one.block) for one in held if one.type == "response"}
        assert shapes.message(number) in answers


def test_a_revisit_brings_what_it_refers_to(scrapy: Scrapy, archives: Path, tmp_path: Path) -> None:
    with serving(QuaySite()) as quay:
        lines = f"{quay.home}/story\n{quay.home}/story?again\n"
        (urls := tmp_path / "urls.txt").write_text(lines, encoding="utf-8")
        run = scrapy("crawl", "wire", "-a", f"urls={urls}", "-a", "source=quay")
        assert run.exit_code == 0, run.log
    found = list(shown(archives, tmp_path))
    assert len(found) == 2
    types = sorted([one.type for one in held] for _, held in found)
    assert types == [["response"], ["revisit", "response"]]
    for capture, _ in found:
        assert capture.body
        assert capture.title == HEADLINE


def test_what_cannot_be_read_is_said_and_the_text_is_shown(
    scrapy: Scrapy, archives: Path, tmp_path: Path
) -> None:
    path = shapes.write(tmp_path, "standard.warc.gz")
    assert scrapy("crawl", "warc", "-a", f"path={path}").exit_code == 0
    path.unlink()
    for capture, held in shown(archives, tmp_path):
        assert capture.made
        assert capture.made.why.startswith("The record that the text was read from cannot be found")
        assert capture.made.paragraphs
        assert [one.type for one in held] == ["warcinfo", "resource"]
