"""What ``scrapy replay`` says of the texts that came out: each that differs, and how many."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from crawler.commands.base import escaped
from crawler.exceptions import StorageError
from crawler.replay.comparison import ArchivedCorpus, Comparison, compare
from crawler.replay.parts import Difference

if TYPE_CHECKING:
    from crawler.archive.folder import Archive

_VERDICTS = ("identical", "changed", "missing", "new")


@contextmanager
def corpora(archive: Archive, replayed: Archive) -> Iterator[tuple[ArchivedCorpus, ArchivedCorpus]]:
    """Yield the corpus that is held and the one that was made. Raises StorageError."""
    store, other = archive.open_store(), replayed.open_store()
    if store is None or other is None:
        missing = archive.ledger_name if store is None else replayed.ledger_name
        raise StorageError(f"there is no ledger {missing}: run scrapy rebuild")
    with closing(store), closing(other):
        yield ArchivedCorpus(archive, store), ArchivedCorpus(replayed, other)


def differences(
    archive: Archive, replayed: Archive, sources: Collection[str], reasons: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield what differs of *sources*; *reasons* are as in `lines`."""
    with corpora(archive, replayed) as (held, made):
        for found in compare(held, made, sources):
            article, now = found.held or found.replayed, found.replayed
            if article and found.verdict != "identical":
                yield Difference(
                    verdict=found.verdict,
                    source=article.source,
                    key=article.key,
                    file=found.file,
                    digest=now.text_digest.hex() if now else "",
                    lines=lines(found, reasons),
                )


def lines(comparison: Comparison, reasons: Mapping[str, str]) -> str:
    """Return *comparison* as lines, with what changed, or why there is no text now.

    *reasons* says of pages, by URL, why they gave no text.
    """
    was, now = comparison.extractors
    stays = "; it is incomplete now: the text held stays" if comparison.stays else ""
    told = f" ({was} -> {now}{stays})" if comparison.verdict == "changed" else ""
    if comparison.verdict == "missing" and (held := comparison.held):
        page = held.origin.uri if held.origin else held.url
        reason = reasons.get(page) or reasons.get(held.url)
        told = f" ({reason})" if reason else ""
    found = [f"{comparison.verdict} {comparison.file}{told}", *comparison.diff]
    return "".join(f"{escaped(line)}\n" for line in found)


def told(counts: Counter[str], *, applies: bool = False) -> int:
    """Print *counts* by verdict, and return the exit code: 1 if anything is still different."""
    sys.stdout.write(", ".join(f"{counts[name]} {name}" for name in _VERDICTS) + "\n")
    differ = counts["missing"] + (0 if applies else counts["changed"] + counts["new"])
    return 1 if differ else 0
