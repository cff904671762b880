"""What a record of a WARC file says about articles, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.items import RecordRef
from crawler.state.store import LifeEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = ("new", "revised", "earlier", "collision")
"""The kinds of events that come with a text: what it was to what its crawl held."""

TOUCHED, IDENTIFIED = "touched", "identified"
HOME = "home"
"""The kind of what the home page of a WordPress site says of its languages."""

FAULT = "fault"
"""The kind of what cannot be read; ``reason`` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvent:
    """What one record says; ``key`` and ``source`` are those of its article.

    ``kind`` is one of `TEXTS`, `TOUCHED` (modified, with the same text), `IDENTIFIED` (its identity
    was found), a kind of `crawler.state.store.LifeEvent`, `HOME` or `FAULT`. ``record_id``, ``at``
    (its WARC-Date), ``file``, ``offset`` and ``length`` are those of the record: of the
    ``conversion`` if there is a ``text``, which is the bytes of the text file. ``begun`` says when
    its file was begun, by which files are read in their order. ``content`` is what the JSON of the
    metadata record has.
    """

    kind: str
    file: str
    offset: int
    length: int
    record_id: str = ""
    at: str = ""
    uri: str = ""
    source: str = ""
    key: str = ""
    text: bytes = b""
    begun: tuple[str, str, str] = ("", "", "")
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether it comes with a text."""
        return self.kind in TEXTS

    @property
    def reason(self) -> str:
        """Why a `FAULT` cannot be read."""
        return str(self.content.get("reason", ""))

    @property
    def ref(self) -> RecordRef:
        """The reference to the record."""
        return RecordRef(
            record_id=self.record_id,
            uri=self.uri,
            date=self.at,
            file=self.file,
            offset=self.offset,
            length=self.length,
        )

    @property
    def place(self) -> tuple[tuple[str, str, str], str, int]:
        """By which events are in the order in which a rebuild of the ledger reads them."""
        return self.begun, self.file, self.offset

    def life_event(self) -> LifeEvent:
        """Return the event in the life of its article."""
        return LifeEvent(
            key=self.key,
            source=self.source,
            kind=self.kind,
            at=self.at,
            alias=str(self.content["alias"]),
            detail=str(self.content["detail"]),
            record=self.ref,
        )
