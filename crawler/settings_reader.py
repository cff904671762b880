"""The settings of a run, read as plain values and checked at its start.

A setting that cannot be used is one sentence with its name, its value and the fix. Scrapy's
settings come as Python values from a module, or as text from the command line; both are read.
"""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar

from scrapy.settings import BaseSettings, default_settings
from scrapy.utils.conf import closest_scrapy_cfg

from crawler.exceptions import BadArgumentError
from crawler.sources import fields
from crawler.sources.arguments import is_encodable
from crawler.state.backends import backend
from crawler.storage.listing import is_glob
from crawler.storage.object_stores import split_address
from crawler.text.corpus import Corpus
from crawler.warc.compression import Compress, compressor
from crawler.warc.container import named_archives
from crawler.warc.warc_dates import parse_timestamp, precise_timestamp, timestamp_to_warc_date

_T = TypeVar("_T")

_FLAGS = {"0": False, "False": False, "false": False, "1": True, "True": True, "true": True}
_MANY = 2**31 - 1  # what a C int holds
_LARGEST = 2**63 - 1  # bytes
_LONGEST = 1_000_000_000  # seconds: timers of the system refuse more
_GONE = {
    "RESTORE_TEXTS": "remove it: a run writes the texts alone that an earlier one did not come to, "
    "and scrapy verify --repair those that are missing",
}
"""Settings of earlier releases, and what to do where one is set."""

_PASSWORD = re.compile(r"(//)[^\s'\"]*(@)|(password=)[^&\s'\"]+()")
_ORIGIN = re.compile(r"https?://[a-z0-9][a-z0-9.-]{0,250}(?::[0-9]{1,5})?", re.IGNORECASE)


class Setting(Generic[_T]):
    """A setting of its attribute's name; *convert* raises `ValueError` with the fix."""

    def __init__(self, convert: Callable[[Any], _T]) -> None:
        self._convert = convert

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, reader: SettingsReader, owner: type) -> _T:
        return checked(self._name, reader.settings[self._name], self._convert)


_NOTHING_IS_UPLOADED = (
    "no file is removed that is not uploaded: set ARCHIVE_UPLOAD=s3://bucket/prefix too, or leave "
    "ARCHIVE_KEEP_LOCAL empty to keep all files here"
)


def checked(name: str, value: object, convert: Callable[[Any], _T]) -> _T:
    """Return what *convert* makes of *value*. Raise `BadArgumentError` where it cannot."""
    try:
        return convert(value)
    except (ValueError, OSError) as error:  # a path may be too long to be looked up
        harmless = _without_passwords(value) if isinstance(value, str) else value
        raise BadArgumentError(name, harmless, _without_passwords(str(error))) from None


def _without_passwords(said: str) -> str:
    return _PASSWORD.sub(r"\1\3…\2", said)


def flag(value: object) -> bool:
    """Return what Scrapy takes for yes or no."""
    try:
        return _FLAGS[str(value)]
    except KeyError:
        raise ValueError("use True or False") from None


def text(value: object) -> str:
    """Return text, or a path as text."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise ValueError("use text")
    if "\0" in value or not is_encodable(value):
        raise ValueError("use text in UTF-8, without NUL")
    return value


def line(value: object) -> str:
    """Return text without control characters, such as a header may hold."""
    found = text(value)
    if not found.isprintable():
        raise ValueError("use one line of text, without control characters")
    return found


def folder(value: object) -> Path:
    """Return the path of a folder, which need not exist."""
    found = text(value)
    if not found:
        raise ValueError("name a folder")
    return Path(found)


def file(value: object) -> Path | None:
    """Return the path of a file that exists; None for no text at all."""
    found = text(value)
    if found and not Path(found).exists():
        raise ValueError("there is no such file")
    return Path(found) if found else None


def sources_file(value: object) -> Path | None:
    """Return the path of a file that exists; for no text that in the project's folder, if any."""
    if value == "":
        return default_sources_file() if default_sources_file().is_file() else None
    return file(value)


def default_sources_file() -> Path:
    """Return the sources file that needs no naming: beside ``scrapy.cfg``."""
    return Path(closest_scrapy_cfg()).parent / "sources.toml"


def log_file(value: object) -> Path | None:
    """Return the path of a file that could be written; None for nothing at all."""
    found = "" if value is None else text(value)
    if found and (Path(found).is_dir() or not Path(found).parent.is_dir()):
        raise ValueError("name a file in a folder that exists")
    return Path(found) if found else None


def texts(value: object) -> list[str]:
    """Return a list of text, or what stands between the commas of one text."""
    if not value:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError("use a list, or text with commas")
    return [text(part).strip() for part in value]


def number(least: float, most: float = _LONGEST) -> Callable[[Any], float]:
    """Return a converter to numbers from *least* to *most*."""
    fix = f"use a number from {least:,} to {most:,}" if most < math.inf else "use a number"

    def convert(value: object) -> float:
        found = _float(value)
        if found is None or not least <= found <= most:
            raise ValueError(fix)
        return found

    return convert


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def above_zero(value: object) -> float:
    """Return a number of seconds that is more than none."""
    found = _float(value)
    if found is None or not 0 < found <= _LONGEST:
        raise ValueError(f"use a number above 0, {_LONGEST:,} at most")
    return found


def whole(least: int, most: int = _MANY) -> Callable[[Any], int]:
    """Return a converter to whole numbers from *least* to *most*; ``1e9`` is one too."""
    fix = f"use a whole number from {least:,} to {most:,}"

    def convert(value: object) -> int:
        found = _int(value)
        if found is None and (rounded := _float(value)) is not None and rounded.is_integer():
            found = int(rounded)
        if found is None or not least <= found <= most:
            raise ValueError(fix)
        return found

    return convert


def _int(value: object) -> int | None:
    """Return *value* if Scrapy's ``getint`` takes it for the same whole number."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def scrapy_whole(least: int, most: int = _MANY) -> Callable[[Any], int]:
    """Return a converter to whole numbers as `whole` does, of what ``getint`` reads as well."""

    def convert(value: object) -> int:
        return whole(least, most)(None if _int(value) is None else value)

    return convert


def choice(*values: str) -> Callable[[Any], str]:
    """Return a converter that knows *values* alone."""

    def convert(value: object) -> str:
        if value not in values:
            raise ValueError(f"use one of {', '.join(values)}")
        return str(value)

    return convert


def log_level(value: object) -> int | str:
    """Return a level as the handlers of logging know it."""
    if isinstance(value, str) and value in logging.getLevelNamesMapping():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("use one of DEBUG, INFO, WARNING, ERROR, CRITICAL")


def corpus_path(value: object) -> str:
    """Return a template of the names of text files."""
    found = text(value)
    Corpus(Path(), found)
    return found


def state_uri(value: object) -> str:
    """Return the URI of a ledger; empty for the one in ARCHIVES_DIR."""
    found = text(value)
    if found:
        backend(found)
    return found


def upload_address(value: object) -> str:
    """Return the address below which an archive is uploaded, empty for none."""
    found = text(value)
    if found:
        bucket, key = split_address(found)
        if is_glob(found):
            raise ValueError("use an address without * ? [ such as s3://bucket/prefix")
        found = f"{bucket}/{key}".rstrip("/")
        parts = key.rstrip("/").split("/")
        if key and (not key.isprintable() or any(part in {"", ".", ".."} for part in parts)):
            raise ValueError("use an address without // . .. and controls: s3://bucket/prefix")
    return found


def duration(value: object) -> timedelta | None:
    """Return a time span such as 7d, or None for no text at all."""
    return fields.duration(value) if value != "" else None


def capture_date(value: object) -> str:
    """Return a date, 2026-11-22T10:00:00Z or some of 14 digits, in digits; empty for none."""
    found = text(value)
    if not found:
        return ""
    digits = precise_timestamp(timestamp_to_warc_date(found) if found.isdecimal() else found)
    parse_timestamp(digits)
    return digits


def compression(value: object) -> Compress:
    """Return the function that makes gzip members."""
    return compressor(text(value))


def origin(value: object) -> str:
    """Return where a site is reached, ``scheme://host`` and perhaps its port; or nothing."""
    found = text(value).removesuffix("/")
    if found and not _ORIGIN.fullmatch(found):
        raise ValueError("use such as https://corpus.example.org, without a path")
    return found.lower()


def viewer_folder(value: object) -> Path:
    """Return the folder of ReplayWeb.page; for no text the one where `make browse` puts it."""
    beside = Path(closest_scrapy_cfg()).parent / ".cache" / "replaywebpage"
    return folder(beside if value == "" else value)


def networks(value: object) -> list[IPv4Network | IPv6Network]:
    """Return IP networks."""
    try:
        return [ip_network(part) for part in texts(value)]
    except ValueError as error:
        fix = f'{error}; write networks such as "127.0.0.0/8" or "::1/128"'
        raise ValueError(fix) from error


def variable_name(value: object) -> str:
    """Return the name of an environment variable, empty for none."""
    return fields.variable(value) if value != "" else ""


class HiddenSetting(Setting[_T]):
    """A setting whose value no message shows: people put a secret where its name belongs."""

    def __get__(self, reader: SettingsReader, owner: type) -> _T:
        try:
            return self._convert(reader.settings[self._name])
        except ValueError as error:
            raise BadArgumentError(self._name, "…", str(error)) from None


class SettingsReader:
    """Newsreel's settings, and those of Scrapy that it reads itself.

    Reading one raises `BadArgumentError` if it cannot be used; `check` reads them all.
    """

    ARCHIVES_DIR = Setting(folder)
    CORPUS_PATH = Setting(corpus_path)
    STATE_URI = Setting(state_uri)
    ARCHIVE_MODE = Setting(choice("record", "replay", "off"))
    REPLAY_FROM = Setting(texts)
    REPLAY_AT = Setting(capture_date)
    REPLAY_RUN = Setting(text)
    ARCHIVE_GZIP = Setting(compression)
    ARCHIVE_FILE_SIZE = Setting(whole(1, _LARGEST))
    ARCHIVE_FILE_AGE = Setting(above_zero)
    ARCHIVE_COMMIT_GROUP = Setting(whole(1))
    ARCHIVE_COMMIT_INTERVAL = Setting(above_zero)
    ARCHIVE_UPLOAD = Setting(upload_address)
    ARCHIVE_UPLOAD_WAIT = Setting(number(0))
    ARCHIVE_KEEP_LOCAL = Setting(duration)
    WARC_WORKERS = Setting(whole(0, 1000))
    WARC_PAGE_TIMEOUT = Setting(number(0))
    WARC_BOOKMARK_INTERVAL = Setting(number(0))
    SOURCES_FILE = Setting(sources_file)
    CREDENTIALS_OF = Setting(text)
    ASKED_HOSTS_WAIT = Setting(flag)
    CRAWL_DELAY_MAX = Setting(number(0))
    RETRY_AFTER_MAX = Setting(number(0))
    WORDPRESS_MAX_PAGES = Setting(whole(1))
    WORDPRESS_WALK_EVERY = Setting(number(0))
    WIRE_MAX_PAGES = Setting(whole(0))
    WIRE_MAX_STORY_PAGES = Setting(whole(1, 99))
    WIRE_PAGE_TIMEOUT = Setting(number(0))
    WIRE_LINK_PAGE_TIMEOUT = Setting(number(0))
    WIRE_LINK_PAGE_MAXSIZE = Setting(whole(0, _LARGEST))
    WORDPRESS_MOST_GONE = Setting(number(0, 1))
    DEDUP_SYNDICATED = Setting(flag)
    INCOMPLETE = Setting(choice("drop", "keep"))
    CLEAN_CAPTIONS = Setting(flag)
    ADDRESS_GUARD_ALLOW = Setting(networks)
    COLLECTOR_FREEZE = Setting(flag)
    COLLECTOR_THRESHOLD = Setting(whole(1))
    PROGRESS_INTERVAL = Setting(number(0))
    SHUTDOWN_GRACE = Setting(number(0))
    HEALTH_NOTIFY = HiddenSetting(variable_name)
    ROUND_CONCURRENCY = Setting(whole(1))
    ROUND_SLICE = Setting(number(0))
    WORKER_TIMEOUT = Setting(number(3))
    REPORT_IDLE_RUNS = Setting(flag)
    BROWSE_URL = Setting(origin)
    BROWSE_REPLAY_URL = Setting(origin)
    BROWSE_VIEWER = Setting(viewer_folder)

    USER_AGENT = Setting(line)
    ROBOTSTXT_OBEY = Setting(flag)
    DOWNLOAD_MAXSIZE = Setting(scrapy_whole(0, _LARGEST))
    DOWNLOAD_WARNSIZE = Setting(scrapy_whole(0, _LARGEST))
    DOWNLOAD_DELAY = Setting(number(0))
    DOWNLOAD_TIMEOUT = Setting(above_zero)
    DNS_TIMEOUT = Setting(above_zero)
    CONCURRENT_ITEMS = Setting(scrapy_whole(1))
    CONCURRENT_REQUESTS = Setting(scrapy_whole(1))
    CONCURRENT_REQUESTS_PER_DOMAIN = Setting(scrapy_whole(1))
    REACTOR_THREADPOOL_MAXSIZE = Setting(scrapy_whole(1))
    LOG_LEVEL = Setting(log_level)
    LOG_FILE = Setting(log_file)

    def __init__(self, settings: BaseSettings) -> None:
        self.settings = settings

    @property
    def workers(self) -> int:
        """How many processes read archives: WARC_WORKERS, or one for each core."""
        return self.WARC_WORKERS or os.cpu_count() or 1

    @property
    def has_queue(self) -> bool:
        """Whether workers may share the ledger, and so have a queue."""
        return self.STATE_URI.startswith("postgresql:")

    @property
    def own_sources_file(self) -> Path:
        """The user's sources file, which need not exist yet."""
        named = checked("SOURCES_FILE", self.settings["SOURCES_FILE"], text)
        return Path(named) if named else default_sources_file()

    def told(self) -> dict[str, str]:
        """Return the settings that are read here as text, as they were given.

        Hidden ones are left out; of the others the caller takes out what may be a secret.
        """
        entries = vars(type(self)).items()
        names = [
            name
            for name, entry in entries
            if isinstance(entry, Setting) and not isinstance(entry, HiddenSetting)
        ]
        return {name: str(self.settings[name]) for name in names}

    def check(self) -> None:
        """Raise `BadArgumentError` for the first setting that cannot be used.

        Scrapy's other settings are of the type that their defaults have.
        """
        for name, fix in _GONE.items():
            if self.settings[name] is not None:
                raise BadArgumentError(name, self.settings[name], fix)
        names = [name for name, entry in vars(type(self)).items() if isinstance(entry, Setting)]
        for name in names:
            getattr(self, name)
        for name, default in vars(default_settings).items():
            convert = _of_type(name, default)
            if convert and name not in names and self.settings[name] is not None:
                checked(name, self.settings[name], convert)
        if self.ARCHIVE_KEEP_LOCAL and not self.ARCHIVE_UPLOAD:
            kept = self.settings["ARCHIVE_KEEP_LOCAL"]
            raise BadArgumentError("ARCHIVE_KEEP_LOCAL", kept, _NOTHING_IS_UPLOADED)

    def check_archives(self) -> None:
        """Raise `BadArgumentError` if a replay is to be made, and there is nothing to replay.

        All archives are looked for: that is done once for all runs of a process.
        """
        if self.ARCHIVE_MODE == "replay" and self.REPLAY_FROM:
            checked("REPLAY_FROM", self.REPLAY_FROM, named_archives)


def _of_type(name: str, default: object) -> Callable[[Any], object] | None:
    if isinstance(default, bool) or name.endswith("_ENABLED"):
        return flag
    if isinstance(default, float):
        return number(-math.inf, math.inf)
    return scrapy_whole(-_LARGEST, _LARGEST) if isinstance(default, int) else None
