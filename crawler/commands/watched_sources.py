"""The sources of a watch, as the sources file has them now."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from crawler.commands.source_runs import sources_to_read
from crawler.exceptions import BadArgumentError
from crawler.settings_reader import SettingsReader
from crawler.sources.known_services import services
from crawler.sources.round_sources import Source

logger = logging.getLogger(__name__)


class WatchedSources:
    """The *sources* of the sources file, or those with *keys* and *tag*, while it is edited.

    While they cannot be read, or there is none, what it said before counts.
    """

    def __init__(
        self, settings: SettingsReader, keys: Sequence[str], tag: str, sources: Iterable[Source]
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._tag = tag
        self._version = services(settings.SOURCES_FILE)
        self.by_key = {source.key: source for source in sources}

    def have_changed(self) -> bool:
        """Look at the file, and return whether its sources are others now."""
        try:
            version = services(self._settings.SOURCES_FILE)
            if version is self._version:
                return False
            self._version = version
            found = sources_to_read(self._settings, self._keys, self._tag)
        except BadArgumentError as error:
            logger.error("%s; what it said before counts until then", error)
            return False
        before, self.by_key = self.by_key, {source.key: source for source in found}
        _tell(before, self.by_key)
        return before != self.by_key


def _tell(before: dict[str, Source], now: dict[str, Source]) -> None:
    changed = sum(before[key] != now[key] for key in before.keys() & now.keys())
    counts = {
        "new": len(now.keys() - before.keys()),
        "changed": changed,
        "taken out": len(before.keys() - now.keys()),
    }
    if said := ", ".join(f"{number:,} {name}" for name, number in counts.items() if number):
        logger.warning("The sources file was read again: %s", said)
