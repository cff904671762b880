"""Archives read by many processes: nothing lost, nothing twice, whatever happens to a worker."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.foreign.archive_worker import Batch
from crawler.foreign.worker_pool import WorkerPool
from crawler.warc.container import Part
from crawler.warc.reader import Fault, Record, read_records
from tests.archive import articles
from tests.foreign.records_that_hang import ReadUrl
from tests.process_state import ends
from tests.running import ROOT

Read = Callable[..., list[Batch]]


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    (tmp_path / "seen").mkdir()
    return tmp_path / "seen"


@pytest.fixture
def read(seen: Path) -> Read:
    def batches(*paths: Path, chunk_size: int = 5000, limit: float = 20.0) -> list[Batch]:
        pool = WorkerPool(ReadUrl(seen), workers=2, chunk_size=chunk_size, limit=limit)
        return list(pool.read(whole(path) for path in paths))

    return batches


def whole(path: Path) -> Part:
    return Part(path, 0, path.stat().st_size)


def archive(path: Path, *names: str, padding: int = 400) -> Path:
    """Return an archive of a response for each of *names*; each body is *padding* random bytes."""
    responses = [
        articles.response(f"https://news.test/{name}", os.urandom(padding), n)
        for n, name in enumerate(names)
    ]
    return articles.warc(path, *responses)


def urls(batches: list[Batch]) -> list[str]:
    return [article.url.rpartition("/")[2] for batch in batches for article in batch.articles]


def problems(batches: list[Batch]) -> list[tuple[str, int, int]]:
    return [(t.kind, t.offset, t.length) for batch in batches for t in batch.problems]


def place(path: Path, name: str) -> tuple[int, int]:
    """Return offset and length of the record with *name* in its URL."""
    for item in read_records(path):
        if isinstance(item, Record) and name in (item.header("WARC-Target-URI") or ""):
            return item.offset, item.length
    raise LookupError(name)


@pytest.mark.parametrize("suffix", ["warc", "warc.gz"])
@pytest.mark.parametrize("chunk_size", [100, 1234, 1 << 20])
def test_everything_once_in_order(tmp_path: Path, read: Read, suffix: str, chunk_size: int) -> None:
    names = [f"{n:03d}" for n in range(60)]
    one = archive(tmp_path / f"one.{suffix}", *names[:40])
    two = archive(tmp_path / f"two.{suffix}", *names[40:])
    batches = read(one, two, chunk_size=chunk_size)
    assert urls(batches) == names
    assert not problems(batches)
    assert sum(batch.records for batch in batches) == 60
    for path in (one, two):
        own = [(batch.start, batch.end) for batch in batches if batch.path == path]
        assert all(a[1] == b[0] for a, b in pairwise([(0, 0), *own]))
        assert own[-1][1] == path.stat().st_size


@pytest.mark.parametrize("suffix", ["warc", "warc.gz"])
def test_a_warc_inside_a_record_is_no_part_of_the_archive(
    tmp_path: Path, read: Read, suffix: str
) -> None:
    """Chunks begin inside it, and its records look like any others."""
    forged = archive(tmp_path / f"inner.{suffix}", *(f"forged-{n}" for n in range(30)))
    outer = tmp_path / "outer.warc"  # uncompressed: the inner one can be seen
    carrier = articles.response("https://evil.test/carrier", forged.read_bytes())
    own = [articles.response(f"https://news.test/{n}", b"x" * 300, n) for n in range(9)]
    articles.warc(outer, *own[:5], carrier, *own[5:])
    assert urls(read(outer, chunk_size=700)) == [*"01234", "carrier", *"5678"]


def test_records_of_one_member(tmp_path: Path, read: Read) -> None:
    """A WARC that was compressed as a whole: no member shows where a record begins."""
    names = ["a", "hangs", *map(str, range(700))]
    plain = archive(tmp_path / "x.warc", *names, padding=20)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    batches = read(path, chunk_size=3000, limit=0.3)
    found = urls(batches)
    assert list(dict.fromkeys(found)) == ["a", *names[2:]]
    assert found.count("699") == 1
    assert [kind for kind, *_ in problems(batches)] == ["page_timeout"]
    assert len(batches) > 3
    assert (batches[-1].start, batches[-1].end) == (0, path.stat().st_size)


@pytest.mark.parametrize("suffix", ["warc", "warc.gz"])
def test_a_record_of_many_chunks(tmp_path: Path, read: Read, suffix: str) -> None:
    large = articles.response("https://news.test/large", os.urandom(3_000_000))
    own = [articles.response(f"https://news.test/{n}", b"x", n) for n in range(4)]
    path = articles.warc(tmp_path / f"x.{suffix}", *own[:2], large, *own[2:])
    assert urls(read(path, chunk_size=20_000)) == ["0", "1", "large", "2", "3"]


def test_damage_is_named_and_the_rest_is_read(tmp_path: Path, read: Read) -> None:
    path = archive(tmp_path / "x.warc.gz", *map(str, range(10)))
    offset, length = place(path, "/4")
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 0x55
    path.write_bytes(data)
    batches = read(path, chunk_size=900)
    assert urls(batches) == list("012356789")
    assert problems(batches) == [("damaged", offset, length)]


def problem_kind(item: Record | Fault) -> str:
    """Return the kind of the problem that *item* is; the junk may have hit the field of the URI."""
    if isinstance(item, Fault):
        return "damaged"
    return "" if item.target_uri or item.type != "response" else "no_uri"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from(["warc", "warc.gz"]),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=9)), max_size=4),
    chunk_size=st.integers(200, 3000),
)
def test_chunks_change_nothing(
    tmp_path: Path, read: Read, suffix: str, damage: list[tuple[float, bytes]], chunk_size: int
) -> None:
    """Whatever the damage, many processes find what one does."""
    path = archive(tmp_path / f"x.{suffix}", *map(str, range(12)))
    data = bytearray(path.read_bytes())
    for where, junk in damage:
        start = int(where * len(data))
        data[start : start + len(junk)] = junk
    path.write_bytes(data)
    alone = list(read_records(path, strict=False))
    batches = read(path, chunk_size=chunk_size)
    assert sum(batch.records for batch in batches) == sum(isinstance(i, Record) for i in alone)
    expected = [(kind, item.offset, item.length) for item in alone if (kind := problem_kind(item))]
    assert problems(batches) == expected


def test_a_page_that_hangs_is_given_up_alone(tmp_path: Path, read: Read) -> None:
    path = archive(tmp_path / "x.warc.gz", "a", "hangs", "b", "hangs", "c")
    batches = read(path, limit=0.3)
    assert urls(batches) == ["a", "b", "c"]
    assert [kind for kind, *_ in problems(batches)] == ["page_timeout"] * 2
    assert problems(batches)[0][1:] == place(path, "/hangs")


def test_a_page_that_kills_its_worker_is_given_up_alone(tmp_path: Path, read: Read) -> None:
    path = archive(tmp_path / "x.warc.gz", "a", "kills", "b", "c")
    batches = read(path, archive(tmp_path / "y.warc.gz", "d"))
    assert urls(batches) == ["a", "b", "c", "d"]
    assert problems(batches) == [("page_crash", *place(path, "/kills"))]


def test_a_worker_that_somebody_else_killed_costs_nothing(tmp_path: Path, read: Read) -> None:
    names = ["a", "kills-once", "b", "kills-once", "c"]
    batches = read(archive(tmp_path / "x.warc.gz", *names))
    assert urls(batches) == names
    assert not problems(batches)


def test_a_page_that_raises_is_named(tmp_path: Path, read: Read) -> None:
    batches = read(archive(tmp_path / "x.warc.gz", "a", "raises", "b"))
    assert urls(batches) == ["a", "b"]
    [problem] = [problem for batch in batches for problem in batch.problems]
    assert problem.kind == "page_error"
    assert problem.reason == "RuntimeError: what a page may say (https://news.test/raises)"


def test_a_file_that_goes_away_is_named_and_the_next_is_read(tmp_path: Path, seen: Path) -> None:
    gone = archive(tmp_path / "gone.warc.gz", *map(str, range(200)))
    short = archive(tmp_path / "short.warc.gz", "a", "b")
    there = archive(tmp_path / "there.warc.gz", "c")
    parts = [whole(path) for path in (gone, short, there)]
    gone.unlink()
    offset, _ = place(short, "/b")
    os.truncate(short, offset)
    batches = list(WorkerPool(ReadUrl(seen), workers=2, chunk_size=1000).read(parts))
    assert urls(batches) == ["a", "c"]
    assert [t[:2] for t in problems(batches)] == [("unreadable", 0), ("unreadable", offset)]


def test_workers_wait_for_who_takes_what_they_read(tmp_path: Path, seen: Path) -> None:
    path = archive(tmp_path / "x.warc.gz", *map(str, range(300)))
    batches = WorkerPool(ReadUrl(seen), workers=2, chunk_size=2000).read([whole(path)])
    first = next(batches)
    assert first.start == 0
    time.sleep(1)
    assert 1 <= len(list(seen.iterdir())) < 100
    assert len(urls([first, *batches])) == 300


def test_workers_that_cannot_start_are_an_error(tmp_path: Path) -> None:
    pool = WorkerPool(Unloadable(), workers=2)
    with pytest.raises(ChildProcessError, match="no worker can be started"):
        list(pool.read([whole(archive(tmp_path / "x.warc.gz", "a"))]))


class Unloadable(ReadUrl):
    """A page that no worker can load."""

    def __init__(self) -> None:
        super().__init__(Path())

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (7,)


_READER = """
import sys
from pathlib import Path
from crawler.foreign.worker_pool import WorkerPool
from crawler.warc.container import Part
from tests.foreign.records_that_hang import ReadUrl
from tests.process_state import ends

if __name__ == "__main__":
    path, seen = map(Path, sys.argv[1:])
    pool = WorkerPool(ReadUrl(seen), workers=2, chunk_size=1000)
    batches = pool.read([Part(path, 0, path.stat().st_size)])
    print(*pool.pids or [0], flush=True)
    next(batches)
    print(*pool.pids, flush=True)
    for _ in batches:
        pass
"""


@pytest.fixture
def reader(tmp_path: Path, seen: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that reads an archive with a page that hangs."""
    script = tmp_path / "reader.py"
    script.write_text(_READER, encoding="utf-8")
    names = ["a", *map(str, range(20)), "hangs", "b"]
    path = archive(tmp_path / "x.warc.gz", *names)
    with subprocess.Popen(
        [sys.executable, script, path, seen],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_who_started_them(
    reader: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert reader.stdout
    reader.stdout.readline()
    workers = [int(pid) for pid in reader.stdout.readline().split()]
    assert workers
    reader.send_signal(number)
    reader.wait(30)
    assert all(ends(worker, seconds=30) for worker in workers)
