"""py-wacz, pywb and ReplayWeb.page take what `scrapy wacz` packs."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from crawler.warc.reader import records
from crawler.warc.signature import Signer
from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from tests.running import Run, scrapy
from tests.warc import keys, shapes
from tests.world.judges import replay
from tests.world.judges.test_warc import archived, wayback
from tests.world.requirements import require

SPIDER = Path(__file__).parent / "page_spider.py"
STORM = "Storm takes roof off bandstand"
COUNCIL = "Council puts off vote on breakwater"


@dataclass(frozen=True)
class Archive:
    """A crawl's archive: texts read over REST, some of their pages fetched too; and its WACZ."""

    run: Run
    wacz: Path

    def read(self, name: str) -> bytes:
        with zipfile.ZipFile(self.wacz) as file:
            return file.read(name)

    @property
    def pages(self) -> list[dict[str, str]]:
        _, *lines = self.read("pages/pages.jsonl").splitlines()
        return [json.loads(line) for line in lines]

    @property
    def html_pages(self) -> dict[str, dict[str, str]]:
        """Those pages by headline that are shown as web pages."""
        return {page["title"]: page for page in self.pages if page["url"] not in self.made}

    @property
    def made(self) -> set[str]:
        """The addresses of the pages that were made of texts."""
        return {page["url"] for page in self.pages if "//newsreel.invalid/" in page["url"]}


def packed(archives: Path, wacz: Path, *options: str) -> Path:
    done = scrapy(archives, "wacz", "-o", str(wacz), *options)
    assert done.exit_code == 0, done.log
    return wacz


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("wacz")
    (folder / "key.pem").write_bytes(keys.pem())
    archives = folder / "archives"
    with serve(harbour_site(Modes())) as site:
        run = scrapy(archives, "crawl", "wordpress", "-a", f"site={site.home}")
        assert run.exit_code == 0, run.log
        for _ in range(2):  # the second time, revisits
            pages = scrapy(archives, "runspider", str(SPIDER), "-a", f"home={site.home}")
            assert pages.exit_code == 0, pages.log
    wacz = packed(
        archives,
        folder / "signed.wacz",
        *("--title", "The harbour", "--signing-key", str(folder / "key.pem")),
    )
    # The site is gone: whatever is shown comes from the archive.
    return Archive(run, wacz)


def validate(judges: Path, wacz: Path) -> str:
    done = subprocess.run(
        [judges / "wacz", "validate", "-f", wacz],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    return done.stdout + done.stderr


VALID = "Validation succeeded, the passed WACZ is valid"


def test_py_wacz_finds_it_valid(archive: Archive, judges: Path, tmp_path: Path) -> None:
    unsigned = packed(archive.run.archives, tmp_path / "unsigned.wacz")
    assert VALID in validate(judges, unsigned)
    # py-wacz verifies signatures of domains only, never those of a key: so do we, below.
    said = validate(judges, archive.wacz)
    assert VALID in said
    assert "Has signature" in said


@pytest.mark.parametrize("name", [*shapes.SHAPES])
def test_py_wacz_finds_one_of_others_archives_valid(
    judges: Path, tmp_path: Path, name: str
) -> None:
    path, made = shapes.write(tmp_path, name), tmp_path / "made.wacz"
    assert scrapy(tmp_path / "a", "wacz", str(path), "-o", str(made)).exit_code == 0
    assert VALID in validate(judges, made)


def changed(archive: Archive, target: Path, name: str, data: bytes) -> Path:
    """Return the archive's WACZ once more, but for one entry."""
    with zipfile.ZipFile(archive.wacz) as good, zipfile.ZipFile(target, "w") as bad:
        for info in good.infolist():
            bad.writestr(info, data if info.filename == name else good.read(info))
    return target


def test_py_wacz_would_find_what_is_wrong(archive: Archive, judges: Path, tmp_path: Path) -> None:
    name = "pages/pages.jsonl"
    wrong = changed(archive, tmp_path / "wrong.wacz", name, archive.read(name) + b"\n")
    assert VALID not in validate(judges, wrong)


def test_the_signature_is_of_everything(archive: Archive) -> None:
    digest = json.loads(archive.read("datapackage-digest.json"))
    package = archive.read("datapackage.json")
    assert digest["hash"] == f"sha256:{hashlib.sha256(package).hexdigest()}"
    keys.verify(digest["signedData"], digest["hash"])
    resources: list[dict[str, Any]] = json.loads(package)["resources"]
    with zipfile.ZipFile(archive.wacz) as file:
        assert len(resources) == len(file.namelist()) - 2
    for resource in resources:
        data = archive.read(resource["path"])
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_every_article_has_a_page(archive: Archive) -> None:
    titles = {page["title"] for page in archive.pages}
    assert titles >= {headline for headline in archive.run.headlines if headline}
    assert len(archive.pages) == len(archive.run.texts)
    assert STORM in archive.html_pages
    assert len(archive.html_pages) + len(archive.made) == len(archive.pages)
    assert not any("/wp-json/" in page["url"] for page in archive.pages)


def test_pywb_serves_the_pages(archive: Archive, judges: Path, tmp_path: Path) -> None:
    bodies: dict[str | None, bytes] = {}
    for name in zipfile.ZipFile(archive.wacz).namelist():
        if name.startswith("archive/"):
            (path := tmp_path / "one.warc.gz").write_bytes(archive.read(name))
            bodies |= {
                record.header("WARC-Target-URI"): archived(record)
                for record in records(path)
                if record.type == "response"
            }
    assert b"warc/revisit" in gzip.decompress(archive.read("indexes/index.cdx.gz"))
    with wayback(judges, tmp_path, [Path("--unpack-wacz"), archive.wacz]) as collection:
        for page in archive.html_pages.values():
            stamp = "".join(filter(str.isdigit, page["ts"]))
            with urlopen(f"{collection}/{stamp}id_/{page['url']}", timeout=120) as answer:
                assert answer.read() == bodies[page["url"]]


def test_pywb_serves_the_pages_that_were_made(
    archive: Archive, judges: Path, tmp_path: Path
) -> None:
    with wayback(judges, tmp_path, [Path("--unpack-wacz"), archive.wacz]) as collection:
        for page in archive.pages:
            if page["url"] in archive.made:
                stamp = "".join(filter(str.isdigit, page["ts"]))
                with urlopen(f"{collection}/{stamp}id_/{page['url']}", timeout=120) as answer:
                    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
                    assert f'<h1 dir="auto">{escape(page["title"])}</h1>' in answer.read().decode()


@pytest.fixture
def browser() -> None:
    require(replay.missing())


@pytest.mark.usefixtures("browser")
def test_replayweb_shows_the_articles(archive: Archive, tmp_path: Path) -> None:
    seen = replay.open_archive(archive.wacz, STORM, tmp_path)
    assert sorted(seen.headlines) == sorted(page["title"] for page in archive.pages)
    for paragraph in archive.html_pages[STORM]["text"].splitlines():
        assert paragraph in seen.text
    assert seen.signature
    # It came by ranges, and the screenshots are there to be looked at.
    assert len(seen.ranges) > 5
    for name in ("pages.png", "replay.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("browser")
def test_replayweb_shows_the_text_where_there_is_no_page(archive: Archive, tmp_path: Path) -> None:
    page = next(page for page in archive.pages if page["title"] == COUNCIL)
    assert page["url"] in archive.made
    seen = replay.open_archive(archive.wacz, COUNCIL, tmp_path)
    for paragraph in page["text"].splitlines():
        assert paragraph in seen.text
    assert "This is no page of the publisher. Newsreel made it on" in seen.text
    assert "/2023/11/14/council-puts-off-vote-on-breakwater/" in seen.text
    assert "{" not in seen.text


@pytest.mark.usefixtures("browser")
def test_replayweb_notices_a_forged_signature(archive: Archive, tmp_path: Path) -> None:
    digest = json.loads(archive.read("datapackage-digest.json"))
    stranger = Signer(keys.pem()).signed_data(digest["hash"], created="", software="")
    signed = {**digest["signedData"], "publicKey": stranger["publicKey"]}
    data = json.dumps({**digest, "signedData": signed}).encode()
    forged = changed(archive, tmp_path / "forged.wacz", "datapackage-digest.json", data)
    assert not replay.open_archive(forged, STORM, tmp_path).signature
