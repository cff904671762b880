"""Copies: articles with the same text, or nearly the same words, under several identities."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crawler.archive.nodes import is_of_another_node
from crawler.text import minhash, seed
from crawler.text.fingerprint import TextFingerprint
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.archive.folder import WarcPlaces
    from crawler.state.store import Holding, Store

SKETCHED = "sketched"
"""The fact by which algorithm every text that can be read has a sketch; see `sketched_fact`."""

_BATCH = 500  # texts in a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A holding with the same text (``similarity`` 1, ``is_exact``) or nearly the same words."""

    holding: Holding
    similarity: float
    is_exact: bool


def find_copies(store: Store, fingerprint: TextFingerprint, *, key: str) -> list[Copy]:
    """Return the copies of a text that other keys than *key* hold, earliest published first.

    They are copies of this text, but not always of each other: if a story grows through a day, its
    first and last version may differ more than each of them differs from one in between.
    """
    held = store.with_text(fingerprint.digest)
    exact = [Copy(holding=holding, similarity=1, is_exact=True) for holding in held]
    sketch = fingerprint.sketch
    similar = store.similar(minhash.algorithm(), sketch) if sketch else []
    near = [
        Copy(holding=holding, similarity=similarity, is_exact=False)
        for holding, other in similar
        if holding.text_digest != fingerprint.digest
        and (similarity := fingerprint.similarity(TextFingerprint(holding.text_digest, other)))
    ]
    copies = [copy for copy in exact + near if copy.holding.key != key]
    return sorted(copies, key=lambda copy: (copy.holding.published, copy.holding.ordinal))


def put_sketch(store: Store, holding: Holding, sketch: bytes) -> None:
    """Note the *sketch* of the text of *holding*, which is held."""
    store.put_sketch(holding.key, holding.source, minhash.algorithm(), sketch)


def add_missing_sketches(store: Store, warcs: WarcPlaces) -> list[str]:
    """Make the sketches that are missing: the ledger was rebuilt, or is of an older release.

    Nothing is looked at while `sketched_fact` says that all are there. Who may take a sketch
    away, or hold a text without one, drops it in the same transaction; a text that a run collects
    comes with its sketch. Other nodes look at their texts themselves. Return the text files of
    those whose conversion record among *warcs* cannot be read. Raises OSError if the
    ledger fails.
    """
    algorithm = minhash.algorithm()
    if store.fact(sketched_fact(store)) == algorithm:
        return []
    missing = (held for held in store.unsketched(algorithm) if not is_of_another_node(store, held))
    unread = _add_sketches(store, missing, warcs)
    if not unread:  # they are named at each start until they can be read
        store.put_fact(sketched_fact(store), algorithm)
    return unread


def sketched_fact(store: Store) -> str:
    """Return the name of the fact `SKETCHED` of the texts that the node of *store* has."""
    return f"{SKETCHED} {store.node}".strip()


def _add_sketches(store: Store, missing: Iterator[Holding], warcs: WarcPlaces) -> list[str]:
    unread: list[str] = []
    while batch := list(islice(missing, _BATCH)):
        with store.transaction():
            for holding in batch:
                paragraphs = _paragraphs(holding, warcs)
                if paragraphs is None:
                    unread.append(holding.file)
                else:
                    put_sketch(store, holding, minhash.sketch(paragraphs))
    return unread


def _paragraphs(holding: Holding, warcs: WarcPlaces) -> tuple[str, ...] | None:
    """Return the text of *holding* below its headline; None if its record cannot be read."""
    ref = holding.conversion
    assert ref is not None
    try:
        return seed.read(bytes(record_at(warcs.find(ref.file), ref).block)).paragraphs
    except (OSError, LookupError, seed.SeedFormatError):
        return None
