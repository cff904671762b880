"""Every setting is checked: a bad one is named with its value and the fix, a good one is read."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.settings import Settings, default_settings
from scrapy.utils.project import get_project_settings

from crawler import settings as project
from crawler.addon import ArchiveAddon
from crawler.exceptions import BadArgumentError
from crawler.settings_reader import Setting, SettingsReader

NAMES = [name for name, entry in vars(SettingsReader).items() if isinstance(entry, Setting)]
NO_TEXT: tuple[object, ...] = (b"bytes", 7, 1.5, True, ["a"], {}, "a\0b", "Haf\udce9n")
NO_NUMBER: tuple[object, ...] = (
    "",
    " ",
    "abc",
    "nan",
    math.nan,
    "inf",
    -math.inf,
    -1,
    "-1",
    b"1",
    [1],
    {},
    None,
    True,
)
NO_WHOLE: tuple[object, ...] = (*NO_NUMBER, 1.5, "1.5", 10**400, "9" * 400)
NO_FLAG: tuple[object, ...] = ("", "maybe", "TRUE", 2, "2", b"1", [True], {}, None, math.nan)
NO_LIST: tuple[object, ...] = (7, True, {"a": 1}, b"a,b", [b"a"], [1], "a\0b")

BAD: dict[str, tuple[object, ...]] = {
    "ARCHIVES_DIR": (*NO_TEXT, "", None),
    "CORPUS_PATH": (
        *(*NO_TEXT, "", None, "text/{title}.txt", "text/a.txt", "{ordinal:zz}_{key}.txt"),
        *("t/{source}//{ordinal}_{key}.txt", "{source}/../{ordinal}_{key}.txt"),
    ),
    "STATE_URI": (*NO_TEXT, None, "sqlite:", "postgres://host/db", "ledger.sqlite"),
    "ARCHIVE_MODE": (*NO_TEXT, "", None, "RECORD", "sometimes"),
    "REPLAY_FROM": NO_LIST,
    "REPLAY_AT": (*NO_TEXT, None, "yesterday", "2026-13-01", "20261399", "99"),
    "REPLAY_RUN": (*NO_TEXT, None),
    "ARCHIVE_GZIP": (*NO_TEXT, "", None, "isal", "isal-4", "zlib-10", "zlib--1", "zstd-3"),
    "ARCHIVE_FILE_SIZE": (*NO_WHOLE, 0),
    "ARCHIVE_FILE_AGE": (*NO_NUMBER, 0, "1e300"),
    "ARCHIVE_COMMIT_GROUP": (*NO_WHOLE, 0),
    "ARCHIVE_COMMIT_INTERVAL": (*NO_NUMBER, 0, "1e300"),
    "WARC_WORKERS": (*NO_WHOLE, 1001),
    "WARC_PAGE_TIMEOUT": (*NO_NUMBER, "1e300"),
    "WARC_BOOKMARK_INTERVAL": (*NO_NUMBER, "1e300"),
    "SOURCES_FILE": (*NO_TEXT, None, "no/such/file.toml", "a" * 5000),
    "CREDENTIALS_OF": (*NO_TEXT, None),
    "CRAWL_DELAY_MAX": (*NO_NUMBER, "1e300"),
    "RETRY_AFTER_MAX": (*NO_NUMBER, "1e300"),
    "WORDPRESS_MAX_PAGES": (*NO_WHOLE, 0),
    "WIRE_MAX_PAGES": NO_WHOLE,
    "WIRE_MAX_STORY_PAGES": (*NO_WHOLE, 0, 100),
    "WIRE_PAGE_TIMEOUT": (*NO_NUMBER, "1e300"),
    "WIRE_LINK_PAGE_TIMEOUT": (*NO_NUMBER, "1e300"),
    "WIRE_LINK_PAGE_MAXSIZE": NO_WHOLE,
    "WORDPRESS_WALK_EVERY": (*NO_NUMBER, -1),
    "WORDPRESS_MOST_GONE": (*NO_NUMBER, 1.5),
    "DEDUP_SYNDICATED": NO_FLAG,
    "INCOMPLETE": (*NO_TEXT, "", None, "KEEP", "yes"),
    "CLEAN_CAPTIONS": NO_FLAG,
    "RESTORE_TEXTS": (True, False, "False", "maybe"),  # it is gone
    "ADDRESS_GUARD_ALLOW": (
        *NO_LIST,
        "everywhere",
        "127.0.0.1/8",
        '["127.0.0.0/8"]',
        "10.0.0.0/8,",
    ),
    "COLLECTOR_FREEZE": NO_FLAG,
    "COLLECTOR_THRESHOLD": (*NO_WHOLE, 0, 2**31),
    "PROGRESS_INTERVAL": (*NO_NUMBER, "soon", "1e300"),
    "SHUTDOWN_GRACE": (*NO_NUMBER, "1e300"),
    "ROUND_CONCURRENCY": (*NO_WHOLE, 0),
    "ROUND_SLICE": (*NO_NUMBER, "1e300"),
    "WORKER_TIMEOUT": (*NO_NUMBER, 2.9, "1e300"),
    "REPORT_IDLE_RUNS": NO_FLAG,
    "BROWSE_URL": (*NO_TEXT, None, "corpus.example.org", "ftp://a", "https://a/b", "https://a b"),
    "BROWSE_REPLAY_URL": (*NO_TEXT, None, "a:8471", "https://", "https://a:x", "https://a?b"),
    "BROWSE_VIEWER": (*NO_TEXT, None),
    "ARCHIVE_UPLOAD": (
        *NO_TEXT,
        *(None, "/data", "ftp://a/b", "s3:///a", "file://a/b", "s3://a/*"),
        *("s3://a/b//c", "s3://a/./b", "file:///a/../b", "s3://a/b\tc"),
    ),
    "ARCHIVE_UPLOAD_WAIT": (*NO_NUMBER, "1e300"),
    "ARCHIVE_KEEP_LOCAL": (*NO_TEXT, None, "7", "0d", "seven days"),
    "HEALTH_NOTIFY": (*NO_TEXT, None, "two words", "9LIVES", "json://localhost/token"),
    "USER_AGENT": (*NO_TEXT, None, "two\nlines", "two\r\nlines", "\x1b[31m"),
    "ROBOTSTXT_OBEY": NO_FLAG,
    "ASKED_HOSTS_WAIT": NO_FLAG,
    "DOWNLOAD_MAXSIZE": (*NO_WHOLE, "1e9"),
    "DOWNLOAD_WARNSIZE": (*NO_WHOLE, "1e9"),
    "DOWNLOAD_DELAY": NO_NUMBER,
    "DOWNLOAD_TIMEOUT": (*NO_NUMBER, 0),
    "DNS_TIMEOUT": (*NO_NUMBER, 0),
    "CONCURRENT_ITEMS": (*NO_WHOLE, 0),
    "CONCURRENT_REQUESTS": (*NO_WHOLE, 0),
    "CONCURRENT_REQUESTS_PER_DOMAIN": (*NO_WHOLE, 0),
    "REACTOR_THREADPOOL_MAXSIZE": (*NO_WHOLE, 0),
    "LOG_LEVEL": ("", "loud", "info", None, True, 1.5, b"INFO", ["INFO"]),
    "LOG_FILE": (*NO_TEXT, ".", "no/such/folder/crawl.log", "a" * 5000),
}
HIDDEN = ("HEALTH_NOTIFY",)  # people put the secret there, and not its name
GOOD: list[tuple[str, object, object]] = [
    ("ARCHIVES_DIR", "my archives", Path("my archives")),
    ("ARCHIVES_DIR", Path("/data"), Path("/data")),
    ("STATE_URI", "sqlite:/data/ledger.sqlite", "sqlite:/data/ledger.sqlite"),
    ("REPLAY_FROM", "a.warc.gz, b.wacz", ["a.warc.gz", "b.wacz"]),
    ("REPLAY_FROM", ("a.warc.gz",), ["a.warc.gz"]),
    ("REPLAY_FROM", "", []),
    ("REPLAY_AT", "2026", "20260101000000000000"),
    ("ARCHIVE_FILE_SIZE", "1e9", 10**9),
    ("ARCHIVE_FILE_SIZE", "1000000000", 10**9),
    ("ARCHIVE_COMMIT_GROUP", 5.0, 5),
    ("WARC_PAGE_TIMEOUT", "0", 0.0),
    ("PROGRESS_INTERVAL", " 2.5 ", 2.5),
    ("INCOMPLETE", "keep", "keep"),
    ("CLEAN_CAPTIONS", "1", True),
    ("CLEAN_CAPTIONS", "false", False),
    ("CLEAN_CAPTIONS", 0, False),
    ("ADDRESS_GUARD_ALLOW", "", []),
    ("DOWNLOAD_MAXSIZE", "0", 0),
    ("LOG_LEVEL", 10, 10),
    ("BROWSE_URL", "https://Corpus.example.org/", "https://corpus.example.org"),
    ("BROWSE_REPLAY_URL", "http://10.0.0.7:8471", "http://10.0.0.7:8471"),
    ("BROWSE_VIEWER", "viewer", Path("viewer")),
    ("ARCHIVE_UPLOAD", "", ""),
    ("ARCHIVE_UPLOAD", "s3://news/harbour/", "s3://news/harbour"),
    ("ARCHIVE_UPLOAD", "s3://news", "s3://news"),
    ("ARCHIVE_UPLOAD", "s3://news/two words/50% +ü#.d", "s3://news/two words/50% +ü#.d"),
    ("ARCHIVE_UPLOAD_WAIT", "0", 0),
    ("ARCHIVE_KEEP_LOCAL", "", None),
    ("ARCHIVE_KEEP_LOCAL", "7d", timedelta(days=7)),
    ("HEALTH_NOTIFY", "", ""),
    ("HEALTH_NOTIFY", "NEWSREEL_ADDRESS", "NEWSREEL_ADDRESS"),
]
SCRAPYS = [
    *(("COOKIES_ENABLED", value) for value in ("maybe", "")),
    *(("TELNETCONSOLE_ENABLED", value) for value in ("maybe", "")),
    *(("RETRY_TIMES", value) for value in ("abc", "1.5", math.nan)),
    *(("CLOSESPIDER_TIMEOUT", value) for value in ("abc", "inf")),
]


NEEDED = {"ARCHIVE_KEEP_LOCAL": {"ARCHIVE_UPLOAD": "s3://bucket/prefix"}}
"""What else has to be set where a setting is."""


def reader(**changed: Any) -> SettingsReader:
    settings = Settings()
    settings.setmodule(project)
    settings.setdict(changed, priority="cmdline")
    return SettingsReader(settings)


def refusal(read: SettingsReader) -> str:
    with pytest.raises(BadArgumentError) as raised:
        read.check()
    return str(raised.value)


def test_every_setting_of_the_project_is_read() -> None:
    ours = {name for name in vars(project) if name.isupper()} - set(vars(default_settings))
    assert ours - {"COMMANDS_MODULE"} <= set(NAMES)


def test_the_defaults_are_good() -> None:
    reader().check()
    SettingsReader(get_project_settings()).check()


@pytest.mark.parametrize("name", NAMES)
def test_bad_values_are_named_with_the_fix(name: str) -> None:
    for value in BAD[name]:
        message = refusal(reader(**{name: value}))
        shown = "…" if name in HIDDEN else value
        assert message.startswith(f"{name}={shown!r}"[:200]), message
        assert " cannot be used: " in message
        assert message.isprintable()


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_good_values_are_read(name: str, value: object, expected: object) -> None:
    read = reader(**NEEDED.get(name, {}) | {name: value})
    read.check()
    assert getattr(read, name) == expected


@pytest.mark.parametrize(("name", "value"), SCRAPYS)
def test_scrapys_settings_have_the_type_of_their_defaults(name: str, value: object) -> None:
    assert refusal(reader(**{name: value})).startswith(f"{name}={value!r}")


@given(
    name=st.sampled_from(NAMES),
    value=st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
        st.lists(st.text() | st.integers()), st.dictionaries(st.text(), st.integers()),
    ),
)  # fmt: skip
def test_any_value_is_read_or_refused(name: str, value: object) -> None:
    message = ""
    try:
        reader(**{name: value}).check()
    except BadArgumentError as error:
        message = str(error)
    assert message == "" or message.startswith(f"{name}=")
    assert message.isprintable()


def test_the_addon_checks_the_settings_of_a_spider_too() -> None:
    with pytest.raises(BadArgumentError, match="SHUTDOWN_GRACE='abc'"):
        ArchiveAddon().update_settings(reader(SHUTDOWN_GRACE="abc").settings)


def test_a_replay_without_its_archive_is_refused(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    with pytest.raises(BadArgumentError, match="/absent"):
        reader(ARCHIVE_MODE="replay", REPLAY_FROM=absent).check_archives()
    reader(REPLAY_FROM=absent).check_archives()


def test_files_are_kept_for_a_while_only_where_they_are_uploaded() -> None:
    message = refusal(reader(ARCHIVE_KEEP_LOCAL="7d"))
    assert message.startswith("ARCHIVE_KEEP_LOCAL='7d' cannot be used: ")
    assert "set ARCHIVE_UPLOAD=" in message
    reader(ARCHIVE_KEEP_LOCAL="7d", **NEEDED["ARCHIVE_KEEP_LOCAL"]).check()
    reader(ARCHIVE_KEEP_LOCAL="").check()


def test_passwords_are_not_named() -> None:
    message = refusal(reader(STATE_URI="oracle://nora:kEpT@host/db"))
    assert "kEpT" not in message
    assert "oracle://…@host/db" in message
