"""Copies: articles with one text, or nearly the same words, under several identities."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crawler.text import seed
from crawler.text.fingerprint import text_digest
from crawler.text.minhash import NEAR, algorithm, resemblance, sketch
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.state.store import Holding, Store

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A holding with the same text (``resemblance`` 1, ``is_exact``) or nearly the same words."""

    holding: Holding
    resemblance: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Text:
    """What a text is found by: see `crawler.text.fingerprint` and `crawler.text.minhash`."""

    digest: bytes
    sketch: bytes

    @classmethod
    def of(cls, title: str, paragraphs: Iterable[str]) -> Text:
        """The text of an article, in normal form."""
        lines = tuple(paragraphs)
        return cls(text_digest(title, lines), sketch(lines))

    def likeness(self, other: Text) -> float:
        """1 for the same text, else the resemblance if it is near, else 0."""
        if self.digest == other.digest:
            return 1
        likeness = resemblance(self.sketch, other.sketch) if self.sketch and other.sketch else 0
        return likeness if likeness >= NEAR else 0


def copies(store: Store, text: Text, *, key: str) -> list[Copy]:
    """Return what is held of *text* under other keys than *key*, earliest published first.

    Copies are those of this text, not of one another: of a story that grows through a day the
    first and the last version may not be copies, though each is one of what lies between.
    """
    held = store.with_text(text.digest)
    exact = [Copy(holding=holding, resemblance=1, is_exact=True) for holding in held]
    alike = store.similar(algorithm(), text.sketch) if text.sketch else []
    near = [
        Copy(holding=holding, resemblance=likeness, is_exact=False)
        for holding, other in alike
        if holding.text_digest != text.digest
        and (likeness := text.likeness(Text(holding.text_digest, other)))
    ]
    found = [copy for copy in exact + near if copy.holding.key != key]
    return sorted(found, key=lambda copy: (copy.holding.published, copy.holding.ordinal))


def put_text(store: Store, holding: Holding, text: Text) -> None:
    """Note what the text of *holding*, which is held, is found by."""
    store.put_sketch(holding.key, holding.source, algorithm(), text.sketch)


def sketch_texts(store: Store, warcs: Path) -> list[str]:
    """Make the sketches that are missing: a ledger was rebuilt, or is of an older release.

    Returns the text files of those whose conversion in the folder *warcs* cannot be read. Raises
    OSError of the ledger.
    """
    missing = iter(store.unsketched(algorithm()))
    unread: list[str] = []
    while batch := list(islice(missing, _AT_ONCE)):
        with store.transaction():
            for holding in batch:
                paragraphs = _paragraphs(holding, warcs)
                if paragraphs is None:
                    unread.append(holding.file)
                else:
                    store.put_sketch(holding.key, holding.source, algorithm(), sketch(paragraphs))
    return unread


def _paragraphs(holding: Holding, warcs: Path) -> tuple[str, ...] | None:
    """What the conversion of *holding* has below the headline; None if it cannot be read."""
    ref = holding.conversion
    assert ref is not None
    try:
        return seed.read(bytes(record_at(warcs / ref.file, ref).block)).paragraphs
    except (OSError, LookupError, seed.SeedFormatError):
        return None
