"""What cannot be used is refused: one line, exit code 2, no traceback, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.utils.project import get_project_settings

from crawler.state.lock import ArchiveLock
from tests.conftest import Scrapy
from tests.running import ROOT

WRONG_WORDS = [
    ("crawl", "use scrapy crawl [options] <spider>"),
    ("crawl wordpress wire", "'wire'"),
    ("crawl nothing", "the spiders are seeds, warc, wire, wordpress"),
    ("crawl wordpress --nope", "there is no option --nope"),
    ("crawl wordpress -a site", "-a NAME=VALUE"),
    ("crawl wordpress -s LOG_LEVEL", "-s NAME=VALUE"),
    ("import", "use scrapy import [options] <file or folder>"),
    ("import a b", "'b'"),
    ("rebuild extra", "'extra'"),
    ("rebuild -- --extra", "'--extra'"),
    ("replay --check all", "'all'"),
    ("sources ap afp", "'afp'"),
    ("trace", "use scrapy trace [options] <text file>"),
    ("trace a.txt b.txt", "'b.txt'"),
    ("verify --nope", "there is no option --nope"),
    ("verify --nope=1 path", "there is no option --nope=1"),
    ("index -x", "there is no option -x"),
    ("wacz --sign key.pem --nope", "there is no option --nope"),
]
BAD_SETTINGS = [
    ("SHUTDOWN_GRACE", "abc"),
    ("PROGRESS_INTERVAL", "soon"),
    ("COLLECTOR_THRESHOLD", "-1"),
    ("CONCURRENT_REQUESTS", "nan"),
    ("RETRY_TIMES", "often"),
    ("LOG_LEVEL", "loud"),
]


Refuse = Callable[..., str]


@pytest.fixture
def refuse(
    archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run a command in this process, which it ends with exit code 2; return what it says."""

    def run(line: str, *options: str) -> str:
        monkeypatch.chdir(ROOT)
        command = ["scrapy", *line.split(), *options, "-s", f"ARCHIVES_DIR={archives}"]
        with pytest.raises(SystemExit) as ended:
            execute(command, get_project_settings())
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n"), archives.exists()) == ("", 1, False)
        return err

    return run


@pytest.mark.parametrize(("line", "named"), WRONG_WORDS)
def test_unknown_words_and_options(refuse: Refuse, line: str, named: str) -> None:
    said = refuse(line)
    assert said.startswith(f"scrapy {line.split(maxsplit=1)[0]}: ")
    assert named in said


@pytest.mark.parametrize("command", ["crawl warc", "import seeds", "replay --check"])
def test_settings_are_checked_before_spiders_run(refuse: Refuse, command: str) -> None:
    said = refuse(command, "-s", "SHUTDOWN_GRACE=abc")
    assert said.startswith(
        f"scrapy {command.split(maxsplit=1)[0]}: SHUTDOWN_GRACE='abc' cannot be used: "
    )


@pytest.mark.parametrize("command", ["rebuild", "verify", "index"])
def test_settings_that_a_command_reads_are_checked(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        execute(["scrapy", command, "-s", "ARCHIVES_DIR="], get_project_settings())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == f"scrapy {command}: ARCHIVES_DIR='' cannot be used: name a folder\n"


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_bad_settings(crawl: Scrapy, name: str, value: str) -> None:
    run = crawl("-s", f"{name}={value}", site="https://example.org/")
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.log.startswith(f"scrapy crawl: {name}={value!r} cannot be used: use ")
    assert run.log.count("\n") == 1
    assert not run.archives.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-s", "SHUTDOWN_GRACE=abc"], "SHUTDOWN_GRACE='abc'"),  # before a log is begun
        (["-a", "site=http://"], "site='http://'"),  # once it is
    ],
    ids=["setting", "argument"],
)
def test_a_refusal_is_in_the_log_file(
    crawl: Scrapy, tmp_path: Path, options: list[str], said: str
) -> None:
    log = tmp_path / "job.log"
    run = crawl("-s", f"LOG_FILE={log}", *options)
    assert run.exit_code == 2
    assert run.log.startswith(f"scrapy crawl: {said}")
    (line,) = [line for line in log.read_text().splitlines() if "ERROR" in line]
    assert run.log.strip() in line


def test_a_locked_archive_is_in_the_log_file(crawl: Scrapy, tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    (tmp_path / "archives").mkdir()
    lock = ArchiveLock.alone(tmp_path / "archives")
    try:
        run = crawl("--logfile", str(log), site="https://example.org/")
    finally:
        lock.release()
    assert run.exit_code == 75
    assert "ERROR: scrapy crawl: " in log.read_text()
    assert "Traceback" not in log.read_text() + run.log


def test_a_log_file_that_cannot_be_written(crawl: Scrapy, tmp_path: Path) -> None:
    log = tmp_path / "no such folder" / "job.log"
    run = crawl("-s", f"LOG_FILE={log}", site="https://example.org/")
    assert (run.exit_code, run.log.count("\n")) == (2, 1)
    assert "LOG_FILE=" in run.log
