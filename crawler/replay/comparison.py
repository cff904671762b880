"""A corpus that was made again, text by text against the one that is held."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.archive.article_records import described

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.state.store import Holding, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one article came out.

    ``verdict`` is ``identical``, ``changed``, ``missing`` (it did not come again) or ``new`` (it
    is not held). ``diff`` has the lines of a changed text, ``extractors`` those of both texts.
    """

    verdict: str
    file: str
    held: Holding | None = None
    again: Holding | None = None
    diff: tuple[str, ...] = ()
    extractors: tuple[str, str] = ("", "")


def compare(held: Side, again: Side, source: str | None = None) -> Iterator[Outcome]:
    """Each article of either corpus (of *source* alone, if given), those held first.

    Raises OSError.
    """
    for holding in held.store.all():
        if source not in (None, holding.source):
            continue
        other = again.find(holding)
        if other is None:
            yield Outcome(verdict="missing", file=holding.file, held=holding)
        else:
            yield _compared(held, holding, again, other)
    for holding in again.store.all():
        if source in (None, holding.source) and held.find(holding) is None:
            yield Outcome(verdict="new", file=holding.file, again=holding)


@dataclass(frozen=True, slots=True)
class Side:
    """A corpus with its archive and its ledger."""

    archive: Archive
    store: Store

    def find(self, holding: Holding) -> Holding | None:
        """The article with the identity of *holding*."""
        found = self.store.holdings([holding.key]).get(holding.key, [])
        return next((one for one in found if one.source == holding.source), None)

    def text(self, holding: Holding) -> bytes | None:
        """The bytes of its text file; None if there is none."""
        try:
            return (self.archive.corpus.root / holding.file).read_bytes()
        except FileNotFoundError:
            return None

    def described(self, holding: Holding) -> dict[str, Any]:
        """What the archive knows of the article, as its ``metadata`` record says."""
        if holding.conversion is None:
            return {}
        return described(self.archive.warc(holding.conversion.file), holding.conversion)


def _compared(held: Side, holding: Holding, again: Side, other: Holding) -> Outcome:
    before, now = held.text(holding), again.text(other)
    if before == now and before is not None:
        return Outcome(verdict="identical", file=holding.file, held=holding, again=other)
    return Outcome(
        verdict="changed",
        file=holding.file,
        held=holding,
        again=other,
        diff=tuple(_diff(before or b"", now or b"", holding.file)),
        extractors=(_extractor(held, holding), _extractor(again, other)),
    )


def _extractor(side: Side, holding: Holding) -> str:
    return str(side.described(holding).get("extractor", "unknown"))


def _diff(before: bytes, now: bytes, file: str) -> Iterator[str]:
    old, new = (text.decode("utf-8", "replace").split("\n") for text in (before, now))
    return difflib.unified_diff(old, new, f"held/{file}", f"replayed/{file}", n=1, lineterm="")
