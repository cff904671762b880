"""``scrapy wacz``: which files it packs, what it says, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from tests.archive.articles import LIST, article, response, seed, warc
from tests.conftest import Scrapy
from tests.warc import keys

MADE = "archive/newsreel-made-pages.warc.gz"


@pytest.fixture
def sealed(archives: Path) -> Path:
    """Write an archive of two sealed files, one that is open, and one that was set aside."""
    folder = archives / "warc"
    warc(folder / "a.warc.gz", response(LIST), *article("a", seed("A")))
    warc(folder / "b.warc.gz", *article("b", seed("B")), *article("c", seed("C"), origin=None))
    warc(folder / "c.warc.gz.open", response(f"{LIST}&page=2"))
    (folder / "c.warc.gz.torn-0").write_bytes(b"torn")
    return folder


def names(wacz: Path) -> list[str]:
    with zipfile.ZipFile(wacz) as file:
        return [name for name in file.namelist() if name.startswith("archive/")]


def test_the_sealed_files_of_the_archive(scrapy: Scrapy, sealed: Path, archives: Path) -> None:
    run = scrapy("wacz", "--title", "All news")
    assert run.exit_code == 0, run.log
    (wacz,) = archives.glob("newsreel-*.wacz")
    assert re.fullmatch(r"newsreel-\d{14}\.wacz", wacz.name)
    assert names(wacz) == ["archive/a.warc.gz", "archive/b.warc.gz", MADE]
    digest = hashlib.sha256(wacz.read_bytes()).hexdigest()
    assert run.stdout == f"{wacz}: 0.0 MB, 2 WARC files, 3 pages, sha256:{digest}\n"
    assert "c.warc.gz.open is left out" in run.log
    assert "no web page of the story is archived: 1\n" in run.log
    assert "torn" not in run.log
    with zipfile.ZipFile(wacz) as file:
        assert json.loads(file.read("datapackage.json"))["title"] == "All news"


def test_files_and_folders_that_are_named(scrapy: Scrapy, sealed: Path, tmp_path: Path) -> None:
    other = warc(tmp_path / "x" / "deep" / "o.warc", response(LIST))
    out = tmp_path / "out.wacz"
    run = scrapy("wacz", str(sealed / "a.warc.gz"), str(tmp_path / "x"), str(other), "-o", str(out))
    assert run.exit_code == 0, run.log
    assert names(out) == ["archive/a.warc.gz", "archive/o.warc"]


def test_damage_is_named_with_exit_code_1(scrapy: Scrapy, sealed: Path, tmp_path: Path) -> None:
    path = sealed / "a.warc.gz"
    path.write_bytes(path.read_bytes()[:-10])
    run = scrapy("wacz", "-o", str(tmp_path / "out.wacz"))
    assert run.exit_code == 1
    assert f"{path}:" in run.log
    assert "3 pages" in run.stdout
    assert len(names(tmp_path / "out.wacz")) == 3


def test_files_of_the_ledger_that_are_nowhere_are_named(
    scrapy: Scrapy, sealed: Path, archives: Path
) -> None:
    assert scrapy("rebuild").exit_code == 0
    (sealed / "b.warc.gz").unlink()
    run = scrapy("wacz")
    assert run.exit_code == 0, run.log
    (wacz,) = archives.glob("newsreel-*.wacz")
    assert "archive/b.warc.gz" not in names(wacz)
    said = "1 WARC files of the ledger are left out, such as b.warc.gz: they are not here"
    assert said in run.log


def test_nothing_is_overwritten_by_default(scrapy: Scrapy, sealed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.wacz"
    out.write_bytes(b"mine")
    refused = scrapy("wacz", "-o", str(out))
    assert refused.exit_code == 2
    assert "--overwrite" in refused.log
    assert out.read_bytes() == b"mine"
    assert scrapy("wacz", "-o", str(out), "--overwrite").exit_code == 0
    assert len(names(out)) == 3


def test_signed(scrapy: Scrapy, sealed: Path, tmp_path: Path) -> None:
    (key := tmp_path / "key.pem").write_bytes(keys.pem())
    run = scrapy("wacz", "-o", str(tmp_path / "out.wacz"), "--signing-key", str(key))
    assert run.exit_code == 0, run.log
    with zipfile.ZipFile(tmp_path / "out.wacz") as file:
        digest = json.loads(file.read("datapackage-digest.json"))
    keys.verify(digest["signedData"], digest["hash"])


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        pytest.param(["--signing-key", "{}/none.pem"], "No such file", id="no key"),
        pytest.param(["--signing-key", "{}/bad.pem"], "no private key in PEM", id="bad key"),
        pytest.param(["{}/none"], "there is no sealed WARC file", id="no path"),
        pytest.param(["{}/bad.pem"], "there is no sealed WARC file", id="no WARC"),
        pytest.param(["-o", "{}/out.zip"], "must end in .wacz", id="no wacz"),
    ],
)
def test_what_cannot_be_used_is_named(
    scrapy: Scrapy, sealed: Path, tmp_path: Path, args: list[str], reason: str
) -> None:
    (tmp_path / "bad.pem").write_text("no key")
    run = scrapy("wacz", *(arg.format(tmp_path) for arg in args))
    assert run.exit_code == 2
    assert run.log.startswith("scrapy wacz: ") or "left out" in run.log
    assert reason in run.log
    assert "Traceback" not in run.log
    assert not list(tmp_path.rglob("*.wacz"))


def test_an_empty_archive(scrapy: Scrapy, archives: Path) -> None:
    assert scrapy("wacz").exit_code == 2


def test_a_folder_that_is_not_there(scrapy: Scrapy, sealed: Path, tmp_path: Path) -> None:
    run = scrapy("wacz", "-o", str(tmp_path / "none" / "out.wacz"))
    assert run.exit_code == 5
    assert "was not written" in run.log
