"""The life of a text: when it was collected, revised, re-dated, updated, and gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.state.store import Holding, LifeEvent, Store


def life(store: Store, held: Holding) -> list[str]:
    """Return a line for each text and each event of the article *held*, in their order in time."""
    # Events stand behind texts of the same moment: an update belongs to the text before.
    lines = [(at, 0, n, line) for n, (at, line) in enumerate(_texts(store, held))]
    events = store.events(held.key, held.source)
    lines += [(event.at, 1, n, _event_line(event)) for n, event in enumerate(events)]
    return [f"{at or 'unknown'} {line}" for at, _, _, line in sorted(lines)]


def _moment(text: Holding) -> str:
    record = text.conversion or text.origin
    return record.date if record else ""


def _texts(store: Store, held: Holding) -> Iterator[tuple[str, str]]:
    """Yield the moment at which each text of *held* was made, and its line, in this order."""
    newest = -1
    texts = enumerate([*store.history(held.key, held.source), held])
    for number, (age, text) in enumerate(sorted(texts, key=lambda one: _moment(one[1]))):
        what = "revised" if age > newest else "found an older text"
        newest = max(newest, age)
        yield _moment(text), _text_line(text, what if number else "collected")


def _text_line(text: Holding, what: str) -> str:
    parts = [f"{what} of {text.date}", f"sha256:{text.text_digest.hex()}"]
    if text.modified:
        parts.append(f"modified {text.modified}")
    if text.incomplete:
        parts.append("incomplete")
    if text.conversion:
        parts.append(text.conversion.record_id)
    return ", ".join(parts)


def _event_line(event: LifeEvent) -> str:
    detail = json.loads(event.detail or "{}")
    parts = [event.kind, *_said(detail)]
    if event.record:
        parts.append(event.record.record_id)
    return ", ".join(parts)


def _said(detail: dict[str, Any]) -> Iterator[str]:
    """Yield what has changed, else what was seen."""
    changes = detail.get("changed")
    if isinstance(changes, dict):
        for name, change in changes.items():
            was, now = (change.get(side) for side in ("was", "now"))
            yield f"{name} {_shown(was)} -> {_shown(now)}"
    elif isinstance(detail.get("was"), dict) and isinstance(detail.get("now"), dict):
        was, now = detail["was"], detail["now"]
        for name in was:
            if was[name] != now.get(name):
                yield f"{name} {_shown(was[name])} -> {_shown(now.get(name))}"
    else:
        yield from (f"{name} {_shown(value)}" for name, value in detail.items() if value)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
