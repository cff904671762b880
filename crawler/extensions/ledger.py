"""The ledger and the corpus of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.exceptions import BadArgumentError, StorageError
from crawler.state.store import Store, open_store
from crawler.text.corpus import Corpus


class LedgerExtension:
    """Owns the store and the corpus, and hands out ordinals."""

    def __init__(self, store: Store, corpus: Corpus) -> None:
        self.store = store
        self.corpus = corpus
        self._ordinal = max(store.last_ordinal(), corpus.last_ordinal())

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        folder = Path(crawler.settings["ARCHIVES_DIR"])
        template = crawler.settings["CORPUS_PATH"]
        uri = crawler.settings["STATE_URI"] or f"sqlite:{folder / 'ledger.sqlite'}"
        try:
            corpus = Corpus(folder, template)
        except ValueError as error:
            raise BadArgumentError("CORPUS_PATH", template, str(error)) from None
        try:
            extension = cls(open_store(uri), corpus)
        except ValueError as error:
            raise BadArgumentError("STATE_URI", uri, str(error)) from None
        except OSError as error:
            raise StorageError(str(error)) from error
        crawler.signals.connect(extension.close, signals.engine_stopped)
        return extension

    def name(self, wish: int | None, *, key: str, source: str, date: str) -> tuple[int, str]:
        """Return an ordinal that no other article of the corpus has, and the file named after it.

        *wish* is granted if it is free, as it is where that very file is in the corpus already.
        """
        if wish is not None:
            file = self.corpus.file(ordinal=wish, key=key, source=source, date=date)
            if wish > self._ordinal or (self.corpus.root / file).exists():
                self._ordinal = max(self._ordinal, wish)
                return wish, file
        self._ordinal += 1
        file = self.corpus.file(ordinal=self._ordinal, key=key, source=source, date=date)
        return self._ordinal, file

    def close(self) -> None:
        """Release the store."""
        self.store.close()
