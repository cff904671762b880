"""What a crawl wrote gives the ledger that it kept, however often it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive.folder import sealed_warcs
from crawler.archive.ledger_from_warcs import read_into_ledger
from crawler.archive.recovery import oldest_first
from crawler.export.fold import fold
from crawler.export.packed_events import FileNotes, NumberedWarc, PackedEvent, read_file
from crawler.export.warc_rows import rows
from crawler.state.backends import open_store
from crawler.state.store import Holding, Outcome, Store
from crawler.state.verdict import Verdict
from crawler.text.corpus import Corpus
from crawler.warc.reader import records
from crawler.warc.records import metadata, new_ref
from crawler.warc.writer import WarcWriter
from tests.archive import articles
from tests.archive.overlong import check_overlong_records
from tests.archive.recording import Ledger, Recording, Texts, WriterInTurns, ledger
from tests.warc import files
from tests.warc.examples import STARTED

DAY = "2024-04-11T{:02d}:00:00"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:{tmp_path / 'anew' / 'ledger.sqlite'}")) as store:
        yield store


def made_from(folder: Path, store: Store) -> Ledger:
    for path in oldest_first(sealed_warcs(folder)):
        assert read_into_ledger(path, store) == []
    return ledger(store)


def packed_events(path: Path) -> tuple[list[PackedEvent], FileNotes]:
    """Return what an export from WARC files makes of that at *path*."""
    *batches, notes = read_file(NumberedWarc(0, path))
    assert isinstance(notes, FileNotes)
    return [event for batch in batches if isinstance(batch, list) for event in batch], notes


# What may happen to the articles of one site, in any order and number.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["new", "revise", "touch", "collide", "import", "identify", "page"]),
        st.integers(0, 3),
    ),
    max_size=14,
)


class Story:
    """Steps taken in a recording as pipelines take them: only those that are possible."""

    def __init__(self, run: Recording) -> None:
        self._run = run
        self._held: dict[tuple[str, int], Holding] = {}
        self._number = 0

    def take(self, step: str, article: int) -> None:
        self._number += 1
        self._run.recorder.commit()  # as the pipelines wait for it
        getattr(self, step)(article)

    def _text(self, kind: str, article: int, **changes: Any) -> None:
        fields = {"ordinal": article, "modified": DAY.format(self._number), **changes}
        guid = fields.pop("guid", f"g{article}")
        text = f"{kind} {article} {self._number}."
        self._held[kind, article] = self._run.text(guid, text, **fields)

    def new(self, article: int) -> None:
        if ("own", article) not in self._held:
            self._text("own", article)

    def revise(self, article: int) -> None:
        if held := self._held.get(("own", article)):
            same = {"key": held.key, "ordinal": held.ordinal, "file": held.file}
            self._text("own", article, verdict=Verdict.REVISION, **same)

    def collide(self, article: int) -> None:
        if ("other", article) not in self._held:
            self._text("other", article, verdict=Verdict.COLLISION, source="other")

    def touch(self, article: int) -> None:
        if held := self._held.get(("own", article)):
            self._held["own", article] = self._run.touch(held, DAY.format(self._number))

    def page(self, article: int) -> None:
        self._run.exchange(b"news " * (300 * article), uri=f"https://news.test/{article}")

    def _import(self, article: int) -> None:
        if ("import", article) not in self._held:
            self._text("import", article, guid="", key=f"{article:016x}", source="import")

    def identify(self, article: int) -> None:
        held = self._held.get(("import", article))
        if held and not held.guid and ("own", article) not in self._held:
            now = self._run.identify(held, f"g{article}", modified=DAY.format(self._number))
            self._held["own", article] = self._held["import", article] = now


setattr(Story, "import", Story._import)


@settings(max_examples=40)
@given(steps=STEPS, size=st.sampled_from([1, 3000, 10**9]))
def test_the_files_give_the_ledger(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int]],
    size: int,
) -> None:
    folder = tmp_path_factory.mktemp("story")
    with Recording(folder, most_bytes=size) as run:
        run.exchange()
        story = Story(run)
        for step, article in steps:
            story.take(step, article)
        run.end()
        expected = ledger(run.store)
    with closing(open_store(f"sqlite:{folder / 'anew.sqlite'}")) as store:
        assert made_from(folder / "warc", store) == expected
        assert folded(folder / "warc") == expected.texts


def folded(folder: Path) -> Texts:
    """Return what an export finds in the WARC files alone, whatever their order."""
    articles = fold(event for path in sealed_warcs(folder)[::-1] for event in rows(path))
    held = {(a.now.held.key, a.now.held.source): a for a in articles}
    return {
        name: (a.now.held, a.now.held.collected, [text.held for text in a.earlier])
        for name, a in sorted(held.items())
    }


def recorded(path: Path, script: Callable[[Recording], object]) -> Ledger:
    with Recording(path) as run:
        script(run)
        run.end()
        return ledger(run.store)


def revised_and_touched(run: Recording) -> None:
    held = run.text("a", "One.", modified=DAY.format(9))
    run.touch(held, DAY.format(10))
    run.text("a", "Two.", modified=DAY.format(11), verdict=Verdict.REVISION)


def imported_and_identified(run: Recording) -> None:
    held = run.text("", "One.", key="a" * 16, source="import")
    run.identify(held, "guid", modified=DAY.format(12))


def identified_and_revised(run: Recording) -> None:
    """Identify and revise an imported text, whose file keeps its name."""
    held = run.identify(run.text("", "One.", key="a" * 16, source="import"), "guid")
    same = {"key": held.key, "ordinal": held.ordinal, "file": held.file}
    run.text("guid", "Two.", verdict=Verdict.REVISION, **same)


SCRIPTS = [revised_and_touched, imported_and_identified, identified_and_revised]


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_is_behind_what_the_ledger_knows_is_read_on(
    tmp_path: Path, script: Callable[[Recording], object]
) -> None:
    """At every place where a commit may have been: what lies before is not read twice."""
    expected = recorded(tmp_path, script)
    (path,) = oldest_first(sealed_warcs(tmp_path / "warc"))
    whole = path.read_bytes()
    first, *others = records(path)
    ends = [record.offset for record in others if record.type in {"response", "conversion"}]
    for number, end in enumerate([first.length, *ends[1:], len(whole)]):
        with closing(open_store(f"sqlite:{tmp_path / f'{number}.sqlite'}")) as store:
            path.write_bytes(whole[:end])
            assert read_into_ledger(path, store) == []
            path.write_bytes(whole)
            assert read_into_ledger(path, store, end) == []
            assert ledger(store) == expected


def test_captures_are_complete_responses(tmp_path: Path, store: Store) -> None:
    def script(run: Recording) -> None:
        run.exchange(b"whole")
        run.exchange(b"cut", truncated="length")
        run.exchange(response=b"SSH-2.0\r\n")
        run.exchange(response=b"")
        run.exchange(b"news " * 300)
        run.exchange(b"news " * 300)

    expected = recorded(tmp_path, script)
    found = made_from(tmp_path / "warc", store)
    assert found == expected
    assert sum(map(len, found.captures.values())) == 2


def test_damage_is_named_and_the_rest_read(tmp_path: Path, store: Store) -> None:
    with Recording(tmp_path) as run:
        first, second, third = (
            run.text(name, f"{name}.", ordinal=n) for n, name in enumerate("abc")
        )
        path = run.end()
    assert second.conversion
    data = bytearray(path.read_bytes())
    data[second.conversion.offset + 20] ^= 0xFF
    path.write_bytes(data)
    (fault,) = read_into_ledger(path, store)
    assert (fault.offset, fault.length) == (second.conversion.offset, second.conversion.length)
    assert [held.key for held in store.all()] == [first.key, third.key]


def test_a_transaction_that_fails_leaves_nothing_of_the_file(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path, revised_and_touched)

    def failing(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store, "revise", failing)
    (path,) = oldest_first(sealed_warcs(tmp_path / "warc"))
    with pytest.raises(OSError, match="disk full"):
        read_into_ledger(path, store)
    assert ledger(store) == Ledger([], {}, [], {}, {})


GOOD: dict[str, Any] = {
    "verdict": "new",
    "key": "a" * 16,
    "source": "s",
    "guid": "g",
    "date": DAY.format(1),
    "url": "https://news.test/a",
    "text_digest": "sha256:" + "00" * 32,
    "ordinal": 1,
    "file": "001_" + "a" * 16 + ".txt",
}
FINE = GOOD | {"key": "b" * 16, "file": "001_" + "b" * 16 + ".txt"}
TOUCHED = {name: GOOD[name] for name in ("key", "source", "guid", "date", "url")} | {
    "verdict": "touched",
    "modified": DAY.format(3),
    "held": {"key": "a" * 16, "source": "s"},
}
HOSTILE: dict[str, Any] = {
    "verdict alone": {"verdict": "new"},
    "touched without key": {"verdict": "touched"},
    "touched without source": {**TOUCHED, "source": None},
    "touched at no time": {**TOUCHED, "modified": None, "key": "b" * 16},
    "identified without date": {**TOUCHED, "verdict": "identified", "date": None},
    "verdict is an object": GOOD | {"verdict": {}},
    "identified without held": {"verdict": "identified", "key": "a", "source": "s"},
    "held is no object": {"verdict": "identified", "held": ["key"]},
    "verdict is a list": {"verdict": ["new"]},
    "digest is no digest": GOOD | {"text_digest": "sha256:zz"},
    "digest is a number": GOOD | {"text_digest": 5},
    "ordinal is text": GOOD | {"ordinal": "first"},
    "ordinal is huge": GOOD | {"ordinal": 10**30},
    "key is a list": GOOD | {"key": ["a"]},
    "guid is null": GOOD | {"guid": None},
    "modified is an object": GOOD | {"modified": {"a": 1}},
    "origin is text": GOOD | {"origin": "x"},
    "origin of other fields": GOOD | {"origin": {"offset": 1, "x": 2}},
    "surrogate": GOOD | {"url": "\ud800"},
    "nested deep": GOOD | {"x": json.loads("[" * 700 + "]" * 700)},
    "file is elsewhere": GOOD | {"file": "../../outside.txt"},
    "file is absolute": GOOD | {"file": "/tmp/outside.txt"},
}


@pytest.mark.parametrize("metadata", HOSTILE.values(), ids=HOSTILE)
def test_invalid_metadata_is_not_used(
    tmp_path: Path, store: Store, metadata: dict[str, Any]
) -> None:
    """A WARC that somebody put into the folder may claim anything in its metadata."""
    path = articles.warc(
        tmp_path / "x.warc.gz",
        *articles.article("a", "text\n", metadata=json.dumps(metadata).encode()),
        *articles.article("b", "good\n", metadata=json.dumps(FINE).encode()),
        *articles.article("c", "text\n", metadata=json.dumps(metadata).encode()),
    )
    read_into_ledger(path, store)
    assert [held.key for held in store.all()] == ["b" * 16]
    assert store.last_ordinal() == 1
    events, notes = packed_events(path)
    assert [event.key for event in events] == ["b" * 16]
    assert len(notes.unread) == 2


def test_what_no_index_has_room_for_is_named_and_left_out(tmp_path: Path, store: Store) -> None:
    check_overlong_records(store, tmp_path)


@pytest.mark.parametrize("block", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b'"new"'])
def test_other_json_is_no_metadata(tmp_path: Path, store: Store, block: bytes) -> None:
    path = articles.warc(tmp_path / "x.warc.gz", *articles.article("a", "text\n", metadata=block))
    assert read_into_ledger(path, store) == []
    assert list(store.all()) == []
    events, notes = packed_events(path)
    assert events == []
    assert "1 texts have no metadata record" in notes.unread[0].message


@pytest.mark.parametrize(
    "digest", ["sha1:" + "0" * 40, "sha1:", "sha1:x", "sha1:" + "1" * 32, "SHA1:x", "md5:x", "\xff"]
)
def test_a_digest_in_another_form_costs_nothing(tmp_path: Path, store: Store, digest: str) -> None:
    """Base 16 is as good as base 32 (WARC/1.1, 5.8), and other programs use it."""
    page = b"HTTP/1.1 200 OK\r\n\r\n"
    foreign = files.record(page, WARC_Type="response", WARC_Payload_Digest=digest)
    good = files.record(
        page, WARC_Type="response", WARC_Payload_Digest="sha1:" + "A" * 32, WARC_Target_URI="u"
    )
    path = articles.warc(tmp_path / "x.warc.gz", foreign, good)
    assert read_into_ledger(path, store) == []
    assert store.original("sha1:" + "A" * 32) is not None


TEMPLATES = [
    "{year} {month}/{ordinal}_{key}.txt",
    "Zürich/{ordinal}_{key}.txt",
    "{ordinal}-{key}.txt",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_file_may_have_any_name_of_corpus_path(
    tmp_path: Path, store: Store, template: str
) -> None:
    corpus = Corpus(tmp_path, template)
    file = corpus.file(ordinal=1, key="a" * 16, source="s", date=DAY)
    expected = recorded(tmp_path, lambda run: run.text("a", "One.", key="a" * 16, file=file))
    assert made_from(tmp_path / "warc", store) == expected


def test_metadata_of_a_conversion_elsewhere_is_no_article(tmp_path: Path, store: Store) -> None:
    writer = WarcWriter(tmp_path / "warc", "x", software="x")
    block = json.dumps(GOOD).encode()
    writer.write([metadata(new_ref("u", STARTED), block, concurrent_to="<urn:elsewhere>")])
    writer.close()
    assert made_from(tmp_path / "warc", store).articles == []
    assert len(list(records(tmp_path / "warc" / writer.name))) == 2


def test_the_runs_of_a_file_that_was_read_before_bring_nothing_back(
    tmp_path: Path, store: Store
) -> None:
    """The file was joined with another; the warcinfo of each of its runs begins nothing new."""
    outcome = Outcome(
        source="news",
        url="https://news.test/1",
        run="urn:uuid:1",
        reason="paywall",
        detail="",
        at="2024-04-11T08:30:00Z",
    )
    with Recording(tmp_path / "one", writes=WriterInTurns) as run:
        run.exchange(b"seen")
        run.recorder.write_outcomes([outcome])
        path = run.end()
    read_into_ledger(path, store)
    store.drop_outcomes("news", [outcome.url])  # it gives a text since
    joined = tmp_path / "joined.warc.gz"
    with Recording(tmp_path / "two", writes=WriterInTurns) as run:
        run.exchange(b"new")
        joined.write_bytes(path.read_bytes() + run.end().read_bytes())
    read_into_ledger(joined, store, files=[path.name])
    assert list(store.all_outcomes("news")) == []
