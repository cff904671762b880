"""What one run costs in a replay must not depend on how many others are in the archive.

It is counted which lines of the index are read, and how often the files of the archive are
looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from crawler.extensions import replay_index
from crawler.extensions.replay_index import INDEX, ReplayIndex
from crawler.replay.archived_runs import find_runs, runs_from
from crawler.replay.playback import NoCaptureError, Playback, PlaybackAnswer
from crawler.settings_reader import SettingsReader
from crawler.warc import lookup
from crawler.warc.container import named_archives
from crawler.warc.lookup import IndexLookup
from tests.replay.captured import (
    NOT_MODIFIED,
    URL,
    answer,
    body,
    get,
    index_of,
    info,
    message,
    warc,
    warc_date,
)

LIST = "http://news.test/wp-json/wp/v2/posts?page={}"
ROBOTS = "http://news.test/robots.txt"
SHA1 = "sha1:BSRLLFFWN5OSZMPZGLXJZ5HZT4BX5OUP"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def revisit(block: bytes, second: float, url: str, of: float) -> bytes:
    return answer(
        block,
        second,
        url=url,
        kind="revisit",
        WARC_Profile=PROFILE,
        WARC_Payload_Digest=SHA1,
        WARC_Refers_To_Target_URI=url,
        WARC_Refers_To_Date=warc_date(of),
    )


def rounds(folder: Path, count: int) -> Path:
    """Return an archive of so many runs, of which the first alone has the page itself."""
    head = message(b"page")[: -len(b"page")]
    first = [
        answer(message(b"page"), 1, WARC_Payload_Digest=SHA1),
        answer(message(b"robots"), 2, url=ROBOTS),
    ]
    records = [info("0"), *first]
    for number in range(1, count):
        at = 3.0 * number
        records += [
            info(str(number), at),
            revisit(head, at + 0.1, URL, of=1),
            revisit(NOT_MODIFIED, at + 0.2, URL, of=1),
            answer(message(b"list"), at + 0.3, url=LIST.format(number % 2)),
            answer(message(b"text"), at + 0.4, url=f"http://news.test/{number}"),
        ]
    return warc(folder / "x.warc.gz", *records)


@contextmanager
def lines_read(patch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Collect the lines of an index that are read."""
    read: list[bytes] = []
    whole = lookup.parse_line

    def counting(line: bytes, position: int = 0) -> lookup.IndexLine:
        read.append(line)
        return whole(line, position)

    with patch.context() as patched:
        patched.setattr(lookup, "parse_line", counting)
        yield read


def replayed(index: IndexLookup, number: int) -> list[Any]:
    """Return what the run with that number is told, of all kinds of questions."""
    (run,) = find_runs(index, "wordpress", "news", f"urn:uuid:{number}")
    playback = Playback(index, run=run)
    answers = [
        playback.answer(get()),
        playback.answer(get()),
        playback.answer(get(conditional=True)),
        playback.answer(get(ROBOTS)),  # which the first run alone asked for
        playback.answer(get(LIST.format(number % 2))),
    ]
    with pytest.raises(NoCaptureError):
        playback.answer(get("http://news.test/nothing"))
    return [
        *(body(one) if isinstance(one, PlaybackAnswer) else one for one in answers),
        playback.has(get()),
        playback.has(get(ROBOTS)),
        playback.has(get("http://news.test/1")),
        playback.queries("http://news.test/wp-json/wp/v2/posts"),
    ]


@pytest.mark.parametrize("which", ["first", "last"])
def test_a_run_reads_as_many_lines_behind_few_runs_as_behind_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    costs = []
    for count in (20, 400):
        number = 2 if which == "first" else count - 2
        with index_of(rounds(tmp_path / str(count), count)) as index:
            with lines_read(monkeypatch) as read:
                said = replayed(index, number)
            costs.append(len(read))
            assert said[:5] == [b"page", b"page", b"", b"robots", b"list"]
            assert said[5:] == [True, False, False, [LIST.format(0)]]
    assert costs[0] == costs[1] < 80


def test_the_next_run_is_found_without_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with index_of(rounds(tmp_path, 300)) as index:
        every = [run.id for run in runs_from(index)]
        assert every == [run.id for run in find_runs(index)]
        assert every == [f"urn:uuid:{number}" for number in range(300)]
        with lines_read(monkeypatch) as read:
            two = runs_from(index, "20240411080300000000")  # three seconds times 60
            assert [next(two).id, next(two).id] == ["urn:uuid:60", "urn:uuid:61"]
        assert len(read) < 10


def test_a_run_that_was_interleaved_with_others_comes_once_in_its_order(tmp_path: Path) -> None:
    """It has a warcinfo record in each file that it wrote to."""
    one = warc(tmp_path / "a.warc.gz", info("one", 1), info("two", 2), answer(second=3))
    two = warc(tmp_path / "b.warc.gz", info("two", 4), info("one", 5), answer(second=6))
    three = warc(tmp_path / "c.warc.gz", info("three", 1.5))
    with index_of(one, two, three) as index:
        assert [run.id[-5:] for run in runs_from(index)] == ["d:one", "three", "d:two"]
        names = [sum(map(str.isdigit, run.ranks)) for run in runs_from(index)]
        assert names == [2, 1, 2]


def test_the_files_are_looked_at_once_for_all_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rounds(tmp_path / "warc", 3)
    settings = Settings({"REPLAY_FROM": [str(path.parent)], "ARCHIVES_DIR": str(tmp_path / "made")})
    looked = []
    named = named_archives

    def counting(patterns: list[str]) -> list[Any]:
        looked.append(patterns)
        return list(named(patterns))

    monkeypatch.setattr(replay_index, "named_archives", counting)

    def run() -> ReplayIndex:
        return ReplayIndex.of(SettingsReader(settings.copy()))

    with ReplayIndex.held():
        first = run()
        first.close()
        assert run() is first
        assert len(list(runs_from(first.lookup))) == 3
    assert len(looked) == 1
    assert (tmp_path / "made" / INDEX).exists()
    after = run()
    assert after is not first
    after.close()
    run().close()
    assert len(looked) == 3
