"""Builds the database of an archive, and kills itself in the middle: ``FOLDER CALLS``.

At the CALLS-th statement that writes an article, in the midst of a transaction.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from pathlib import Path

from crawler.archive.folder import Archive
from crawler.export.browsing.corpus_build import build_corpus
from crawler.export.browsing.corpus_writer import CorpusWriter
from crawler.text.corpus import Corpus

_left = int(sys.argv[2])
_put = CorpusWriter.put


def _put_or_die(self: CorpusWriter, article: object) -> None:
    global _left  # noqa: PLW0603
    _put(self, article)  # type: ignore[arg-type]
    _left -= 1
    if not _left:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    CorpusWriter.put = _put_or_die  # type: ignore[method-assign]
    folder = Path(sys.argv[1])
    archive = Archive(folder=folder, corpus=Corpus(folder, "text/{ordinal:03d}_{key}.txt"))
    store = archive.open_store()
    assert store
    with closing(store):
        build_corpus(archive, store, folder / "corpus.sqlite", {})
