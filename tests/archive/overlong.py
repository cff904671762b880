"""A WARC of somebody whose records say what no index of a ledger has room for."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from crawler.archive.ledger_from_warcs import read_into_ledger
from crawler.archive.record_places import RecordPlaces
from crawler.state.store import Store
from crawler.warc.reader import records
from tests.archive import articles
from tests.warc import files

LONG = base64.b64encode(random.Random(1).randbytes(3000)).decode()
"""Letters that a database cannot store in less room."""
WIDE = "".join(chr(random.Random(n).randrange(0x20000, 0x2A000)) for n in range(390))
"""Few letters of many bytes."""
MOMENT = "2024-04-11T08:00:00Z"
URL = "https://news.test/x"
_EVENT = {"event": "gone", "key": "a" * 16, "source": "s", "alias": "", "detail": {}}
_VISITS = {"source": "s", "visits": [{"at": MOMENT, "outcome": "gone", "urls": [URL]}]}
_OUTCOME = {"outcome": "gone", "run": "r", "source": "s", "url": URL, "detail": "", "at": MOMENT}
_RUN = {
    **dict.fromkeys(("run", "spider", "source", "reason", "version", "extractor"), "s"),
    **dict.fromkeys(("started", "ended"), MOMENT),
    **{name: {} for name in ("counts", "dropped", "lost", "arguments")},
    "exit_code": 0,
}
_ARTICLE = {
    "verdict": "new",
    "key": "a" * 16,
    "source": "s",
    "guid": "g",
    "date": "2024-04-11T08:00:00",
    "url": URL,
    "text_digest": f"sha256:{'0' * 64}",
    "ordinal": 1,
    "file": f"001_{'a' * 16}.txt",
}
_ORIGIN = {
    "record_id": "<urn:x>",
    "uri": URL,
    "date": MOMENT,
    "file": "x",
    "offset": 1,
    "length": 1,
}
LEFT_OUT: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "event": (_EVENT | {"source": LONG}, "an event's source"),
    "event, wide": (_EVENT | {"source": WIDE}, "an event's source"),
    "visits": (_VISITS | {"source": LONG}, "a visits record's source"),
    "outcome": (_OUTCOME | {"source": LONG}, "an outcome's source"),
    "run": (_RUN | {"source": LONG}, "a run's source"),
    "id of a run": (_RUN | {"run": LONG}, "a run's run"),
    "article": (_ARTICLE | {"source": LONG}, "an article's source"),
    "article, wide": (_ARTICLE | {"source": WIDE}, "an article's source"),
    "id of an origin": (
        _ARTICLE | {"origin": _ORIGIN | {"record_id": LONG}},
        "an article's origin",
    ),
    "file of an origin": (_ARTICLE | {"origin": _ORIGIN | {"file": LONG}}, "an article's origin"),
    "date of an article": (_ARTICLE | {"date": LONG}, "an article's date"),
}
"""Records that are left out, with what is said of them."""
TAKEN: Mapping[str, Mapping[str, Any]] = {
    "event": _EVENT | {"detail": {"a": LONG}},
    "visits": _VISITS | {"visits": [{"at": MOMENT, "outcome": LONG, "urls": [URL + LONG]}]},
    "outcome": _OUTCOME | dict.fromkeys(("outcome", "run", "url", "detail", "at"), LONG),
    "run": _RUN | dict.fromkeys(("spider", "reason", "version", "extractor"), LONG),
    "article": _ARTICLE
    | dict.fromkeys(("guid", "url"), LONG)
    | {"origin": _ORIGIN | {"uri": LONG, "file": f"/{LONG}"}},
    "identified": _ARTICLE | {"verdict": "identified", "held": {"key": LONG, "source": LONG}},
}
"""Records with long values that no index has to hold."""


def check_overlong_records(store: Store, folder: Path) -> None:
    """Check that *store* takes what it can of such records, and names the others."""
    good = articles.article("good", "text\n")
    told = [json.dumps(content).encode() for content, _ in LEFT_OUT.values()]
    told += [json.dumps(content).encode() for content in TAKEN.values()]
    path = articles.warc(
        folder / "foreign.warc.gz",
        *(record for number, block in enumerate(told) for record in _records(number, block)),
        files.record(b"{}", WARC_Record_ID=f"<urn:uuid:{LONG}>"),
        *good,
    )
    faults = read_into_ledger(path, store)
    assert "WARC-Record-ID has 4,0" in faults.pop().reason
    assert [fault.reason.partition(" cannot be")[0] for fault in faults] == [
        said for _, said in LEFT_OUT.values()
    ]
    assert {held.source for held in store.all()} == {"s", "news"}
    assert store.run_sources() == ["s"]
    assert len(store.events("a" * 16, "s")) == 1
    assert store.visits("s", [URL + LONG])
    assert store.outcomes("s", [LONG])
    with closing(RecordPlaces()) as places:
        for record in records(path):
            places.add(record, path.name)
        assert store.relocate(places, [path.name], [path.name]).lost == []


def _records(number: int, block: bytes) -> list[bytes]:
    if b'"verdict"' in block:
        return articles.article(f"{LONG}{number}", "text\n", second=number, metadata=block)
    name = f"<urn:x:{number}>"
    return [
        files.record(
            block, WARC_Record_ID=name, WARC_Target_URI=URL, Content_Type="application/json"
        )
    ]
