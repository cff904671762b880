"""The facts of an article beside its text: where it is, who wrote it, what it is filed under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crawler.archive.article_records import metadata_of
from crawler.archive.life_records import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile

_FACTS = ("url", "authors", "categories", "tags")


def held_facts(store: Store, warc: Callable[[str], StoredFile], held: Holding) -> dict[str, Any]:
    """Return the facts of *held* as its last record has them; *warc* gives the path of a file.

    Without a record that can be read only its address is known.
    """
    known = {"url": held.url}
    if held.conversion is None:
        return known
    for event in reversed(store.events(held.key, held.source)):
        # What came with a newer text is newer.
        if event.kind == "updated" and event.at > held.conversion.date:
            return facts(event) | known
    try:
        metadata = metadata_of(warc(held.conversion.file), held.conversion)
    except OSError:
        return known
    return {name: value for name, value in metadata.items() if name in _FACTS} | known


def changed_facts(
    before: Mapping[str, Any], article: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return ``was`` and ``now`` of each fact of *article* that is another than *before*.

    A fact that the site does not tell now, or that is not known of before, has not changed.
    """
    return {
        name: {"was": before[name], "now": article.get(name)}
        for name in _FACTS
        if name in before and article.get(name) and article.get(name) != before[name]
    }


def update_of(
    before: Mapping[str, Any], article: Mapping[str, Any]
) -> dict[str, dict[str, Any]] | None:
    """Return what the event ``updated`` says of *article*; None if no fact of it has changed."""
    changed = changed_facts(before, article)
    if not changed:
        return None
    now = dict(before) | {name: change["now"] for name, change in changed.items()}
    return {"changed": changed, "now": now | {"modified": article.get("modified") or ""}}
