"""A text of an article comes into the ledger, where others may have come before it.

The rule of what is newer is one for crawls, imports, `rebuild` and merging, and does not depend on
the order in which texts are read. Two processes may hold texts of one article at the same time:
what counts is what the ledger holds when it takes them, in its transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.archive.merged_names import hold_once, named_once
from crawler.archive.nodes import is_of_another_node
from crawler.archive.text_records import archived_text
from crawler.state.store import find_holding
from crawler.state.verdict import Verdict, captured, gives_way, is_newer

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldText:
    """What is held ``now`` of an article, after a text of it came.

    ``is_ours``: it has the text that came. ``left`` is the file that it had before, if that is
    another.
    """

    now: Holding
    is_ours: bool
    left: str = ""


def hold_as_judged(
    store: Store, article: Holding, verdict: Verdict, rival: Holding | None
) -> HeldText:
    """Hold a text of *article* as *verdict* says, which was found when *rival* was held.

    If another process has changed since what is held, hold it as `hold_text` does. Raises OSError.
    """
    held = find_holding(store, article.key, article.source)
    if verdict in (Verdict.REVISION, Verdict.EARLIER):
        if held is None or rival is None or not _is_unchanged(held, rival):
            return hold_text(store, article)
        if verdict is Verdict.EARLIER:
            store.put_earlier(article)
            return HeldText(now=held, is_ours=False)
        store.revise(article)
        return HeldText(now=article, is_ours=True)
    if held is not None:
        return hold_text(store, article)
    if other := _same_elsewhere(store, article):
        now = hold_once(store, other, article)
        return HeldText(now=now, is_ours=now is article, left=other.file if now is article else "")
    store.add([article])
    return HeldText(now=article, is_ours=True)


def _same_elsewhere(store: Store, article: Holding) -> Holding | None:
    """Return *article* as another source has come to hold it meanwhile, with the same text."""
    held = store.holdings([article.key]).get(article.key, [])
    return next((other for other in held if other.text_digest == article.text_digest), None)


def hold_text(store: Store, article: Holding) -> HeldText:
    """Hold a text of *article*, unless this very record was held before.

    Which text is the newest does not depend on the order in which they are read: archives may
    have been put together. Raises OSError.
    """
    held = find_holding(store, article.key, article.source)
    if held is None:
        store.add([article])
        return HeldText(now=article, is_ours=True)
    if held.key != article.key:  # an alias of an article, whose texts come under its own key
        return HeldText(now=held, is_ours=False)
    texts = [held, *store.history(article.key, article.source)]
    if any(_is_same(text.conversion, article.conversion) for text in texts):
        return HeldText(now=held, is_ours=_is_same(held.conversion, article.conversion))
    article = named_once(store, held, article)
    is_ours = replaces(held, article)
    if is_ours:
        store.revise(article)
    else:
        store.put_earlier(article)
    now = find_holding(store, article.key, article.source) or article
    return HeldText(now=now, is_ours=is_ours, left=held.file if held.file != now.file else "")


def write_text(archive: Archive, store: Store, holding: Holding, document: bytes) -> str:
    """Write *document* as the text of *holding*, or what is held instead of that by now.

    Return the file written. Another process may hold another text of the article at any moment,
    and write that: each looks when it has written, so that the last one to write finds what is
    held. Raises OSError, and LookupError as `archived_text`.
    """
    archive.corpus.write(holding.file, document, durable=False)
    held = find_holding(store, holding.key, holding.source)
    if held and (held.conversion is None or _is_unchanged(held, holding)):
        return holding.file
    written = write_current(archive, store, held) if held else holding.file
    remove_left(archive, store, holding.file)
    return written


def write_current(archive: Archive, store: Store, held: Holding) -> str:
    """Write the archived text of *held*, or of what is held instead by then; return the file.

    That of another node is written by that. Raises as `write_text`.
    """
    while True:
        if is_of_another_node(store, held):
            return held.file
        archive.corpus.write(held.file, archived_text(archive, held), durable=False)
        now = find_holding(store, held.key, held.source)
        if now and (now.file, now.text_digest) == (held.file, held.text_digest):
            return held.file
        remove_left(archive, store, held.file)
        if now is None:  # another source has it, whose process writes it
            return held.file
        held = now


def remove_left(archive: Archive, store: Store, file: str) -> None:
    """Remove the text *file* unless an article has it. Raises OSError."""
    if file and not store.with_files([file]):
        archive.corpus.remove(file)


def _is_unchanged(held: Holding, judged: Holding) -> bool:
    fields = [(h.key, h.file, h.text_digest, h.incomplete) for h in (held, judged)]
    ids = [h.conversion and h.conversion.record_id for h in (held, judged)]
    return fields[0] == fields[1] and ids[0] == ids[1]


def _is_same(one: RecordRef | None, other: RecordRef | None) -> bool:
    return one is not None and other is not None and one.record_id == other.record_id


def replaces(held: Holding, found: Holding) -> bool:
    """Tell whether the text *found* takes the place of the one *held*; of one capture the later."""
    gives = gives_way(held.incomplete, found.incomplete)
    if gives is not None:
        return gives
    is_as_new = is_newer(held, modified=found.modified, origin=found.origin)
    if is_as_new and is_newer(found, modified=held.modified, origin=held.origin):
        return captured(found.conversion) >= captured(held.conversion)
    return is_as_new
