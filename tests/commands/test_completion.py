"""Shell completion, as bash does it, and what ``scrapy --help`` says of our commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT, scrapy

pytest.importorskip("shtab")
needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
needs_zsh = pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
ASK = """
source "$1"; shift
function="$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"$function" 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the script for bash, made where the user has a source of their own."""
    folder = tmp_path_factory.mktemp("completion")
    own = folder / "sources.toml"
    own.write_text(
        '[gull-gazette]\nname = "Gull"\nsite = "https://gull.example/"\n'
        'spider = "wordpress"\nsource = "gulls"\n',
        encoding="utf-8",
    )
    run = scrapy(folder / "archives", "completion", "bash", "-s", f"SOURCES_FILE={own}")
    assert run.exit_code == 0, run.log
    (folder / "script").write_text(run.stdout, encoding="utf-8")
    return folder / "script"


def completed(script: Path, *words: str, function: str = "_newsreel_scrapy") -> list[str]:
    done = subprocess.run(
        ["bash", "-c", ASK, "bash", str(script), function, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(done.stdout.split())


@needs_bash
def test_bash(script: Path) -> None:
    assert {"coverage", "crawl", "export", "read", "round"} <= {*completed(script, "scrapy", "")}
    assert completed(script, "scrapy", "cov") == ["coverage"]
    assert completed(script, "scrapy", "crawl", "w") == ["warc", "wire", "wordpress"]
    assert completed(script, "scrapy", "round", "gull") == ["gull-gazette"]
    assert completed(script, "scrapy", "health", "") == ["gulls"]
    assert completed(script, "scrapy", "sources", "vo") == ["voa"]
    assert completed(script, "scrapy", "replay", "--ch") == ["--check"]
    assert completed(script, "scrapy", "crawl", "wire", "-a", "ser") == ["service="]
    # Bash parts words at "=".
    wire = ("scrapy", "crawl", "wire", "-a")
    assert completed(script, *wire, "service", "=", "vo") == ["voa"]
    assert "voa" in completed(script, *wire, "service", "=")
    assert completed(script, *wire, "source", "=", "") == ["gulls"]
    assert completed(script, *wire, "urls", "=", "READ") == ["README.md"]
    assert completed(script, *wire, "service", "=", "voa", "-s", "SOURCES") == ["SOURCES_FILE="]
    assert completed(script, "scrapy", "read", "READ") == ["README.md"]


@needs_bash
def test_another_name(tmp_path: Path) -> None:
    run = scrapy(tmp_path / "archives", "completion", "bash", "--name", "news-reel")
    (tmp_path / "script").write_text(run.stdout, encoding="utf-8")
    words = ("news-reel", "crawl", "wi")
    assert completed(tmp_path / "script", *words, function="_newsreel_news_reel") == ["wire"]
    assert run.stdout.endswith("-F _newsreel_news_reel news-reel\n")


@needs_zsh
def test_zsh(tmp_path: Path) -> None:
    run = scrapy(tmp_path / "archives", "completion", "zsh")
    assert run.stdout.startswith("#compdef scrapy")
    (tmp_path / "script").write_text(run.stdout, encoding="utf-8")
    subprocess.run(["zsh", "-n", str(tmp_path / "script")], check=True)


def test_zsh_is_written(tmp_path: Path) -> None:
    run = scrapy(tmp_path / "archives", "completion", "zsh")
    assert run.exit_code == 0, run.log
    assert run.stdout.startswith("#compdef scrapy")
    assert "_newsreel_arguments" in run.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fish",), "'fish' is no shell that it knows"),
        ((), "<bash or zsh> is missing"),
        (("bash", "--name", "a b"), "'a b' cannot be a command's name"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    run = scrapy(tmp_path, "completion", *words)
    assert run.exit_code == 2
    assert said in run.log


def test_without_the_package(tmp_path: Path) -> None:
    (tmp_path / "shtab.py").write_text("raise ImportError\n", encoding="utf-8")
    run = scrapy(tmp_path / "a", "completion", "bash", env={"PYTHONPATH": str(tmp_path)})
    assert run.exit_code == 2
    assert "it needs the package shtab" in run.log
    assert "Traceback" not in run.log


def test_help_shows_our_commands_with_a_line_each() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = {
        line.split()[0]: " ".join(line.split()[1:])
        for line in done.stdout.splitlines()
        if line.startswith("  ") and len(line.split()) > 1
    }
    files = (ROOT / "crawler" / "commands").glob("*.py")
    ours = [file.stem for file in files if "class Command(" in file.read_text(encoding="utf-8")]
    assert len(ours) >= 14
    for name in ours:
        assert 20 <= len(told[name]) <= 90, name
        assert told[name][0].isupper(), name
        assert not told[name].endswith("."), name
