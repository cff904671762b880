"""What the ledger costs in SQLite and in PostgreSQL, with as many articles in each.

    python -m benchmarks.ledger_backends [--keys N] [--postgresql URI]

Each is filled with articles as a crawl holds them, both records among them, then asked and written
to. Without a URI a server of its own is started, which syncs to the disk as one in use does; it is
on this machine, so that the network costs nothing. A usual group is what a crawl commits at once: a
WARC file's size, captures, pages, articles with sketches, visits. Times are of one process, the
median where there are several; CPU is that of Newsreel alone.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from crawler.items import RecordRef
from crawler.state.backends import open_store
from crawler.state.store import Capture, Holding, Store, Visit, WarcFile

_BATCH = 1000
_GROUP = 20  # articles
_CAPTURES = 60
_SOURCES = 300
_FILE = "newsreel-bench-20260301T000000000-00001.warc.gz"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--postgresql", metavar="URI", default="", help="an empty database")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="newsreel-ledgers-") as name, _server(options) as uri:
        ledger = Path(name) / "ledger.sqlite"
        ours = measured(f"sqlite:{ledger}", options.keys, lambda store: ledger.stat().st_size)
        theirs = measured(uri, options.keys, _size_on_server)
    print(f"{options.keys:,} articles\n")
    print(f"| {'':44} | {'SQLite':>20} | {'PostgreSQL':>20} |\n|---|---:|---:|")
    for what, value in ours.items():
        print(f"| {what:44} | {value:>20} | {theirs[what]:>20} |")
    return 0


def measured(uri: str, keys: int, size: Callable[[Store], int]) -> dict[str, str]:
    """Return what is measured of the ledger at *uri* once it holds *keys* articles."""
    found: dict[str, str] = {}
    with closing(open_store(uri)) as store:
        store.put_warc(WarcFile(name=_FILE, size=1 << 40))
        wall, cpu = fill(store, keys)
        found["add, 1,000 a commit: articles a second"] = f"{_BATCH / wall:,.0f}"
        found["the same, in CPU ms for 1,000"] = f"{cpu * 1000:.0f}"
        new = [_key(-n - 1) for n in range(20_000)]
        seconds = _timed(lambda: [store.holdings(new[n : n + 500]) for n in range(0, 20_000, 500)])
        found["look-up of new keys, 500 at once: keys/s"] = f"{20_000 / seconds:,.0f}"
        seconds = _timed(lambda: [store.holdings([key]) for key in new[:2000]])
        found["look-up of a new key: ms"] = f"{seconds / 2:.3f}"
        chosen = [_key(random.Random(n).randrange(keys)) for n in range(2000)]
        seconds = _timed(lambda: [store.holdings([key]) for key in chosen])
        found["look-up of a key held: ms"] = f"{seconds / 2:.3f}"
        found["open the ledger: ms"] = f"{_timed(lambda: open_store(uri).close()) * 1000:.1f}"
        singles = [_timed(partial(store.add, [holding(keys + n)])) for n in range(300)]
        found["add one article and commit: ms"] = f"{median(singles) * 1000:.2f}"
        found["the slowest of 300: ms"] = f"{max(singles) * 1000:.1f}"
        groups = [_timed(partial(put_group, store, keys + 1000, n)) for n in range(100)]
        found["a usual group in one commit: ms"] = f"{median(groups) * 1000:.1f}"
        found["four writers: groups a second together"] = f"{many_writers(uri, 4):.0f}"
        taken = _timed(lambda: [store.take_ordinals(100) for _ in range(200)])
        found["a block of ordinals: ms"] = f"{taken * 5:.2f}"
        found["size: MB"] = f"{size(store) / 1e6:,.0f}"
    return found


def fill(store: Store, keys: int) -> tuple[float, float]:
    """Add articles, and return the median seconds and CPU seconds of the last batches."""
    walls, cpus = [], []
    for first in range(0, keys, _BATCH):
        batch = [holding(n) for n in range(first, min(first + _BATCH, keys))]
        begun, cpu = time.perf_counter(), time.process_time()
        store.add(batch)
        store.note_written(held.file for held in batch)
        walls.append(time.perf_counter() - begun)
        cpus.append(time.process_time() - cpu)
    return median(walls[-100:]), median(cpus[-100:])


def put_group(store: Store, first: int, number: int) -> None:
    """Commit what is usual: 20 articles, and what was fetched for them."""
    start = first + number * _GROUP
    held = [holding(n) for n in range(start, start + _GROUP)]
    captures = [_capture(start * 10 + n) for n in range(_CAPTURES)]

    def change() -> None:
        store.put_warc(WarcFile(name=_FILE, size=1 << 40))
        store.put_captures(captures)
        store.put_pages({one.ref.uri: one.ref for one in captures[:_GROUP]})
        for one in held:
            store.add([one])
            store.put_sketch(
                one.key, one.source, "bench", hashlib.shake_128(one.key.encode()).digest(512)
            )
        store.put_visits(
            Visit(source=one.source, url=one.url, at=one.date, outcome="article") for one in held
        )

    store.atomically(change)


def many_writers(uri: str, count: int) -> float:
    """Return how many groups a second *count* writers commit together, in threads."""

    def write(number: int) -> None:
        with closing(open_store(uri)) as store:
            for n in range(25):
                put_group(store, 1 << 40, number * 1000 + n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 25 * count / (time.perf_counter() - begun)


def holding(number: int) -> Holding:
    """Return an article as a crawl holds it."""
    key, source = _key(number), f"site-{number % _SOURCES}.example"
    date = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T08:00:00"
    return Holding(
        key=key,
        source=source,
        guid=f"//{source}/?p={number}",
        date=date,
        modified=date,
        url=f"https://{source}/2026/03/story-{number}/",
        text_digest=hashlib.sha256(key.encode()).digest(),
        ordinal=number,
        file=f"{number:03d}_{key}.txt",
        date_gmt=date,
        conversion=_record(number * 2),
        origin=_record(number * 2 + 1),
    )


def _record(number: int) -> RecordRef:
    return RecordRef(
        record_id=f"<urn:uuid:{number:032x}>",
        uri=f"https://site-{number % _SOURCES}.example/2026/03/story-{number}/",
        date="2026-03-01T08:00:00Z",
        file=_FILE,
        offset=number * 1000,
        length=1000,
    )


def _capture(number: int) -> Capture:
    return Capture(ref=_record(number), payload_digest=f"sha1:{_base32(number)}")


def _base32(number: int) -> str:
    import base64

    return base64.b32encode(hashlib.sha1(str(number).encode()).digest()).decode()


def _key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:16]


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


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
