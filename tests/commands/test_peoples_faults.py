"""What people do wrong, or have not heard of: nothing is lost, and one sentence says what to do."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.exporters import CsvItemExporter, JsonItemExporter, XmlItemExporter
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from crawler.commands.shared_feeds import SharedFeeds
from crawler.exceptions import InvalidArticle
from crawler.sources.sources_file import BadSourcesError, load
from crawler.warc.reader import records
from crawler.warc.runs import told_by
from pipelines.validate import ValidatePipeline
from tests.conftest import Scrapy
from tests.replaying import offline
from tests.running import ROOT

GOLDEN = Path(__file__).parents[1] / "golden_archives"

# Rows of several runs in one file


def test_a_replay_of_several_runs_keeps_the_rows_of_all(archives: Path, tmp_path: Path) -> None:
    feed = tmp_path / "out.jsonl"
    settings = (
        "ARCHIVE_MODE=replay",
        f"REPLAY_FROM={GOLDEN / 'revised' / 'warc'}",
        f"ARCHIVES_DIR={archives}",
    )
    options = [part for setting in settings for part in ("-s", setting)]
    first = next(records(min((GOLDEN / "revised" / "warc").iterdir())))
    recorded = told_by(first)
    assert recorded
    arguments = [part for name in recorded.arguments.items() for part in ("-a", "=".join(name))]
    run = offline("crawl", "wordpress", *arguments, *options, "-O", str(feed), archives=archives)
    assert run.exit_code == 0, run.log
    rows = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    reports = [json.loads(path.read_text()) for path in (archives / "reports").glob("*.json")]
    assert len(reports) == 3
    outcomes = [report["articles"] for report in reports]
    written = sum(one.get("new", 0) + one.get("revised", 0) for one in outcomes)
    assert len(rows) == written > max(one.get("new", 0) for one in outcomes)
    assert not list(tmp_path.glob("*.next-run"))


EXPORTERS = {"json": JsonItemExporter, "xml": XmlItemExporter, "csv": CsvItemExporter}


def _titles(path: Path, form: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if form == "json":
        return [row["title"] for row in json.loads(text)]
    if form == "xml":
        return [str(item.findtext("title")) for item in ET.fromstring(text)]
    return [row["title"] for row in csv.DictReader(text.splitlines())]


@pytest.mark.parametrize("form", EXPORTERS)
@pytest.mark.parametrize("runs", [[["a"], ["b", "c"]], [[], ["a"], []], [["a"], [], ["b"]]])
@pytest.mark.parametrize("indent", [None, 0, 4])
def test_rows_are_added_in_each_format(
    runs: list[list[str]], form: str, indent: int | None, tmp_path: Path
) -> None:
    path, feeds = tmp_path / "out", SharedFeeds()
    for number, titles in enumerate(runs):
        settings = Settings({"FEEDS": {str(path): {"format": form, "overwrite": True}}})
        if number:
            feeds.share(settings)
        ((target, options),) = settings.getdict("FEEDS").items()
        assert number == 0 or target != str(path)
        more = options.get("item_export_kwargs", {})
        file = io.BytesIO()
        exporter = EXPORTERS[form](file, indent=indent, **more)
        exporter.start_exporting()
        for title in titles:
            exporter.export_item({"title": title})
        exporter.finish_exporting()
        Path(target).write_bytes(file.getvalue())
        feeds.gather()
    feeds.finish()
    assert _titles(path, form) == [title for titles in runs for title in titles]


def test_feeds_elsewhere_are_left_alone() -> None:
    given = {"s3://bucket/x.json": {"format": "json"}, "out-%(time)s.json": {"format": "json"}}
    settings = Settings({"FEEDS": given})
    SharedFeeds().share(settings)
    assert settings.getdict("FEEDS") == given


# Items of somebody's own spider

ITEM = {"source": "own", "guid": "g", "date": "2026-01-01", "url": "https://own.example/1"}


def test_a_name_alone_becomes_a_list() -> None:
    item = {**ITEM, "authors": "Nora Quill", "tags": ("sea", "fog"), "categories": " "}
    assert ValidatePipeline().process_item(item) == {
        **ITEM,
        "authors": ["Nora Quill"],
        "tags": ["sea", "fog"],
        "categories": [],
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("authors", 7), ("tags", [None]), ("title_html", b"A"), ("modified", 3), ("text", ["a"])],
)
def test_what_later_steps_would_fail_on_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidArticle, match=rf"https://own\.example/1: {name} is .*, expected"):
        ValidatePipeline().process_item({**ITEM, name: value})


SPIDER = """
from scrapy import Spider

class Own(Spider):
    name = "own"

    async def start(self):
        for number in range(12):
            url = f"https://own.example/{number}"
            yield {"source": "own", "guid": url, "url": url, "date": "yesterday"}
"""


def test_a_spider_whose_items_are_all_invalid_is_not_complete(
    scrapy: Scrapy, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(SPIDER, encoding="utf-8")
    run = scrapy("runspider", str(tmp_path / "own.py"))
    assert run.report["exit_code"] == 3, run.log
    lost = run.report["lost"]["invalid"]
    assert lost["count"] == 12
    assert len(lost["first"]) == 10
    assert lost["first"][0]["address"] == "https://own.example/0"
    assert "date is 'yesterday'" in lost["first"][0]["detail"]


# Files from Windows

TEXT = " date 2023-07-25 Ferry stays in port\nThe ferry stayed in port.\nNobody minded.\n"
POST = {
    "id": 7,
    "date": "2024-04-11T15:25:48",
    "guid": {"rendered": "https://a.example/?p=7"},
    "link": "https://a.example/7",
    "title": {"rendered": "Ferry sails"},
    "content": {"rendered": "<p>It sailed.</p>"},
}


def windows(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


def test_documents_from_windows(scrapy: Scrapy, tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").write_bytes(windows(TEXT))
    (folder / "b.txt").write_bytes(TEXT.replace("25", "26").encode("utf-16"))
    (folder / "c.json").write_bytes(windows(json.dumps(POST, indent=2)))
    run = scrapy("import", str(folder))
    assert run.exit_code == 0, run.log
    assert sorted(run.texts.values()) == [
        TEXT,
        TEXT.replace("25", "26"),
        " date 2024-04-11 Ferry sails\nIt sailed.\n",
    ]


@pytest.mark.parametrize("encode", [windows, lambda text: text.encode("utf-16")])
def test_a_sources_file_from_windows(encode: Callable[[str], bytes], tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_bytes(encode('[own]\nname = "Österreich"\nsite = "https://own.example/"\n'))
    assert load(file)["own"].name == "Österreich"


def test_a_sources_file_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_bytes('[own]\nname = "Österreich"\n'.encode("cp1252"))
    with pytest.raises(BadSourcesError, match=r"sources\.toml cannot be used: it is no UTF-8; "):
        load(file)


# Commands in one sentence

REFUSALS = [
    ("import", "<file or folder> is missing; use scrapy import [options] <file or folder>"),
    ("import {}/none", "path='{}/none' cannot be used: name a document or a folder that exists"),
    ("import {}/empty", "path='{}/empty' cannot be used: there is no file in it"),
    ("wacz -o", "argument -o/--output: expected one argument; use scrapy wacz [options] "),
    ("wacz -o {}/out.zip", "--output='{}/out.zip' cannot be used: its name must end in .wacz"),
    ("wacz -o {}", "--output='{}' cannot be used: its name must end in .wacz"),
    ("verify -s ARCHIVES_DIR={}/newer", "{}/newer/ledger.sqlite was written by a newer Newsreel"),
    ("rebuild -s ARCHIVES_DIR={}/newer", "{}/newer/ledger.sqlite was written by a newer Newsreel"),
]


@pytest.mark.parametrize(("words", "said"), REFUSALS)
def test_one_sentence(
    words: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "newer").mkdir()
    with closing(sqlite3.connect(tmp_path / "newer" / "ledger.sqlite")) as ledger:
        ledger.execute("PRAGMA user_version=99")
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", *words.format(tmp_path).split()], get_project_settings())
    assert ended.value.code in (2, 5)
    (line,) = capsys.readouterr().err.splitlines()
    assert said.format(tmp_path) in line
