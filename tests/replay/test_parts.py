"""Parts of a replay: which runs are in each, and what all of them say together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.replay.parts import (
    Difference,
    Part,
    PartAnswer,
    PartCommand,
    PartDiedError,
    died,
    merged,
    parts_of,
)
from crawler.state.backends import open_store
from crawler.state.store import Store
from tests.state.test_store import HOLDING


def test_the_runs_of_a_source_stay_together(tmp_path: Path) -> None:
    runs = {"a": 5, "b": 3, "c": 1, "d": 1}
    parts = parts_of(runs, 2, tmp_path)
    assert [part.sources for part in parts] == [("a",), ("b", "c", "d")]
    assert len(parts_of(runs, 100, tmp_path)) == 4


PROGRAM = """
import os, signal, sys
from pathlib import Path
task = Path(sys.argv[-1])
how = {}
if how == "dies": os.kill(os.getpid(), signal.SIGKILL)
if how == "refuses": sys.exit(75)
if how == "fails": raise RuntimeError
(task.parent / "answer.json").write_text("[]")
sys.exit(3)
"""


def begun(how: str, folder: Path) -> PartAnswer:
    command = PartCommand(("-c", PROGRAM.replace("{}", repr(how))), str(folder), {})
    return command.begin(Part(0, ("a",), str(folder))).answer()


def test_a_process_says_how_it_ended(tmp_path: Path) -> None:
    assert begun("ends", tmp_path) == PartAnswer(sources=("a",), exit_code=3)
    assert begun("refuses", tmp_path) == PartAnswer(sources=("a",), exit_code=75)
    for how, code in (("dies", "-9"), ("fails", "1")):
        with pytest.raises(PartDiedError, match=f"exit code {code}"):
            begun(how, tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Hold the articles 1 and 2 of source a, 3 of b, and 4 of c, each with a text of its own."""
    held = [("1", "a"), ("2", "a"), ("3", "b"), ("4", "c")]
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as made:
        with made.transaction():
            made.add(
                replace(
                    HOLDING,
                    key=key * 16,
                    source=source,
                    ordinal=int(key),
                    file=f"{key}.txt",
                    text_digest=digest(key),
                )
                for key, source in held
            )
        yield made


def digest(text: str) -> bytes:
    return text.encode() * 32


def difference(verdict: str, key: str, source: str, text: str = "") -> Difference:
    file = f"{key}.txt"
    lines = f"{verdict} {source} {file}\n"
    return Difference(verdict, source, key * 16, file, digest(text).hex() if text else "", lines)


def test_all_parts_together_say_what_one_would(store: Store) -> None:
    answers = [
        PartAnswer(sources=("a",), differences=[difference("changed", "2", "a", "x")]),
        PartAnswer(sources=("b",), differences=[difference("missing", "3", "b")]),
    ]
    assert list(merged(store, answers, None)) == [
        ("identical", ""),
        ("changed", "changed a 2.txt\n"),
        ("missing", "missing b 3.txt\n"),
        ("missing", "missing 4.txt\n"),
    ]
    assert len(list(merged(store, answers, "b"))) == 1


@pytest.mark.parametrize(("text", "is_new"), [("1", True), ("x", False)])
def test_the_same_text_of_two_sources_is_held_once(store: Store, text: str, is_new: bool) -> None:
    """The text 1 of a is another now: it counts what both sources have now."""
    answers = [
        PartAnswer(sources=("a", "c"), differences=[difference("changed", "1", "a", "x")]),
        PartAnswer(sources=("b",), differences=[difference("new", "1", "b", text)]),
    ]
    verdicts = [verdict for verdict, _ in merged(store, answers, None)]
    assert verdicts[:4] == ["changed", *3 * ["identical"]]
    assert verdicts[4:] == ["new"] * is_new


def test_what_was_not_replayed_is_nothing(store: Store) -> None:
    part = Part(0, ("a",), "")
    answers = [died(part, "it died"), PartAnswer(sources=("b", "c"))]
    assert [verdict for verdict, _ in merged(store, answers, None)] == ["identical", "identical"]
