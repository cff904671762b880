"""Whatever a crash left behind: what counts stays, the rest is set aside, and the ledger agrees."""

from __future__ import annotations

import gzip
import re
import shutil
from contextlib import closing, suppress
from pathlib import Path

import pytest

from crawler.archive import changed_files, recovery
from crawler.archive.folder import open_warcs, sealed_sizes, sealed_warcs
from crawler.archive.recovery import oldest_first, recover
from crawler.archive.repair import Repair
from crawler.state.backends import open_store
from crawler.state.store import Store
from crawler.state.verdict import Verdict
from crawler.warc.reader import records
from tests.archive import articles
from tests.archive.recording import Ledger, Recording, ledger


class Crashed:
    """An archive in *folder* that a run left behind; each `start` is that of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warcs = folder / "warc"

    def start(self) -> list[Repair]:
        with self.store() as store:
            return list(recover(self.warcs, store))

    def store(self) -> closing[Store]:
        return closing(open_store(f"sqlite:{self.folder / 'ledger.sqlite'}"))

    def ledger(self) -> Ledger:
        with self.store() as store:
            return ledger(store)

    def lose_ledger(self) -> None:
        for path in self.folder.glob("ledger.sqlite*"):
            path.unlink()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.warcs.iterdir())}

    def only(self) -> Path:
        (path,) = (path for path in self.warcs.iterdir() if ".torn-" not in path.name)
        return path


def kinds(repairs: list[Repair]) -> list[str]:
    return [repair.kind for repair in repairs]


def check(crashed: Crashed) -> None:
    """Check what holds after every start: a second one changes nothing, files and ledger agree."""
    held, files = crashed.ledger(), crashed.files()
    assert set(kinds(crashed.start())) <= {"missing"}
    assert crashed.ledger() == held
    assert crashed.files() == files
    assert not [name for name in files if name.endswith(".open")]
    present = {warc.name: warc for warc in held.warcs if warc.name in files}
    for name, data in files.items():
        if ".torn-" not in name:
            assert (present[name].size, present[name].sealed) == (len(data), True)
    for article in held.articles:
        assert article.conversion
        if article.conversion.file in files:
            end = article.conversion.offset + article.conversion.length
            assert end <= len(files[article.conversion.file])


@pytest.fixture
def crashed(tmp_path: Path) -> Crashed:
    """One file, open: an article committed, and behind it another one that is not."""
    with Recording(tmp_path / "run") as run:
        run.text("a", "One.")
        run.recorder.commit()
        run.text("b", "Two.", ordinal=1)
        shutil.copytree(run.folder, tmp_path / "crashed")
    return Crashed(tmp_path / "crashed")


@pytest.fixture
def sealed(tmp_path: Path) -> Crashed:
    """One sealed file of two articles, the second of which was revised."""
    with Recording(tmp_path / "run") as run:
        run.text("a", "One.")
        run.text("b", "Two.", ordinal=1)
        run.text("b", "Three.", ordinal=1, verdict=Verdict.REVISION)
        run.end()
    return Crashed(tmp_path / "run")


def test_nothing_there_is_nothing_to_do(tmp_path: Path) -> None:
    crashed = Crashed(tmp_path)
    assert crashed.start() == []
    crashed.warcs.mkdir()
    assert crashed.start() == []


def test_a_run_that_ended_well_leaves_nothing_to_do(sealed: Crashed) -> None:
    before, files = sealed.ledger(), sealed.files()
    assert sealed.start() == []
    assert sealed.ledger() == before
    assert sealed.files() == files


def test_a_tail_that_was_not_committed_is_set_aside(crashed: Crashed) -> None:
    (name, data), before = *crashed.files().items(), crashed.ledger()
    size = before.warcs[0].size
    assert kinds(crashed.start()) == ["torn", "sealed"]
    final = name.removesuffix(".open")
    assert crashed.files() == {final: data[:size], f"{final}.torn-0": data[size:]}
    assert crashed.ledger().articles == before.articles
    assert list(records(crashed.warcs / final))[-1].type == "metadata"
    check(crashed)


def test_an_open_file_without_a_tail_is_sealed(crashed: Crashed) -> None:
    path, size = crashed.only(), crashed.ledger().warcs[0].size
    path.write_bytes(path.read_bytes()[:size])
    assert kinds(crashed.start()) == ["sealed"]
    check(crashed)


def test_tails_never_replace_one_another(crashed: Crashed) -> None:
    path = crashed.only()
    final = path.name.removesuffix(".open")
    for number in range(3):
        (crashed.warcs / f"{final}.torn-{number}").write_text(f"older {number}")
    crashed.start()
    assert (crashed.warcs / f"{final}.torn-2").read_text() == "older 2"
    assert (crashed.warcs / f"{final}.torn-3").exists()
    check(crashed)


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_of_an_open_file_that_lost_bytes_the_whole_records_stay(crashed: Crashed, cut: int) -> None:
    path, before = crashed.only(), crashed.ledger()
    size = before.warcs[0].size
    path.write_bytes(path.read_bytes()[: size - cut])
    found = kinds(crashed.start())
    assert found[0] == "forgotten"
    assert found[-1] == "sealed"
    last = list(records(crashed.only()))[-1]
    assert last.offset + last.length == crashed.only().stat().st_size < size
    check(crashed)


def test_an_article_whose_text_was_lost_is_forgotten(crashed: Crashed) -> None:
    path, (held,) = crashed.only(), crashed.ledger().articles
    assert held.conversion
    path.write_bytes(path.read_bytes()[: held.conversion.offset + 1])
    (repair, *_) = crashed.start()
    assert "1 articles" in repair.message
    assert crashed.ledger().articles == []
    check(crashed)


def test_an_open_file_of_which_nothing_is_left(crashed: Crashed) -> None:
    crashed.only().write_bytes(b"")
    assert kinds(crashed.start()) == ["forgotten"]
    assert list(crashed.warcs.iterdir()) == []
    assert crashed.ledger() == Ledger([], {}, [], {}, {})
    check(crashed)


def test_an_open_file_of_garbage_is_set_aside_whole(crashed: Crashed) -> None:
    crashed.only().write_bytes(b"\0" * 100)
    assert kinds(crashed.start()) == ["forgotten", "torn"]
    assert list(crashed.files().values()) == [b"\0" * 100]
    check(crashed)


def test_a_file_opened_and_never_committed_is_set_aside(sealed: Crashed, tmp_path: Path) -> None:
    before = sealed.ledger()
    with Recording(tmp_path / "more", source="more") as run:
        run.text("c", "Three.")
        shutil.copytree(run.warcs, sealed.warcs, dirs_exist_ok=True)
    name = run.writer.name
    data = sealed.files()[f"{name}.open"]
    assert kinds(sealed.start()) == ["torn"]
    assert sealed.files()[f"{name}.torn-0"] == data
    assert sealed.ledger() == before
    check(sealed)


def test_an_empty_open_file_goes(sealed: Crashed) -> None:
    files = sealed.files()
    (sealed.warcs / "newsreel-x-20240101000000-00000.warc.gz.open").touch()
    sealed.start()
    assert sealed.files() == files
    check(sealed)


def test_sealed_by_name_and_not_in_the_ledger_is_noted(sealed: Crashed) -> None:
    """Killed between the rename and the ledger."""
    before = sealed.ledger()
    with sealed.store() as store:
        store.put_warc(
            before.warcs[0].__class__(name=before.warcs[0].name, size=before.warcs[0].size)
        )
    assert sealed.start() == []
    assert sealed.ledger() == before


def test_of_a_sealed_file_that_lost_bytes_the_whole_records_stay(sealed: Crashed) -> None:
    path, before = sealed.only(), sealed.ledger()
    (older,) = (
        before.history[before.articles[1].key, "news"]
        or before.history[before.articles[0].key, "news"]
    )
    revised = next(held for held in before.articles if held.key == older.key)
    assert revised.conversion
    path.write_bytes(path.read_bytes()[: revised.conversion.offset + 30])
    assert kinds(sealed.start()) == ["torn", "forgotten"]
    after = sealed.ledger()
    assert older in after.articles
    assert len(after.articles) == 2
    assert path.stat().st_size == revised.conversion.offset
    check(sealed)


def test_a_sealed_file_with_more_behind_it_is_read_on(sealed: Crashed, tmp_path: Path) -> None:
    """A run sealed it and died before the ledger heard of its end: an older ledger came back."""
    before = sealed.ledger()
    shutil.copy(sealed.folder / "ledger.sqlite", tmp_path / "kept.sqlite")
    with Recording(tmp_path / "other") as run:
        run.exchange(uri="https://news.test/more")
        more = run.end()
    path = sealed.only()
    path.write_bytes(path.read_bytes() + more.read_bytes() + b"\x1f\x8b torn")
    assert kinds(sealed.start()) == ["torn", "read"]
    after = sealed.ledger()
    assert after.articles == before.articles
    assert len(after.captures[path.name]) == 2
    check(sealed)


def test_a_sealed_file_of_others_is_read(sealed: Crashed, tmp_path: Path) -> None:
    with Recording(tmp_path / "other", source="other") as run:
        held = run.text("c", "Four.", source="other", ordinal=7)
        shutil.copy(run.end(), sealed.warcs)
    before = sealed.ledger()
    assert kinds(sealed.start()) == ["read"]
    after = sealed.ledger()
    assert held in after.articles
    assert len(after.articles) == len(before.articles) + 1
    check(sealed)


def test_damage_in_the_middle_is_named(sealed: Crashed) -> None:
    path, (held, *_) = sealed.only(), sealed.ledger().articles
    assert held.conversion
    data = bytearray(path.read_bytes())
    data[held.conversion.offset + 20] ^= 0xFF
    path.write_bytes(data)
    assert sealed.start() == [], "only verify reads what the ledger knows"
    sealed.lose_ledger()
    found = sealed.start()
    assert kinds(found) == ["read", "fault"]
    assert f"{path.name}:{held.conversion.offset}: " in found[1].message
    assert path.read_bytes() == data
    check(sealed)


def test_damage_in_the_middle_of_an_open_file_is_named(crashed: Crashed) -> None:
    path, (held,) = crashed.only(), crashed.ledger().articles
    assert held.conversion
    data = bytearray(path.read_bytes())
    data[held.conversion.offset + 20] ^= 0xFF
    path.write_bytes(data)
    crashed.lose_ledger()
    found = crashed.start()
    assert "fault" in kinds(found)
    check(crashed)


def test_a_lost_ledger_is_made_from_sealed_and_open_files(tmp_path: Path) -> None:
    with Recording(tmp_path / "run", most_bytes=1) as run:
        run.text("a", "One.")
        run.text("b", "Two.", ordinal=1)
        run.exchange(b"news " * 300)
        run.recorder.commit()
        expected = ledger(run.store)
        shutil.copytree(run.folder, tmp_path / "crashed")
    crashed = Crashed(tmp_path / "crashed")
    crashed.lose_ledger()
    assert kinds(crashed.start()) == ["sealed"] + ["read"] * len(expected.warcs)
    after = crashed.ledger()
    assert (after.articles, after.history, after.captures) == (
        expected.articles,
        expected.history,
        expected.captures,
    )
    assert [warc.name for warc in after.warcs] == [warc.name for warc in expected.warcs]
    check(crashed)


def test_a_torn_open_file_without_a_ledger_is_read_to_its_last_record(crashed: Crashed) -> None:
    path = crashed.only()
    path.write_bytes(path.read_bytes()[:-5])
    crashed.lose_ledger()
    assert kinds(crashed.start()) == ["torn", "sealed", "read"]
    assert {held.guid for held in crashed.ledger().articles} >= {"a"}
    check(crashed)


def test_a_file_open_and_sealed_at_once_loses_nothing(sealed: Crashed) -> None:
    """A backup taken while a run was on, restored over one taken later."""
    path, before = sealed.only(), sealed.ledger()
    data = path.read_bytes()
    second = next(held for held in before.articles if held.ordinal == 1)
    assert second.conversion
    (sealed.warcs / f"{path.name}.open").write_bytes(data[: second.conversion.offset])
    sealed.lose_ledger()
    sealed.start()
    assert path.read_bytes() == data, "the older half took the place of the whole"
    assert sealed.ledger().articles == before.articles
    check(sealed)


def test_files_that_are_gone_are_named_and_nothing_forgotten(sealed: Crashed) -> None:
    before, path = sealed.ledger(), sealed.only()
    path.unlink()
    (repair,) = sealed.start()
    assert repair.kind == "missing"
    assert path.name in repair.message
    assert sealed.ledger() == before


def test_texts_keep_their_order_though_a_first_record_is_damaged(tmp_path: Path) -> None:
    """The earlier text of an article must not come out as the later one."""
    with Recording(tmp_path / "run", most_bytes=1) as run:
        run.text("a", "One.")
        run.text("a", "Two.", verdict=Verdict.REVISION)
        run.end()
        (expected,) = ledger(run.store).articles
    crashed = Crashed(tmp_path / "run")
    first = next(path for path in sorted(crashed.warcs.iterdir()) if _has_text(path))
    data = bytearray(first.read_bytes())
    data[20] ^= 0xFF
    first.write_bytes(data)
    crashed.lose_ledger()
    crashed.start()
    assert crashed.ledger().articles == [expected]


def _has_text(path: Path) -> bool:
    return any(record.type == "conversion" for record in records(path))


def test_files_are_taken_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    for name, second in (("b", 1), ("a", 3), ("c", 2)):
        articles.warc(
            tmp_path / f"{name}.warc.gz", articles.response("https://a.test/", second=second)
        )
    articles.warc(tmp_path / "d.warc.gz.open", articles.response("https://a.test/", second=0))
    (tmp_path / "e.warc.gz").write_bytes(b"no record")
    (tmp_path / "f.warc.gz.torn-0").write_bytes(b"no record")
    every = [*sealed_warcs(tmp_path), *tmp_path.glob("*.open")]
    found = [path.name.partition(".")[0] for path in oldest_first(every)]
    assert found == ["d", "b", "c", "a", "e"]


def test_of_two_runs_in_one_second_the_earlier_one_comes_first(tmp_path: Path) -> None:
    names = ["a-00002", "a-00003", "a-00000"]  # the second run begins to count its files anew
    for fraction, name in enumerate(names):
        source, serial = name.split("-")
        path = tmp_path / f"newsreel-{source}-20260101000000-{serial}.warc.gz"
        response = articles.response("https://a.test/")
        articles.warc(path, response)
        data = gzip.decompress(path.read_bytes())
        date = re.search(rb"WARC-Date: \S+", data)
        assert date
        precise = f"WARC-Date: 2026-01-01T00:00:00.{fraction}00000Z".encode()
        path.write_bytes(gzip.compress(data.replace(date[0], precise)))
    found = [path.name.split("-")[-1][:5] for path in oldest_first(sealed_warcs(tmp_path))]
    assert found == ["00002", "00003", "00000"]


STEPS = {
    "read_into_ledger": changed_files,
    "sync_folder": recovery,
    "_move_tail": changed_files,
    "move_tail_aside": changed_files,
    "_seal": recovery,
}


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_repairing_the_next_start_repairs_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, lost: bool
) -> None:
    with Recording(tmp_path / "run", most_bytes=3000) as run:
        for number in range(3):
            run.text(f"{number}", f"{number}.", ordinal=number)
            run.exchange(b"news " * 300, uri=f"https://news.test/page/{number}")
        run.recorder.commit()
        run.text("late", "Late.", ordinal=9)
        shutil.copytree(run.folder, tmp_path / "whole")
    whole = Crashed(tmp_path / "whole")
    shutil.copytree(whole.folder, tmp_path / "crashed")
    crashed = Crashed(tmp_path / "crashed")
    if lost:
        whole.lose_ledger()
        crashed.lose_ledger()
    real, calls = getattr(STEPS[step], step), iter(range(100))

    def dying(*args: object, **kwargs: object) -> object:
        if last := next(calls) == int(lost and step == "read_into_ledger"):
            if after:
                real(*args, **kwargs)
            raise Killed
        assert not last
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(STEPS[step], step, dying)
        with suppress(Killed):
            crashed.start()
    crashed.start()
    whole.start()
    assert crashed.ledger() == whole.ledger()
    assert _texts(crashed) == _texts(whole)
    check(crashed)


def _texts(crashed: Crashed) -> dict[str, bytes]:
    return {name: data for name, data in crashed.files().items() if ".torn-" not in name}


def test_a_file_that_is_a_link_counts_with_the_size_of_what_it_leads_to(tmp_path: Path) -> None:
    with Recording(tmp_path / "run") as run:
        run.text("a", "One.")
        run.end()
    crashed = Crashed(tmp_path / "run")
    path = crashed.only()
    elsewhere = path.rename(tmp_path / "elsewhere.warc.gz")
    path.symlink_to(elsewhere)
    assert crashed.start() == []
    elsewhere.write_bytes(elsewhere.read_bytes()[:-30])
    assert kinds(crashed.start()) != []


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    with Recording(tmp_path / "run") as run:
        run.text("a", "One.")
        run.end()
    crashed = Crashed(tmp_path / "run")
    crashed.only().rename(tmp_path / "gone")
    (crashed.warcs / "newsreel-x.warc.gz").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        crashed.start()


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert sealed_sizes(tmp_path / "warc") == {}
    assert open_warcs(tmp_path / "warc") == sealed_warcs(tmp_path / "warc") == []
