"""What must switch together: the archive's mode, where bytes come from, and the network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from crawler.exceptions import BadArgumentError

_HANDLERS = {
    "record": "crawler.handlers.capture.CaptureDownloadHandler",
    "replay": "crawler.handlers.offline.ReplayDownloadHandler",
}
_REPLAY = "crawler.extensions.replay.ReplayExtension"
_MODES = (*_HANDLERS, "off")

# Nobody is there to be spared, and nothing may be fetched behind the archive's back.
_OFFLINE = {
    # Scrapy starts as many tasks for each answer: a third of a replay's time with its 100.
    "CONCURRENT_ITEMS": 16,
    # Answers come in the order of then, so that more may be asked for at once than was then.
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
    """Switches handlers and network as ``ARCHIVE_MODE`` says: record, replay or off.

    A replay of the archive in ARCHIVES_DIR itself (the default of ``REPLAY_FROM``) must not write
    into it: its ledger and texts go into a folder of their own, ``replays/<UTC timestamp>`` in it.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Choose that folder once for the process, whatever number of runs it replays."""
        if settings["ARCHIVE_MODE"] == "replay":
            archives = Path(settings["ARCHIVES_DIR"])
            sources = settings.getlist("REPLAY_FROM") or [str(archives / "warc")]
            settings.set("REPLAY_FROM", sources, _ABOVE_ALL)
            if any(_is_in(source, archives / "warc") for source in sources):
                _write_aside(settings, archives)

    def update_settings(self, settings: BaseSettings) -> None:
        """Raise `BadArgumentError` for a mode that is none."""
        mode = settings["ARCHIVE_MODE"]
        if mode not in _MODES:
            raise BadArgumentError("ARCHIVE_MODE", mode, f"use one of {', '.join(_MODES)}")
        if mode in _HANDLERS:
            for scheme in ("http", "https"):
                settings["DOWNLOAD_HANDLERS"].set(scheme, _HANDLERS[mode], priority="addon")
        if mode == "replay":
            settings["EXTENSIONS"].set(_REPLAY, 8, priority="addon")
            for name, value in _OFFLINE.items():
                settings.set(name, value, _ABOVE_ALL)


def _is_in(source: str, folder: Path) -> bool:
    return Path(source).resolve().is_relative_to(folder.resolve())


def _write_aside(settings: BaseSettings, archives: Path) -> None:
    """Keep the run away from the ledger and the texts that the project's settings name.

    Those named on the command line are meant for it.
    """
    aside = archives / "replays" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    settings.set("ARCHIVES_DIR", str(aside), _ABOVE_ALL)
    changed = {"STATE_URI": "", "CORPUS_PATH": str(settings["CORPUS_PATH"]).lstrip("/")}
    for name, value in changed.items():
        if (settings.getpriority(name) or 0) < SETTINGS_PRIORITIES["cmdline"]:
            settings.set(name, value, _ABOVE_ALL)
