"""Runs that one writer wrote in turns: whatever becomes of their files, each is replayed alone."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.replay.archived_runs import find_runs
from crawler.replay.playback import Playback
from crawler.warc.lookup import IndexLookup
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests.replay.captured import body, get, index_of, message
from tests.warc.examples import exchange

URL = "http://news.test/list"

SEAL = -1
"""Among numbers of runs: the file is sealed, and the next record opens another."""

NOBODY = -2
"""Among numbers of runs: a record of none."""


@dataclass
class Written:
    """What was written: the files in their order, and the answers of each run in its order."""

    files: list[Path] = field(default_factory=list)
    answers: dict[str, list[bytes]] = field(default_factory=dict)


def write(folder: Path, turns: list[int]) -> Written:
    """Write an answer of `URL`, of other bytes each time, for each of *turns*."""
    writer = WarcWriter(folder, "x", software="x", fields={"robots": "obey"})
    runs = [new_run("wire", f"source {number}", {}) for number in range(4)]
    written, began = Written(), datetime.now(UTC)
    for number, turn in enumerate(turns):
        if turn == SEAL:
            writer.close()
            continue
        run = None if turn == NOBODY else runs[turn]
        content = b"of turn %d" % number
        started = began + timedelta(microseconds=number)
        made = exchange(uri=URL, response=message(content), started=started)
        writer.write(exchange_records(made), run)
        if run:
            written.answers.setdefault(run["isPartOf"], []).append(content)
    writer.close()
    written.files = sorted(folder.iterdir())
    return written


def as_they_are(files: list[Path]) -> list[Path]:
    return files


def joined_backwards(files: list[Path]) -> list[Path]:
    joined = files[0].with_name("joined.warc.gz")
    joined.write_bytes(b"".join(path.read_bytes() for path in reversed(files)))
    return [joined]


def joined_and_kept(files: list[Path]) -> list[Path]:
    return [*joined_backwards(files), *files]


def unpacked(files: list[Path]) -> list[Path]:
    made = []
    for path in files:
        made.append(path.with_name(path.name.removesuffix(".gz")))
        made[-1].write_bytes(gzip.decompress(path.read_bytes()))
    return made[::-1]


WAYS = [as_they_are, joined_backwards, joined_and_kept, unpacked]


def replayed(index: IndexLookup) -> dict[str, list[bytes]]:
    """Return the answers that each run gets for `URL`, asked until the last comes again."""
    found: dict[str, list[bytes]] = {}
    for run in find_runs(index):
        playback = Playback(index, run=run)
        answers = [body(playback.answer(get(URL)))]
        while (answer := body(playback.answer(get(URL)))) != answers[-1]:
            answers.append(answer)
        found[run.id] = answers
    return found


@settings(max_examples=60)
@given(
    st.lists(st.integers(NOBODY, 3), min_size=1, max_size=30).filter(lambda turns: max(turns) >= 0),
    st.sampled_from(WAYS),
)
def test_no_record_is_of_another_run(turns: list[int], way: object) -> None:
    assert callable(way)
    with tempfile.TemporaryDirectory() as folder:
        written = write(Path(folder, "warc"), turns)
        with index_of(*way(written.files)) as index:
            assert replayed(index) == written.answers
