"""``scrapy export``: files that other tools read as they are, and every bad value named."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.utils.project import get_project_settings

from crawler.export import parquet_rows
from crawler.export.dataset_card import column_lines
from crawler.export.row_columns import COLUMNS
from crawler.state.lock import ArchiveLock
from crawler.text import seed
from tests.export.town import SOURCES, Town
from tests.running import ROOT, scrapy
from tests.warc import files

ROWS = 22

READ = """
import json, sys
import datasets, duckdb, pandas, polars
folder = sys.argv[1]
kinds = pandas.read_parquet(f"{folder}/data").dtypes.astype(str)
table = polars.read_parquet(f"{folder}/data/")
print(json.dumps({
    "pandas": len(pandas.read_parquet(f"{folder}/data")),
    "polars": len(table),
    "duckdb": duckdb.sql(f"SELECT count(*) FROM '{folder}/data/*.parquet'").fetchall()[0][0],
    "datasets": len(datasets.load_dataset(folder, "articles")["train"]),
    "history": len(datasets.load_dataset(folder, "history")["train"]),
    "published": str(table.schema["published"]),
    "captured": kinds["captured"],
    "authors": table.filter(polars.col("guid") == "plain")["authors"].to_list(),
    "sources": sorted(set(table["source"])),
}))
"""
READ_LINES = """
import json, sys
import datasets, duckdb, pandas, polars
folder = sys.argv[1]
path = f"{folder}/data/*.jsonl"
print(json.dumps({
    "pandas": len(pandas.read_json(f"{folder}/data/wire-2024.jsonl", lines=True)),
    "polars": len(polars.read_ndjson(path)),
    "duckdb": duckdb.sql(
        f"SELECT count(*) FROM read_json('{path}', union_by_name=true)"
    ).fetchall()[0][0],
    "datasets": len(datasets.load_dataset(folder, "articles")["train"]),
}))
"""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Town(tmp_path_factory.mktemp("town")).folder


def export(archives: Path, *words: object, expect: int = 0) -> tuple[str, str]:
    """Run the command, and return what it says on stdout and on stderr."""
    run = scrapy(archives, "export", *map(str, words))
    assert run.exit_code == expect, run.stdout + run.log
    return run.stdout, run.log


def read(script: str, folder: Path, tmp_path: Path) -> dict[str, object]:
    """Return what other tools find in *folder*, in a process of theirs."""
    env = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_pandas_polars_duckdb_and_datasets_read_the_folder(archives: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    said, _ = export(archives, "-o", folder, "--history")
    assert f"{folder}: {ROWS} articles of 12 sources, 3 of them copies, 1 earlier text" in said
    found = read(READ, folder, tmp_path)
    assert {found[tool] for tool in ("pandas", "polars", "duckdb", "datasets")} == {ROWS}
    assert found["history"] == 1
    assert found["published"] == "Datetime(time_unit='us', time_zone=None)"
    assert found["captured"] == "datetime64[us, UTC]"
    assert found["authors"] == [["Ana Reyes", "mdr.de"]]
    names = sorted(path.name for path in (folder / "data").iterdir())
    assert set(SOURCES) < set(found["sources"])  # type: ignore[call-overload]
    assert "hidden-2021.parquet" in names
    assert len([name for name in names if name.startswith("under-news-")]) == 2
    assert not [name for name in names if name.startswith(("_", "."))]


def test_json_lines_are_read_by_all_four(archives: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    export(archives, "-o", folder, "--format", "jsonl")
    assert read(READ_LINES, folder, tmp_path) == {
        "pandas": 1,
        "polars": ROWS,
        "duckdb": ROWS,
        "datasets": ROWS,
    }
    lines = [
        json.loads(line)
        for path in sorted((folder / "data").iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert all(None not in line.values() for line in lines)
    (plain,) = (line for line in lines if line["guid"] == "plain")
    assert plain["published"] == "2024-04-11T08:00:00"
    assert plain["captured"] == "2024-04-11T08:30:00.123456Z"


def test_the_same_bytes_from_the_ledger_and_from_warc_files(archives: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    export(archives, "-o", one, "--history")
    export(tmp_path, "-o", two, "--history", "--from", archives / "warc")
    assert contents(one) == contents(two)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("shard", "expected"),
    [
        ("year", ["2020", "2021", "2024"]),
        ("size", ["articles-00000"]),
    ],
)
def test_shards(archives: Path, tmp_path: Path, shard: str, expected: list[str]) -> None:
    export(archives, "-o", tmp_path / "x", "--format", "csv", "--shard", shard)
    files = sorted((tmp_path / "x" / "data").iterdir())
    assert [path.stem for path in files] == expected
    texts = [io.StringIO(path.read_bytes().decode(), newline="") for path in files]
    tables = [list(csv.DictReader(text)) for text in texts]
    assert sum(map(len, tables)) == ROWS
    assert list(tables[0][0]) == [column.name for column in COLUMNS]
    (plain,) = (row for table in tables for row in table if row["guid"] == "plain")
    assert json.loads(plain["tags"]) == ["mayor", "=cmd()"]
    assert (plain["agency"], plain["gone"], plain["is_copy"]) == ("dpa", "", "false")


def test_texts_are_those_of_the_corpus(archives: Path, tmp_path: Path) -> None:
    export(archives, "-o", tmp_path / "all.txt")
    export(archives, "-o", tmp_path / "texts", "--format", "txt")
    files = list((tmp_path / "texts" / "data").rglob("*.txt"))
    assert len(files) == ROWS
    documents = (tmp_path / "all.txt").read_bytes().split(b"\n\n")
    whole = {document.rstrip(b"\n") + b"\n" for document in documents}
    assert whole == {path.read_bytes() for path in files}
    assert all(seed.read(path.read_bytes()) for path in files)


def test_stdout_gets_lines_alone(archives: Path) -> None:
    out, log = export(archives, "-o", "-", "--source", "wire")
    assert json.loads(out)["guid"] == "plain"
    assert "stdout: 1 article of 1 source" in log


def test_words_are_looked_for(archives: Path, tmp_path: Path) -> None:
    out, _ = export(archives, "-o", "-", "--search", "ships passing -harbour")
    assert [json.loads(line)["guid"] for line in out.splitlines()] == ["untitled"]
    export(archives, "-o", tmp_path / "x", "--search", "ship")
    assert "with the words ship" in (tmp_path / "x" / "README.md").read_text(encoding="utf-8")


def test_an_export_is_replaced_as_a_whole(archives: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    export(archives, "-o", folder, "--history")
    (folder / ".gitattributes").touch()
    assert "--overwrite" in export(archives, "-o", folder, expect=2)[1]
    export(archives, "-o", folder, "--source", "wire", "--overwrite")
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert names == [".gitattributes", "README.md", "wire-2024.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]
    (folder / "mine.txt").touch()
    (folder / "README.md").write_text("# Mine", encoding="utf-8")
    assert "other files" in export(archives, "-o", folder, "--overwrite", expect=2)[1]


def test_nothing_matches_and_no_file_is_written(archives: Path, tmp_path: Path) -> None:
    _out, log = export(archives, "-o", tmp_path / "x.jsonl", "--after", "2030-01-01", expect=3)
    assert "nothing matches" in log
    assert list(tmp_path.iterdir()) == []


def test_a_lost_text_is_named(archives: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archives, copy)
    (warc,) = (copy / "warc").iterdir()
    warc.write_bytes(warc.read_bytes()[:-3000])
    (copy / "warc" / "late.warc.gz.open").touch()
    for options in ([], ["--from", str(copy / "warc")]):
        out, log = export(copy, "-o", tmp_path / "x.jsonl", "--overwrite", *options, expect=1)
        assert "articles of" in out
        assert "cannot be read" in log or "warc.gz:" in log
    assert "late.warc.gz.open is left out" in log


def test_an_export_reads_beside_a_writer_and_not_beside_a_rebuild(
    archives: Path, tmp_path: Path
) -> None:
    writer = ArchiveLock.shared(archives)
    export(archives, "-o", tmp_path / "x.csv")
    writer.release()
    alone = ArchiveLock.alone(archives)
    assert "held by process" in export(archives, "-o", tmp_path / "y.csv", expect=75)[1]
    alone.release()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_files_of_other_tools_have_no_articles(tmp_path: Path) -> None:
    files.example(tmp_path / "theirs.warc.gz")
    words = ("-o", tmp_path / "x.csv", "--from", tmp_path)
    assert "scrapy crawl warc" in export(tmp_path, *words, expect=3)[1]
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.warc.gz"]


Refuse = Callable[..., str]


@pytest.fixture
def refuse(
    archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run the command in this process, which it ends with exit code 2; return what it says."""

    def run(*options: str) -> str:
        monkeypatch.chdir(ROOT)
        command = ["scrapy", "export", *options, "-s", f"ARCHIVES_DIR={archives}"]
        with pytest.raises(SystemExit) as ended:
            execute(command, get_project_settings())
        assert ended.value.code == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        return said.err

    return run


BAD = [
    ([], "-o FILE.jsonl"),
    (["-o", "x.json"], "ends in .jsonl"),
    (["-o", "{}/x.csv", "--format", "parquet"], "leave --format out"),
    (["-o", "{}/x", "--format", "xml"], "invalid choice: 'xml'"),
    (["-o", "-", "--format", "parquet"], "Parquet needs a file"),
    (["-o", "{}/none/x.csv"], "there is no folder"),
    (["-o", "{}"], "there are other files in it"),
    (["-o", "{}/there.csv/"], "it is a file"),
    (["-o", "{}/there.csv"], "add --overwrite"),
    (["-o", "{}/x.csv", "--shard", "year"], "it needs a folder"),
    (["-o", "{}/x.csv", "--history"], "it needs a folder"),
    (["-o", "{}/x", "--format", "txt", "--shard", "year"], "a file for each text"),
    (["-o", "{}/x", "--shard", "month"], "invalid choice: 'month'"),
    (["-o", "{}/x", "--after", "May"], "use 2024-01-15"),
    (["-o", "{}/x", "--after", "2024-02-01", "--before", "2024-01-01"], "must be earlier"),
    (["-o", "{}/x", "--language", "German!"], "use a code"),
    (["-o", "{}/x", "--source", "wires"], "did you mean wire?"),
    (["-o", "{}/x", "--source", ""], "it is empty"),
    (["-o", "{}/x", "--license", "CC BY 9.0"], "there is none"),
    (["-o", "{}/x", "--search", "?!"], "has no letter or digit"),
    (["-o", "{}/x", "--from", "{}/none"], "names no archive"),
    (["-o", "{}/x", "--workers", "2"], "name them with --from"),
    (["-o", "{}/x", "--from", "{}", "--workers", "0"], "use 1 to 1000"),
    (["-o", "{}/x", "--engine", "spark"], "name them with --from"),
    (["-o", "{}/x", "--from", "{}", "--engine", "dask"], "use local, spark or spark:MASTER"),
    (["-o", "{}/x", "--from", "{}", "--engine", "dask://host"], "use local, spark or"),
    (["-o", "{}/x", "--from", "{}", "--engine", "spark:local[2,1]"], "local[2,4] tries a task"),
    (["-o", "{}/x", "--from", "{}", "--engine", "spark", "--workers", "2"], "leave out --workers"),
    (["-o", "{}/x", "more"], "'more' is too much"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_what_cannot_be_used_is_named(
    refuse: Refuse, tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "there.csv").touch()
    assert message in refuse(*(word.replace("{}", str(tmp_path)) for word in options))
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_parquet_is_an_extra(
    refuse: Refuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.commands.export_options.HAS_PARQUET", False)
    assert parquet_rows.HAS_PARQUET
    assert "--format jsonl" in refuse("-o", str(tmp_path / "x"))


def test_the_documentation_has_all_columns() -> None:
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    assert "\n".join(column_lines()) in page
