"""The address of a ledger in PostgreSQL, of which no password is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy.settings import Settings

from crawler.exceptions import BadArgumentError
from crawler.settings_reader import SettingsReader
from crawler.state.backends import open_store, store_exists
from crawler.state.postgresql.server import Server, application_name, without_password
from crawler.state.postgresql.statements import translated

URI = "postgresql://nora:kEpT%40%2Fx@db.test:5433/news"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (URI, "postgresql://nora@db.test:5433/news"),
        ("postgresql://nora@db.test/news", "postgresql://nora@db.test/news"),
        ("postgresql:///news?host=/run", "postgresql:///news?host=/run"),
        ("postgresql://db/news?password=kEpT&a=b", "postgresql://db/news?a=b"),
        ("postgresql://db/news?password=kEpT", "postgresql://db/news"),
        ("postgresql://nora:kE@pT@db/news", "postgresql://nora@db/news"),
        ("postgresql://nora:kE/pT@db/news", "postgresql://…"),
        ("postgresql://nora:12/pT@db/news", "postgresql://…"),
        ("postgresql://nora:kE?pT@db/news", "postgresql://…"),
        ("postgresql://nora:12?pT@db/news", "postgresql://…"),
        ("postgresql://nora:kE#pT@db/news", "postgresql://…"),
        ("postgresql://nora:k@E/pT@db/news", "postgresql://…"),
        (
            "postgresql://nora:kEpT@[::1]:5432,b/news?user=n@b",
            "postgresql://nora@[::1]:5432,b/news?user=n@b",
        ),
        ("sqlite:archives/ledger.sqlite", "sqlite:archives/ledger.sqlite"),
    ],
)
def test_passwords_are_not_shown(uri: str, shown: str) -> None:
    assert without_password(uri) == shown


def test_what_the_server_says_is_shown_without_the_password() -> None:
    assert Server(URI).hide('no\n "kEpT@/x" or kEpT%40%2Fx') == 'no "…" or …'


@pytest.mark.parametrize(
    ("query", "schema"),
    [
        ("", "newsreel"),
        ("?options=-csearch_path=second", "second"),
        ("?options=-c%20search_path%3Dsecond,public", "second"),
        ("?options=-c%20statement_timeout%3D0", "newsreel"),
    ],
)
def test_the_schema_is_one_of_its_own_or_the_one_that_is_named(query: str, schema: str) -> None:
    assert Server(f"{URI}{query}").schema == schema


def test_what_is_ours_is_not_told_to_the_server() -> None:
    server = Server(f"{URI}?reconnect_timeout=2.5&connect_timeout=3&sslmode=require")
    assert server.patience == 2.5
    told = server.conninfo()
    assert told.startswith(f"{URI}?connect_timeout=3&sslmode=require&")
    assert "reconnect" not in told


def test_what_the_address_says_of_a_session_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "idle_in_transaction_session_timeout"
    told = parse_qs(urlsplit(Server(f"{URI}?options=-c%20{name}%3D5s").conninfo()).query)
    assert re.findall(rf"{name}=(\w+)", told["options"][0]) == ["30s", "5s"]
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=8MB")
    told = parse_qs(urlsplit(Server(URI).conninfo()).query)
    assert told["options"][0].endswith("-c work_mem=8MB")


def test_an_address_that_cannot_be_read_is_named_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"'postgresql://nora@db.test:5433/news\?rec") as raised:
        open_store(f"{URI}?reconnect_timeout=soon")
    assert "kEpT" not in str(raised.value)


@pytest.mark.parametrize("secret", ["kE/pT", "kE?pT", "12/pT", "kE#pT", "k@E/pT"])
def test_a_password_that_is_not_quoted_is_refused_and_not_shown(secret: str) -> None:
    uri = f"postgresql://nora:{secret}@db.test/news"
    with pytest.raises(BadArgumentError, match="write / as %2F") as raised:
        _ = SettingsReader(Settings({"STATE_URI": uri})).STATE_URI
    assert not any(part in str(raised.value) for part in ("kE", "pT"))


def test_each_process_has_a_name_of_its_own_that_the_server_keeps_whole() -> None:
    node = f"{'pod-' * 15}a1b2c3"
    name = application_name(node)
    assert name == application_name(node)
    assert "a1b2c3 process" in name
    assert len(name) <= 63 - (7 - len(str(os.getpid())))
    code = (
        "import os; os.getpid = lambda: 1\n"
        "from crawler.state.postgresql.server import application_name; "
        f"print(application_name({node!r}))"
    )
    said = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}
    assert len(said) > 1


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OSError, match=r"pip install 'newsreel\[postgres\]'"):
        open_store(URI)
    with pytest.raises(OSError, match=r"newsreel\[postgres\]"):
        store_exists(URI)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(OSError, match=r"postgresql://nora@127.0.0.1:1/news: ") as raised:
        open_store("postgresql://nora:kEpT@127.0.0.1:1/news")
    assert "kEpT" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("a = ? AND b = ?", "a = $1 AND b = $2"),
        ("a = ?1 AND b = ?2 AND c = ?1", "a = $1 AND b = $2 AND c = $1"),
        ("?1, ?, ?3, ?", "$1, $2, $3, $4"),
    ],
)
def test_marks_are_numbered_as_in_sqlite(query: str, told: str) -> None:
    assert translated(query) == told
