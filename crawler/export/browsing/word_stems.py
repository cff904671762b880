"""The stems of words as the search table has them: FTS5 itself is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Self

from crawler.export.browsing.browse_tables import TOKENIZER

_TABLES = f"""
CREATE VIRTUAL TABLE word USING fts5(letters, content='', tokenize="{TOKENIZER}");
CREATE VIRTUAL TABLE token USING fts5vocab(word, instance);
"""


class WordStems:
    """Stems of prepared words; one that was asked for is not asked for again."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._known: dict[str, tuple[str, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def of(self, words: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the stems of each of *words*: one, or several, or none."""
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        if new:
            found: dict[int, list[str]] = {number: [] for number in range(len(new))}
            for number, stem in self._ask(new):
                found[number].append(stem)
            for number, stems in found.items():
                self._known[new[number]] = tuple(stems)
        return {word: self._known[word] for word in words}

    def _ask(self, words: Collection[str]) -> list[tuple[int, str]]:
        if not self._known:
            self._db.executescript(_TABLES)  # takes a millisecond: not where nothing is asked
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO word (rowid, letters) VALUES (?, ?)", list(enumerate(words))
        )
        found = self._db.execute('SELECT doc, term FROM token ORDER BY doc, "offset"').fetchall()
        self._db.execute("ROLLBACK")
        return found
