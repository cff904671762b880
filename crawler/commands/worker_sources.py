"""The sources that a worker reads, as its sources file has them now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.exceptions import BadArgumentError
from crawler.jobs.host_groups import HostGroups
from crawler.jobs.job_words import PLAN, queue_name
from crawler.settings_reader import SettingsReader
from crawler.sources.known_services import services
from crawler.sources.round_sources import Source, round_sources
from crawler.sources.sources_file import KnownServices

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sources that a worker reads: all of its sources file, those with *keys*, or *tag*."""

    keys: Sequence[str]
    tag: str

    @property
    def is_all(self) -> bool:
        """Whether nothing is chosen of what the file has."""
        return not (self.keys or self.tag)


@dataclass(frozen=True, slots=True)
class _Known:
    version: KnownServices
    sources: dict[str, Source]
    all_keys: frozenset[str]
    groups: HostGroups


class WorkerSources:
    """Those of the sources file that are *chosen*; *on_queues* hears which queues have their jobs.

    The file is read again when it changes; while it cannot be used, what it said before counts.
    """

    def __init__(
        self,
        settings: SettingsReader,
        chosen: Chosen,
        on_queues: Callable[[list[str] | None], object],
    ) -> None:
        self._settings = settings
        self._chosen = chosen
        self._on_queues = on_queues
        self._takes_all = chosen.is_all
        self._last: _Known | None = None
        self._told = ""

    @property
    def by_key(self) -> dict[str, Source]:
        """The sources, by their keys."""
        return self._known.sources

    @property
    def all_keys(self) -> frozenset[str]:
        """The keys of all sources in the file, also of those that are left to other workers."""
        return self._known.all_keys

    @property
    def groups(self) -> HostGroups:
        """The groups of all hosts in the file."""
        return self._known.groups

    @property
    def queues(self) -> list[str] | None:
        """The names of the queues that have their jobs; None for all."""
        if self._takes_all:
            return None
        return [PLAN, *map(queue_name, self.by_key)]

    def of(self, chosen: Chosen) -> list[Source]:
        """Return the sources that another worker has *chosen*. Raises `BadArgumentError`."""
        if (sorted(chosen.keys), chosen.tag) == (sorted(self._chosen.keys), self._chosen.tag):
            return list(self.by_key.values())
        return round_sources(self._settings.SOURCES_FILE, chosen.keys, chosen.tag)

    def leave(self, key: str) -> None:
        """Leave the source with *key*, and others that the file does not have, to other workers."""
        if self._takes_all:
            logger.warning(
                "%s: the sources file of this worker has no such entry; it is left to others", key
            )
        self._takes_all = False
        self._on_queues(self.queues)

    @property
    def _known(self) -> _Known:
        try:
            return self._read()
        except BadArgumentError as error:
            if self._last is None:
                raise
            if str(error) != self._told:
                logger.error("%s", error)
            self._told = str(error)
            return self._last

    def _read(self) -> _Known:
        file = self._settings.SOURCES_FILE
        version = services(file)
        if self._last is None or self._last.version is not version:
            chosen = round_sources(file, self._chosen.keys, self._chosen.tag)
            every = [*round_sources(file), *chosen]
            self._last = _Known(
                version,
                {source.key: source for source in chosen},
                frozenset(source.key for source in every),
                HostGroups(every),
            )
            self._on_queues(self.queues)
        return self._last
