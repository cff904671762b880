"""The comparison of a replayed corpus with the one that is held."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.archive.article_records import ArticleMetadata, metadata_of
from crawler.state.store import find_holding
from crawler.state.verdict import gives_way

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.state.store import Holding, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison of an article that was replayed with the one that is held.

    ``verdict`` is ``identical``, ``changed``, ``missing`` (it was not made again) or ``new`` (it
    is not held). ``diff`` has the lines of a changed text, ``extractors`` those of both texts.
    """

    verdict: str
    file: str
    held: Holding | None = None
    replayed: Holding | None = None
    diff: tuple[str, ...] = ()
    extractors: tuple[str, str] = ("", "")

    @property
    def stays(self) -> bool:
        """Whether the text that is held does not give way to the replayed one."""
        if self.held is None or self.replayed is None:
            return False
        return gives_way(self.held.incomplete, self.replayed.incomplete) is False


def compare(
    held: ArchivedCorpus, replayed: ArchivedCorpus, sources: Collection[str] | None = None
) -> Iterator[Comparison]:
    """Compare each article of either corpus (of *sources* alone, if given), those held first.

    Raises OSError.
    """
    for holding in held.store.all():
        if sources is not None and holding.source not in sources:
            continue
        other = replayed.find(holding)
        if other is None:
            yield Comparison(verdict="missing", file=holding.file, held=holding)
        else:
            yield _compare_texts(held, holding, replayed, other)
    for holding in replayed.store.all():
        if (sources is None or holding.source in sources) and held.find(holding) is None:
            yield Comparison(verdict="new", file=holding.file, replayed=holding)


@dataclass(frozen=True, slots=True)
class ArchivedCorpus:
    """A corpus with its archive and its ledger."""

    archive: Archive
    store: Store

    def find(self, holding: Holding) -> Holding | None:
        """Return the article with the identity of *holding*, None if there is none."""
        return find_holding(self.store, holding.key, holding.source)

    def text(self, holding: Holding) -> bytes | None:
        """Return the bytes of its text file, None if there is none."""
        try:
            return (self.archive.corpus.root / holding.file).read_bytes()
        except FileNotFoundError:
            return None

    def metadata(self, holding: Holding) -> ArticleMetadata:
        """Return the content of the article's metadata record, nothing if there is none."""
        if holding.conversion is None:
            return {}
        try:
            return metadata_of(self.archive.warc(holding.conversion.file), holding.conversion)
        except FileNotFoundError:  # renamed since the last run: the text alone is compared
            return {}


def _compare_texts(
    held: ArchivedCorpus, holding: Holding, replayed: ArchivedCorpus, other: Holding
) -> Comparison:
    before, now = held.text(holding), replayed.text(other)
    if before == now and before is not None:
        return Comparison(verdict="identical", file=holding.file, held=holding, replayed=other)
    return Comparison(
        verdict="changed",
        file=holding.file,
        held=holding,
        replayed=other,
        diff=tuple(_diff(before or b"", now or b"", holding.file)),
        extractors=(_extractor(held, holding), _extractor(replayed, other)),
    )


def _extractor(corpus: ArchivedCorpus, holding: Holding) -> str:
    return str(corpus.metadata(holding).get("extractor", "unknown"))


def _diff(before: bytes, now: bytes, file: str) -> Iterator[str]:
    old, new = (text.decode("utf-8", "replace").split("\n") for text in (before, now))
    return difflib.unified_diff(old, new, f"held/{file}", f"replayed/{file}", n=1, lineterm="")
