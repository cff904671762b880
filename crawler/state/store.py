"""The ledger's one interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from crawler.items import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One article that is held.

    ``guid`` is normalised and empty when unknown (an imported clean text); ``text_digest`` is
    the SHA-256 of the normalised text; ``file`` is relative to the corpus; ``conversion`` and
    ``origin`` are the records of the text and of what it was read from, absent when the
    article was collected without an archive.
    """

    key: str
    source: str
    guid: str
    date: str
    modified: str
    url: str
    text_digest: bytes
    ordinal: int
    file: str
    conversion: RecordRef | None = None
    origin: RecordRef | None = None


class Store(Protocol):
    """Which articles are held. Every method is atomic; writes are durable when they return.

    All raise ``OSError`` if the store cannot be read or written.
    """

    def holdings(self, keys: Iterable[str]) -> dict[str, list[Holding]]:
        """Return what is held under each of *keys* that is held at all."""
        ...

    def with_text(self, text_digest: bytes) -> list[Holding]:
        """Return the holdings that have this very text, earliest published first.

        More than one is syndication.
        """
        ...

    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        """Hold *holdings* and return those that were new by (key, source).

        Call it only after their records are on disk: claiming an article first and crashing
        then loses it.
        """
        ...

    def revise(self, holding: Holding) -> None:
        """Replace the holding with the same (key, source); the older one joins the history.

        Raises ``KeyError`` if none is held.
        """
        ...

    def touch(self, key: str, source: str, modified: str) -> None:
        """Note that the article was modified at *modified* without a change of its text."""
        ...

    def identify(self, unidentified: Holding, identified: Holding) -> None:
        """Give the holding *unidentified* the identity found for it, which nobody has yet."""
        ...

    def all(self) -> Iterator[Holding]:
        """Iterate over everything that is held, in the order of ordinals."""
        ...

    def history(self, key: str, source: str) -> Sequence[Holding]:
        """Return the earlier texts of an article, oldest first."""
        ...

    def last_ordinal(self) -> int:
        """Return the highest ordinal held, -1 if nothing is."""
        ...

    def close(self) -> None:
        """Release the store; it can be opened again."""
        ...
