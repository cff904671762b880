"""The files of ``-O`` and ``-o`` that the runs of one replay share.

Scrapy opens them anew for each run: of several runs the rows of the last one alone would be left
with ``-O``, and JSON that nobody can read with ``-o``. So every run after the first writes into a
file beside it, which is added when the run has ended.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from w3lib.url import file_uri_to_path

from crawler.disk import replacement
from crawler.exceptions import StorageError

_PART = ".next-run"
# Scrapy sets what the command line says once more when a run begins.
_ABOVE_ALL = 1 + max(SETTINGS_PRIORITIES.values())
# What Scrapy writes in front of the first item and behind the last one.
_ENDS = {"json": (b"[", b"]"), "xml": (b"<items>", b"</items>")}


@dataclass(frozen=True, slots=True)
class _SharedFile:
    path: Path
    format: str

    @property
    def part(self) -> Path:
        return self.path.with_name(self.path.name + _PART)

    def take_part(self) -> None:
        """Add what the last run wrote."""
        if not self.part.exists():
            return
        if self.format in _ENDS and self._has_rows:
            whole, more = self.path.read_bytes(), self.part.read_bytes()
            with replacement(self.path, _PART) as file:
                file.write(_joined(whole, more, self.format))
        else:
            with self.part.open("rb") as more_rows, self.path.open("ab") as rows:
                shutil.copyfileobj(more_rows, rows)
        self.part.unlink()

    def options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of the feed for a run that goes on in this file."""
        options = {**given, "overwrite": True}
        if self.format == "csv" and self._has_rows:
            kwargs = options.get("item_export_kwargs") or {}
            options["item_export_kwargs"] = {**kwargs, "include_headers_line": False}
        return options

    @property
    def _has_rows(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0


class SharedFeeds:
    """The files that the runs share."""

    def __init__(self) -> None:
        self._files: list[_SharedFile] = []
        self._failures: list[str] = []

    def share(self, settings: BaseSettings) -> None:
        """Have the next run, of *settings*, write beside the files of those before it."""
        feeds: dict[str, Any] = {}
        for uri, options in settings.getdict("FEEDS").items():
            if path := _local_path(str(uri)):
                file = _SharedFile(path, options["format"])
                self._files.append(file)
                feeds[str(file.part)] = file.options(options)
            else:
                feeds[uri] = options
        settings.set("FEEDS", feeds, _ABOVE_ALL)

    def gather(self) -> None:
        """Add to the files what the last run wrote."""
        files, self._files = self._files, []
        for file in files:
            try:
                file.take_part()
            except OSError as error:
                self._failures.append(f"{file.path} lacks rows, which {file.part} has: {error}")

    def finish(self) -> None:
        """Add what the very last run wrote. Raises StorageError if rows lack somewhere."""
        self.gather()
        if self._failures:
            raise StorageError("; ".join(self._failures))


def _local_path(uri: str) -> Path | None:
    """Return the file of a feed, None if it is elsewhere or has another name in each run."""
    scheme = urlsplit(uri).scheme
    if scheme not in ("", "file") or "%(" in uri:
        return None
    return Path(file_uri_to_path(uri) if scheme else uri)


def _joined(whole: bytes, more: bytes, form: str) -> bytes:
    """Return the document *whole* with the items of the document *more* behind its own."""
    begin, end = _ENDS[form]
    head, tail = whole.rpartition(end)[0].rstrip(), more.partition(begin)[2].lstrip()
    has_both = not head.endswith(begin) and not tail.startswith(end)
    return head + (b",\n" if form == "json" and has_both else b"\n") + tail
