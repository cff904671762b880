"""Which questions to a ledger walk through a table that grows with the archive.

Each method of the store is asked once, and the database says how it would find the answer. What
takes as long as a table is long may be asked by those alone that look at everything anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from crawler.state.sqlite.database import Database as Sqlite
from crawler.state.store import Holding, LifeEvent, Outcome, Store, Visit
from tests.state.test_store import (
    EVENT,
    ONE,
    OUTCOME,
    RUN,
    VISIT,
    WARC,
    capture,
    sketch,
    text_at,
)

LARGE = (
    *("article", "revision", "capture", "page", "visit", "sketch", "band", "outcome", "event"),
    *("post", "run", "found_text"),
)
WALKING = {
    "check": "whole",
    "relocate": "files were handled: what is held of them is looked up by record ids",
    "sharing_keys": "archives were put together",
    "sharing_ordinals": "archives were put together",
    "events_of_kind": "archives were put together",
    "drop_unrecorded": "a rebuild",
}
"""Methods that may walk, and when they are called."""
PAGED = {
    *("all", "of_source", "captures", "sketches", "unsketched", "files", "visits_with"),
    *("all_outcomes", "runs_ended"),
}
"""Methods whose answer may be as long as a table: they read it in pages."""
_NO_QUESTIONS = {"transaction", "atomically", "close"}
_SQLITE_WALK = re.compile(r"SCAN (\w+)(?! USING (?:COVERING )?INDEX)")
_SQLITE_ORDERED = re.compile(r"SCAN (\w+) USING")
_POSTGRESQL_NODE = re.compile(
    r"(?:Seq Scan|Index Scan using \S+|Index Only Scan using \S+|Bitmap Heap Scan) on (\w+)"
)
_CONDITIONS = ("Index Cond:", "Recheck Cond:")


def check_no_walks(store: Store) -> None:
    """Check that no method of *store* walks through a large table but those that may."""
    _fill(store)
    asked = _asked(store)
    missing = {name for name in vars(Store) if name[0] != "_"} - asked.keys() - _NO_QUESTIONS
    assert not missing - WALKING.keys(), "say how they are asked"
    watched = _Watched(store)
    for name, ask in asked.items():
        watched.method = name
        ask()
    assert {name: walks for name, walks in watched.walks.items() if name not in WALKING} == {}


class _Watched:
    """Explains each statement of a store before it is made; ``walks`` are those of methods."""

    def __init__(self, store: Any) -> None:
        self.method = ""
        self.walks: dict[str, set[str]] = {}
        self._is_sqlite = isinstance(store, Sqlite)
        self._rows = store._rows
        if not self._is_sqlite:
            # A table of some rows is read whole, if that is allowed.
            with store.transaction():
                store._execute("SET enable_seqscan = off")
        for name in ("_rows", "_execute", "_execute_many"):
            setattr(store, name, self._watching(getattr(store, name)))

    def _watching(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def explained(query: str, values: Any = ()) -> Any:
            if make.__name__ == "_execute_many":
                values = list(values)
                first: Sequence[object] = values[0] if values else ()
            else:
                first = values
            is_whole = query.startswith("DELETE FROM") and "WHERE" not in query
            if (first or "?" not in query) and not is_whole:
                self._explain(query, first)
            return make(query, values)

        return explained

    def _explain(self, query: str, values: Sequence[object]) -> None:
        if query.lstrip()[:6].upper() not in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH R"):
            return
        how = "EXPLAIN QUERY PLAN" if self._is_sqlite else "EXPLAIN"
        plan = [str(row[-1]) for row in self._rows(f"{how} {query}", values)]
        found = _sqlite_walks(plan, query) if self._is_sqlite else _postgresql_walks(plan, query)
        if self.method in PAGED:
            assert "LIMIT" in query, self.method
        if walks := {table for table in found if table in LARGE}:
            self.walks.setdefault(self.method, set()).update(walks)


def _sqlite_walks(plan: Sequence[str], query: str) -> Iterator[str]:
    for line in plan:
        pattern = _SQLITE_WALK if "LIMIT" in query else _SQLITE_ORDERED
        for found in (_SQLITE_WALK.match(line), pattern.match(line)):
            if found:
                yield found[1]


def _postgresql_walks(plan: Sequence[str], query: str) -> Iterator[str]:
    for number, line in enumerate(plan):
        if found := _POSTGRESQL_NODE.search(line):
            below = "".join(plan[number + 1 : number + 2])
            if "Seq Scan" in line or not ("LIMIT" in query or _has_condition(below)):
                yield found[1]


def _has_condition(line: str) -> bool:
    return any(condition in line for condition in _CONDITIONS)


def _fill(store: Store) -> None:
    store.put_warc(WARC)
    held = [_article(n) for n in range(40)]
    store.add(held)
    store.put_captures(capture("a", n, uri=f"https://a.test/{n}") for n in range(40))
    store.put_visits(replace(VISIT, url=f"https://a.test/{n}") for n in range(40))
    store.put_sketch(held[0].key, held[0].source, "x", sketch(1, 2))


def _article(number: int) -> Holding:
    text = text_at("a", number)
    return replace(text, key=f"{number:016x}", ordinal=number, file=f"{number}.txt")


def _asked(store: Store) -> Mapping[str, Callable[[], object]]:
    """Return each method with a question."""
    held = _article(3)
    event: LifeEvent = replace(EVENT, key=held.key, source=held.source)
    outcome: Outcome = OUTCOME
    visit: Visit = VISIT
    key, source, url = held.key, held.source, visit.url
    return {
        "holdings": lambda: store.holdings([key]),
        "with_text": lambda: store.with_text(held.text_digest),
        "add": lambda: store.add([replace(held, key="f" * 16)]),
        "put_earlier": lambda: store.put_earlier(held),
        "revise": lambda: store.revise(held),
        "refile": lambda: store.refile(key, source, 3, "3.txt"),
        "count_articles": lambda: store.count_articles(["a"]),
        "sharing_keys": store.sharing_keys,
        "sharing_ordinals": store.sharing_ordinals,
        "touch": lambda: store.touch(key, source, "2025", url),
        "identify": lambda: store.identify(replace(held, guid=""), replace(held, key="e" * 16)),
        "all": lambda: list(islice(store.all(), 3)),
        "of_source": lambda: list(store.of_source(source, "2024", "2025")),
        "history": lambda: store.history(key, source),
        "put_warc": lambda: store.put_warc(WARC),
        "put_upload": lambda: store.put_upload(WARC),
        "warcs": lambda: store.warcs(""),
        "node_of": lambda: store.node_of("a"),
        "put_captures": lambda: store.put_captures([capture("a", 999)]),
        "captures": lambda: list(store.captures("a")),
        "original": lambda: store.original(ONE),
        "has_capture": lambda: store.has_capture(ONE, "<urn:a:1>"),
        "put_pages": lambda: store.put_pages({url: capture("a", 3).ref}),
        "latest": lambda: store.latest(url),
        "put_sketch": lambda: store.put_sketch(key, source, "x", sketch(1, 2)),
        "similar": lambda: store.similar("x", sketch(1, 2)),
        "sketches": lambda: list(store.sketches("x")),
        "unsketched": lambda: list(store.unsketched("x")),
        "due": store.due,
        "take_over_due": lambda: store.take_over_due(["other"]),
        "note_written": lambda: store.note_written(["3.txt"]),
        "with_files": lambda: store.with_files(["3.txt"]),
        "files": lambda: list(islice(store.files(), 3)),
        "bookmark": lambda: store.bookmark("/a", "q"),
        "put_bookmarks": lambda: store.put_bookmarks([]),
        "put_visits": lambda: store.put_visits([visit]),
        "visits": lambda: store.visits(source, [url]),
        "visits_with": lambda: [*store.visits_with("door"), *store.visits_with("pages", source)],
        "put_outcomes": lambda: store.put_outcomes([outcome]),
        "outcomes": lambda: store.outcomes(source, [url]),
        "all_outcomes": lambda: list(store.all_outcomes(source)),
        "drop_outcomes": lambda: store.drop_outcomes(source, [url]),
        "put_run": lambda: store.put_run(RUN),
        "run": lambda: store.run(RUN.id),
        "runs": lambda: store.runs(source, 20),
        "last_run": lambda: store.last_run(source),
        "runs_ended": lambda: list(store.runs_ended("2024", "2025")),
        "latest_runs": lambda: store.latest_runs(9),
        "first_run": store.first_run,
        "run_sources": store.run_sources,
        "article_sources": store.article_sources,
        "some_urls": lambda: store.some_urls(source, 3),
        "extent": lambda: store.extent(source),
        "holds_more": lambda: store.holds_more(source, 3),
        "published": lambda: store.published(source, "2024-01-01"),
        "told": store.told,
        "put_told": lambda: store.put_told({source: ""}),
        "put_posts": lambda: store.put_posts(source, [("posts/3", key)]),
        "posts": lambda: store.posts(source, "posts"),
        "posts_of": lambda: store.posts_of(key, source),
        "has_source": lambda: store.has_source(source),
        "put_events": lambda: store.put_events([event]),
        "events": lambda: store.events(key, source),
        "events_of_kind": lambda: store.events_of_kind("refiled"),
        "drop_unrecorded": lambda: store.drop_unrecorded("refiled"),
        "absent": lambda: store.absent(source),
        "put_found_texts": lambda: store.put_found_texts({}),
        "found_text": lambda: store.found_text(key),
        "fact": lambda: store.fact("x"),
        "put_fact": lambda: store.put_fact("x", "y"),
        "drop_fact": lambda: store.drop_fact("x"),
        "last_ordinal": store.last_ordinal,
        "take_ordinals": lambda: store.take_ordinals(1),
        "give_back_ordinals": lambda: store.give_back_ordinals(100, 101),
        "claim_ordinal": lambda: store.claim_ordinal(200),
        "restart_ordinals": store.restart_ordinals,
        "remove": lambda: store.remove(held),
        "forget": lambda: store.forget("a", 3),
    }
