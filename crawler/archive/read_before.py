"""Whether records were read into the ledger before, from a file that is called otherwise now.

What users do with WARC files (`cat a b > c`, `gunzip -k`, a copy under a new name) gives records
that the ledger has a second time. Reading those again would double captures and texts, and bring
back what was overtaken since: an outcome of an address that has a text now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.state.store import find_holding

if TYPE_CHECKING:
    from collections.abc import Collection

    from crawler.state.store import Holding, Store
    from crawler.warc.reader import Record


class ReadBefore:
    """Follows the records of one file, in their order.

    ``is_read``: those here were read before. A file that was joined of several has parts that
    begin with a warcinfo record that names a file: if that is one of *files*, which were read, it
    is so until a capture or a text comes that the ledger does not have (names may be given twice).
    Else it is not, until one comes that the ledger has.
    """

    def __init__(self, store: Store, files: Collection[str]) -> None:
        self._store = store
        self._files = files
        self._is_new = False
        self.is_read = False

    def begin(self, warcinfo: Record) -> None:
        """Note that the record *warcinfo*, with which a file began, is here."""
        self._is_new = False
        self.is_read = warcinfo.header("WARC-Filename") in self._files

    def has_answer(self, record: Record, payload_digest: str) -> bool:
        """Return whether the answer *record* was read before."""
        if self._is_new or record.type == "revisit" or record.header("WARC-Truncated"):
            return self.is_read
        if self._store.original(payload_digest) is None:
            self.is_read, self._is_new = False, True
        elif not self.is_read:
            self.is_read = self._store.has_capture(payload_digest, record.id)
        return self.is_read

    def has_text(self, article: Holding) -> bool:
        """Return whether the text *article* was read before."""
        # An import that was identified since is held under another key.
        self.is_read = self._holds(article) or (self.is_read and not article.guid)
        return self.is_read

    def _holds(self, article: Holding) -> bool:
        texts = self._store.with_text(article.text_digest)
        if held := find_holding(self._store, article.key, article.source):
            texts += [held, *self._store.history(held.key, held.source)]
        ids = {text.conversion.record_id for text in texts if text.conversion}
        return article.conversion is not None and article.conversion.record_id in ids
