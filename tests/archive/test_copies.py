"""Copies of an article are found in the ledger, and in one that is made from the archive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive.copies import SKETCHED, find_copies
from crawler.archive.recovery import recover
from crawler.state.backends import open_store
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict
from crawler.text.fingerprint import TextFingerprint
from crawler.text.minhash import algorithm
from tests.archive.recording import Recording
from tests.text.test_minhash import prose

STORY = " ".join(prose(1))
NEAR = f"CITY (AGENCY) {STORY}"
OTHER = " ".join(prose(2))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Recording]:
    with Recording(tmp_path) as run:
        yield run


def found(store: Store, text: str, key: str = "") -> list[tuple[str, bool]]:
    """Return the keys of the copies of *text*, and whether they are exact."""
    own = TextFingerprint.from_text("Ferry", text.split("\n"))
    return [(copy.holding.key, copy.is_exact) for copy in find_copies(store, own, key=key)]


def test_copies_are_exact_and_near_ones_earliest_first(run: Recording) -> None:
    later = run.text("later", STORY, date="2024-04-12T00:00:00")
    run.text("other", OTHER)
    near = run.text("near", NEAR, date="2024-04-13T00:00:00", date_gmt="2024-04-10T23:00:00")
    own = run.text("own", STORY)
    run.end()
    assert found(run.store, STORY, own.key) == [(near.key, False), (later.key, True)]
    assert found(run.store, NEAR, near.key) == [(own.key, False), (later.key, False)]
    assert found(run.store, OTHER) == [(run.store.with_text(_digest(OTHER))[0].key, True)]


def test_a_short_text_has_exact_copies_alone(run: Recording) -> None:
    held = run.text("short", "A few words.")
    run.end()
    assert found(run.store, "A few words.") == [(held.key, True)]
    assert found(run.store, "A few words!") == []


def test_a_revision_has_the_copies_of_its_own_text(run: Recording) -> None:
    run.text("a", STORY)
    revised = run.text("a", OTHER, verdict=Verdict.REVISION)
    run.end()
    assert found(run.store, NEAR) == []
    assert found(run.store, OTHER) == [(revised.key, True)]


def test_a_near_copy_has_its_similarity(run: Recording) -> None:
    run.text("a", STORY)
    run.end()
    (copy,) = find_copies(run.store, TextFingerprint.from_text("Ferry", [NEAR]), key="")
    assert 0.9 < copy.similarity < 1


def test_a_ledger_made_from_the_archive_finds_the_same(run: Recording, tmp_path: Path) -> None:
    run.text("near", NEAR, date="2024-04-13T00:00:00", date_gmt="2024-04-10T23:00:00")
    run.text("own", STORY)
    run.text("import", OTHER, source="import")
    run.end()
    with closing(open_store(f"sqlite:{tmp_path / 'anew.sqlite'}")) as anew:
        assert [finding.kind for finding in recover(run.warcs, anew)] == ["read"]
        for text in (STORY, NEAR, OTHER):
            assert found(anew, text) == found(run.store, text) != []


def test_a_text_that_was_forgotten_gives_way_to_the_copies_of_the_one_before(
    run: Recording,
) -> None:
    held = run.text("a", STORY)
    revised = run.text("a", OTHER, verdict=Verdict.REVISION)
    path = run.end()
    assert revised.conversion
    assert list(recover(run.warcs, run.store)) == []  # all sketches are there, as a fact says
    with path.open("r+b") as file:
        file.truncate(revised.conversion.offset)
    assert [finding.kind for finding in recover(run.warcs, run.store)] == ["forgotten"]
    assert found(run.store, OTHER) == []
    assert found(run.store, NEAR) == [(held.key, False)]


def test_sketches_of_another_algorithm_are_made_anew(run: Recording) -> None:
    held = run.text("a", STORY)
    run.end()
    run.store.put_sketch(held.key, held.source, "an older one", bytes(256))
    assert found(run.store, NEAR) == []
    assert list(recover(run.warcs, run.store)) == []
    assert list(run.store.unsketched(algorithm())) == []
    assert found(run.store, NEAR) == [(held.key, False)]


def test_sketches_are_looked_for_once_for_an_algorithm(run: Recording) -> None:
    held = run.text("a", STORY)
    run.end()
    assert list(recover(run.warcs, run.store)) == []
    run.store.put_sketch(held.key, held.source, "an older one", bytes(256))
    assert list(recover(run.warcs, run.store)) == []
    assert list(run.store.unsketched(algorithm())) == [held]  # nothing was walked through
    run.store.put_fact(SKETCHED, "an older one")
    assert list(recover(run.warcs, run.store)) == []
    assert found(run.store, NEAR) == [(held.key, False)]


def test_texts_of_files_that_come_later_get_their_sketches(run: Recording, tmp_path: Path) -> None:
    run.text("own", OTHER)
    run.end()
    assert list(recover(run.warcs, run.store)) == []
    with Recording(tmp_path / "other") as other:
        near = other.text("near", STORY, ordinal=1)
        shutil.copy(other.end(), run.warcs)
    assert [finding.kind for finding in recover(run.warcs, run.store)] == ["read"]
    assert found(run.store, NEAR) == [(near.key, False)]


def test_texts_that_cannot_be_read_are_named_and_the_others_found(run: Recording) -> None:
    lost, held = run.text("a", OTHER), run.text("b", STORY)
    run.end()
    for holding in (lost, held):
        run.store.put_sketch(holding.key, holding.source, "an older one", b"")
    _misplace(run.store, lost)
    for _ in range(2):  # at each start
        (finding,) = recover(run.warcs, run.store)
        assert finding.kind == "unread"
        assert lost.file in finding.message
    assert found(run.store, NEAR) == [(held.key, False)]


def _misplace(store: Store, holding: Holding) -> None:
    assert holding.conversion
    gone = replace(holding, conversion=replace(holding.conversion, file="gone.warc.gz"))
    store.revise(gone)


def _digest(text: str) -> bytes:
    return TextFingerprint.from_text("Ferry", [text]).digest
