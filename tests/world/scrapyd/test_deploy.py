"""The project as an egg on a real Scrapyd: its spiders run, and refusals are in the log."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from crawler.state.lock import ArchiveLock, SourceLock
from tests.spiders.conftest import Harbour, harbour
from tests.wire.service import serving
from tests.world.scrapyd.conftest import PROJECT, Scrapyd

__all__ = ["harbour"]


def report(archives: Path) -> dict[str, object]:
    latest = max((archives / "reports").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    found: dict[str, object] = json.loads(latest.read_text(encoding="utf-8"))
    return found


def test_the_egg_holds_the_project_and_no_tests(scrapyd: Scrapyd) -> None:
    (egg,) = (scrapyd.folder / "eggs" / PROJECT).iterdir()
    with zipfile.ZipFile(egg) as file:
        names = {name for name in file.namelist() if not name.startswith("EGG-INFO")}
    assert {name.split("/")[0] for name in names} == {"crawler", "spiders", "pipelines"}
    assert {"crawler/sources/sources.toml", "crawler/text/phrases/en.toml"} <= names
    spiders = scrapyd.read("listspiders", project=PROJECT)["spiders"]
    assert {"wire", "wordpress", "warc", "seeds"} <= set(spiders)


def test_wordpress(scrapyd: Scrapyd, harbour: Harbour, tmp_path: Path) -> None:
    log = scrapyd.crawl("wordpress", f"ARCHIVES_DIR={tmp_path}", site=harbour().home)
    assert report(tmp_path)["exit_code"] == 0, log
    assert len(list((tmp_path / "text").iterdir())) == 22
    assert "Traceback" not in log


def test_wire(scrapyd: Scrapyd, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    with serving(tmp_path) as service:
        log = scrapyd.crawl("wire", f"ARCHIVES_DIR={archives}", url=service.home)
    assert report(archives)["exit_code"] in (0, 3), log
    assert list((archives / "text").iterdir())
    assert "Traceback" not in log


def test_a_refusal_is_in_the_log_of_the_job(scrapyd: Scrapyd, tmp_path: Path) -> None:
    log = scrapyd.crawl("wire", f"ARCHIVES_DIR={tmp_path}", service="no-such-service")
    assert "no-such-service" in log
    assert "Traceback" not in log
    log = scrapyd.crawl("wordpress", f"ARCHIVES_DIR={tmp_path}", sit="https://a.example/")
    assert "did you mean site?" in log
    assert "Traceback" not in log


def test_an_archive_in_use_is_in_the_log_of_the_job(scrapyd: Scrapyd, tmp_path: Path) -> None:
    lock = ArchiveLock.alone(tmp_path)
    log = scrapyd.crawl("wordpress", f"ARCHIVES_DIR={tmp_path}", site="http://127.0.0.1:9/")
    assert "is held by process" in log
    assert "wait for it" in log
    assert "Traceback" not in log
    lock.release()


def test_a_second_job_of_a_source_says_so_in_its_log(scrapyd: Scrapyd, tmp_path: Path) -> None:
    lock = SourceLock(tmp_path, "127.0.0.1")
    log = scrapyd.crawl(
        "wordpress", f"ARCHIVES_DIR={tmp_path}", site="http://127.0.0.1:9/", source="127.0.0.1"
    )
    assert "is held by process" in log
    assert "Traceback" not in log
    lock.release()
