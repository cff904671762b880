"""The texts that are in the corpus before a ledger knows it: the folder is walked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.state.store import Store
    from crawler.text.corpus import Corpus

WALKED = "walked"
"""The fact which folder of texts was walked, followed by the node if there are several."""


def walk_once(store: Store, corpus: Corpus) -> None:
    """Note in *store* the texts in the folder of *corpus* that no article has.

    An article with the key of one takes its name, and ordinals go on behind theirs, so that a
    folder of texts from elsewhere is grown. Texts that come into the folder later are not looked
    for. Raises OSError.
    """
    folder = str(corpus.root.resolve())
    walked = f"{WALKED} {store.node}".strip()
    if store.fact(walked) == folder or not corpus.root.is_dir():
        return
    found = corpus.files()
    for file in store.files():
        found.pop(file, None)
    with store.transaction():
        store.put_found_texts(found)
        store.put_fact(walked, folder)
