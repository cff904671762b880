"""What must switch together: the archive's mode and where bytes come from."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from crawler.exceptions import BadArgumentError

_MODES = ("record", "off")
_CAPTURE = "crawler.handlers.capture.CaptureDownloadHandler"


class ArchiveAddon:
    """Switches the download handlers as ``ARCHIVE_MODE`` says: record or off."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Raise `BadArgumentError` for a mode that is none."""
        mode = settings["ARCHIVE_MODE"]
        if mode not in _MODES:
            raise BadArgumentError("ARCHIVE_MODE", mode, f"use one of {', '.join(_MODES)}")
        if mode == "record":
            for scheme in ("http", "https"):
                settings["DOWNLOAD_HANDLERS"].set(scheme, _CAPTURE, priority="addon")
