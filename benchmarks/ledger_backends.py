"""What the ledger costs in SQLite and in PostgreSQL, with as many articles in each.

    python -m benchmarks.ledger_backends [--keys N] [--cold] [--sqlite FILE] [--postgresql URI]

Each is filled with articles as crawls leave them (`benchmarks._large_ledger`), then asked and
written to. Without a URI a server of its own is started, which syncs to the disk as one in use
does; it is on this machine, so that the network costs nothing. A ledger that is named and was
filled before is not filled again. A usual group is what a crawl commits at once: a WARC file's
size, captures, pages, articles with sketches, visits. Times are milliseconds of one process, the
median, and in brackets the mean of CPU time, that of the server too. With ``--cold``, for root
alone, the system forgets what it has read of the disk before what is called cold.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._bulk_load import fill_in_bulk
from benchmarks._large_ledger import FIRST_ORDINAL, article_key, holding, sketch_of
from crawler.items import RecordRef
from crawler.state.backends import open_store
from crawler.state.store import Capture, Holding, Store, Visit, WarcFile
from crawler.text.minhash import algorithm

_BATCH = 1000
_BATCHES = 10
_GROUP = 20  # articles
_CAPTURES = 60
_COLD = 200  # keys
_FILE = "newsreel-bench-20260301T000000000-00001.warc.gz"
_CACHES = Path("/proc/sys/vm/drop_caches")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--sqlite", metavar="FILE", help="new, or filled before")
    parser.add_argument("--postgresql", metavar="URI", help="empty, or filled before")
    options = parser.parse_args(arguments)
    found = {}
    with tempfile.TemporaryDirectory(prefix="newsreel-ledgers-") as name:
        ledger = Path(options.sqlite or Path(name) / "ledger.sqlite")
        found["SQLite"] = measured(f"sqlite:{ledger}", options, lambda _: ledger.stat().st_size)
    with _server(options) as uri:
        found["PostgreSQL"] = measured(uri, options, _size_on_server)
    print(f"{options.keys:,} articles\n")
    print(f"| {'':44} | {'SQLite':>20} | {'PostgreSQL':>20} |\n|---|---:|---:|")
    for what, value in found["SQLite"].items():
        print(f"| {what:44} | {value:>20} | {found['PostgreSQL'][what]:>20} |")
    return 0


def measured(uri: str, options: argparse.Namespace, size: Callable[[Store], int]) -> dict[str, str]:
    """Return what is measured of the ledger at *uri* once it holds as many articles as wanted."""
    with closing(open_store(uri)) as store:
        is_filled = store.last_ordinal() >= FIRST_ORDINAL + options.keys - 1
    if not is_filled:
        fill_in_bulk(uri, options.keys)
    with closing(open_store(uri)) as store:
        clock, keys = _Clock(store), options.keys
        found = _cold(store, clock, keys) if options.cold else {}
        _asked(store, clock, keys)
        found |= _asked(store, clock, keys)  # what it takes is in memory now
        found |= _written(store, clock, store.last_ordinal() + 1000)
        first = store.last_ordinal() + 1000
        found["four writers: groups a second together"] = f"{many_writers(uri, first, 4):.0f}"
        found["size: MB"] = f"{size(store) / 1e6:,.0f}"
    return found


class _Clock:
    """Measures time, and CPU time of this process and the server's that answers it."""

    def __init__(self, store: Any) -> None:
        connection = getattr(getattr(store, "_db", None), "info", None)
        server = connection.backend_pid if connection else None
        self._server = Path(f"/proc/{server}/schedstat") if server else None

    def once(self, act: Callable[[], object]) -> tuple[float, float]:
        """Return milliseconds and CPU milliseconds of *act*."""
        begun, cpu = time.perf_counter(), self._cpu()
        act()
        return (time.perf_counter() - begun) * 1000, (self._cpu() - cpu) * 1000

    def each(self, acts: Iterable[Callable[[], object]]) -> str:
        """Return the median milliseconds of *acts*, and their mean CPU milliseconds."""
        costs = [self.once(act) for act in acts]
        cpu = sum(cost for _, cost in costs) / len(costs)
        return f"{median(wall for wall, _ in costs):.2f} ({cpu:.2f})"

    def _cpu(self) -> float:
        own = time.process_time()
        if self._server is None:
            return own
        return own + int(self._server.read_text().split()[0]) / 1e9


def _asked(store: Store, clock: _Clock, keys: int) -> dict[str, str]:
    """Return what questions cost."""
    new = [article_key(-n - 1) for n in range(20_000)]
    some = random.Random(1)
    chosen = [some.randrange(keys) for _ in range(500)]
    held = [article_key(number) for number in chosen]
    many = [new[n : n + 500] for n in range(0, 20_000, 500)]
    near = [sketch_of(number) for number in chosen[:250]]
    far = [sketch_of(number) for number in range(-250, 0)]

    def similar(sketches: Sequence[bytes]) -> str:
        return clock.each(partial(store.similar, algorithm(), sketch) for sketch in sketches)

    return {
        "look-up of 500 new keys": clock.each(partial(store.holdings, some) for some in many),
        "look-up of a new key": clock.each(partial(store.holdings, [key]) for key in new[:500]),
        "look-up of a key held": clock.each(partial(store.holdings, [key]) for key in held),
        "look for near copies, there is one": similar(near),
        "look for near copies, there is none": similar(far),
    }


def _cold(store: Store, clock: _Clock, keys: int) -> dict[str, str]:
    """Return what questions cost whose pages are on the disk alone."""
    os.sync()
    _CACHES.write_text("3")
    some = random.Random(2)
    held = [article_key(some.randrange(keys)) for _ in range(_COLD)]
    new = [article_key(-n) for n in range(100_000, 100_000 + _COLD)]
    return {
        f"look-up of a key {which}, cold": clock.each(
            partial(store.holdings, [key]) for key in wanted
        )
        for which, wanted in {"held": held, "new": new}.items()
    }


def _written(store: Store, clock: _Clock, first: int) -> dict[str, str]:
    """Return what it costs to write: articles from number *first* on."""
    store.put_warc(WarcFile(name=_FILE, size=1 << 40))
    behind = first + _BATCHES * _BATCH

    def add_many(batch: Sequence[Holding]) -> None:
        store.add(batch)
        store.note_written(held.file for held in batch)

    every = [holding(n) for n in range(first, behind)]
    batches = [every[n : n + _BATCH] for n in range(0, len(every), _BATCH)]
    return {
        "add 1,000 articles and commit": clock.each(partial(add_many, batch) for batch in batches),
        "add an article and commit": clock.each(
            partial(store.add, [holding(behind + n)]) for n in range(100)
        ),
        "a usual group in one commit": clock.each(
            partial(put_group, store, behind + 1000, n) for n in range(100)
        ),
        "a block of ordinals": clock.each(partial(store.take_ordinals, 100) for _ in range(100)),
    }


def put_group(store: Store, first: int, number: int) -> None:
    """Commit what is usual: 20 articles, and what was fetched for them."""
    start = first + number * _GROUP
    held = [holding(n) for n in range(start, start + _GROUP)]
    captures = [_capture(start * 10 + n) for n in range(_CAPTURES)]

    def change() -> None:
        store.put_warc(WarcFile(name=_FILE, size=1 << 40))
        store.put_captures(captures)
        store.put_pages({one.ref.uri: one.ref for one in captures[:_GROUP]})
        for article, one in enumerate(held, start):
            store.add([one])
            store.put_sketch(one.key, one.source, algorithm(), sketch_of(article))
        store.put_visits(
            Visit(source=one.source, url=one.url, at=one.date, outcome="article") for one in held
        )

    store.atomically(change)


def many_writers(uri: str, first: int, count: int) -> float:
    """Return how many groups a second *count* writers commit together, in threads."""

    def write(number: int) -> None:
        with closing(open_store(uri)) as store:
            for n in range(25):
                put_group(store, first, number * 25 + n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 25 * count / (time.perf_counter() - begun)


def _capture(number: int) -> Capture:
    ref = RecordRef(
        record_id=f"<urn:uuid:{number:032x}>",
        uri=f"https://site-{number % 300:03d}.example/2026/03/story-{number}/",
        date="2026-03-01T08:00:00Z",
        file=_FILE,
        offset=number * 1000,
        length=1000,
    )
    return Capture(ref=ref, payload_digest=f"sha1:{_base32(number)}")


def _base32(number: int) -> str:
    import base64

    return base64.b32encode(hashlib.sha1(str(number).encode()).digest()).decode()


def _size_on_server(store: Store) -> int:
    query = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    ((found,),) = store._rows(query)  # type: ignore[attr-defined]
    return int(found)


@contextmanager
def _server(options: argparse.Namespace) -> Iterator[str]:
    if options.postgresql:
        yield options.postgresql
        return
    from tests.world.scale.cluster import Cluster, missing

    if lacking := missing():
        raise SystemExit(lacking)
    cluster = Cluster(is_durable=True)
    try:
        yield cluster.create_database("bench")
    finally:
        cluster.remove()


if __name__ == "__main__":
    raise SystemExit(main())
