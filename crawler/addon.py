"""The add-on that sets what depends on ARCHIVE_MODE: where bytes come from, and the network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from crawler.settings_reader import SettingsReader

_HANDLERS = {
    "record": "crawler.handlers.capture.CaptureDownloadHandler",
    "replay": "crawler.handlers.offline.ReplayDownloadHandler",
}
_REPLAY = "crawler.extensions.replay.ReplayExtension"

MOST_ITEMS = 16
"""CONCURRENT_ITEMS where a project does not set it.

Scrapy starts as many tasks for each answer, if it has an item or not: its 100 take a fifth of a
crawl's time.
"""

# No site needs to be treated gently, and nothing may be fetched past the archive.
_OFFLINE = {
    "CONCURRENT_ITEMS": MOST_ITEMS,
    # Answers come in the order of the archived run, however many are requested at once.
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_SLOTS": {},
    "AUTOTHROTTLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}
_ABOVE_ALL = 1 + max(SETTINGS_PRIORITIES.values())


class ArchiveAddon:
    """The handlers and network settings of ``ARCHIVE_MODE``: record, replay or off.

    A replay of the archive in ARCHIVES_DIR itself (the default of ``REPLAY_FROM``) must not write
    into it: its ledger and texts go into a folder of their own, ``replays/<UTC timestamp>`` in it.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Choose the folder of a replay once for all runs of the process."""
        reader = SettingsReader(settings)
        if reader.ARCHIVE_MODE == "replay":
            archives = reader.ARCHIVES_DIR
            sources = reader.REPLAY_FROM or [str(archives / "warc")]
            settings.set("REPLAY_FROM", sources, _ABOVE_ALL)
            if any(_is_in(source, archives / "warc") for source in sources):
                _redirect_output(settings, archives)

    def update_settings(self, settings: BaseSettings) -> None:
        """Check all settings of the run, and apply its mode. Raise `BadArgumentError`."""
        reader = SettingsReader(settings)
        reader.check()
        settings.set("CONCURRENT_ITEMS", MOST_ITEMS, "addon")
        mode = reader.ARCHIVE_MODE
        if mode in _HANDLERS:
            for scheme in ("http", "https"):
                settings["DOWNLOAD_HANDLERS"].set(scheme, _HANDLERS[mode], priority="addon")
        if mode == "replay":
            settings["EXTENSIONS"].set(_REPLAY, 9, priority="addon")
            for name, value in _OFFLINE.items():
                settings.set(name, value, _ABOVE_ALL)


def _is_in(source: str, folder: Path) -> bool:
    return Path(source).resolve().is_relative_to(folder.resolve())


def _redirect_output(settings: BaseSettings, archives: Path) -> None:
    """Let the run write below ``replays/``, not to the project's own ledger and texts.

    A STATE_URI or CORPUS_PATH of the command line is meant for the replay, and stays.
    """
    folder = archives / "replays" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    settings.set("ARCHIVES_DIR", str(folder), _ABOVE_ALL)
    changed = {"STATE_URI": "", "CORPUS_PATH": str(settings["CORPUS_PATH"]).lstrip("/")}
    for name, value in changed.items():
        if (settings.getpriority(name) or 0) < SETTINGS_PRIORITIES["cmdline"]:
            settings.set(name, value, _ABOVE_ALL)
