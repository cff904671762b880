"""An archive's runs made again in parts: the runs of some sources each, in a process of its own.

What a run asks for depends on what the runs of its source before it had collected, so that those
stay together, in their order. Of another source it depends in one way: the same article with the
same text is held once, and that is decided when all parts have ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import replacement

if TYPE_CHECKING:
    from crawler.state.store import Store

TASK, ANSWER = "part.json", "answer.json"
"""The file that names the sources of a part, and that with what came of it."""

TRIES = 2
"""How often the process of a part may die; then its sources are named, and not replayed."""


class PartDiedError(Exception):
    """The process of a part ended without an answer; the message says how."""


@dataclass(frozen=True, slots=True)
class Part:
    """The runs of *sources*; its process makes a folder of its own in *folder*."""

    number: int
    sources: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Difference:
    """An article that is not as it is held: ``verdict`` is that of a comparison.

    ``digest`` is that of the text now, hexadecimal, empty if there is none; ``lines`` say all.
    """

    verdict: str
    source: str
    key: str
    file: str
    digest: str
    lines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAnswer:
    """What came of the *sources* of a part; ``died`` says why nothing did."""

    sources: tuple[str, ...]
    exit_code: int = 0
    differences: list[Difference] = field(default_factory=list)
    died: str = ""


@dataclass(frozen=True, slots=True)
class PartCommand:
    """The *words* of the command that replays a part, run in *folder*, with *env* besides."""

    words: tuple[str, ...]
    folder: str
    env: Mapping[str, str]

    def begin(self, part: Part) -> PartProcess:
        """Start the process of *part*. Raises OSError."""
        task = Path(tempfile.mkdtemp(dir=part.folder), TASK)
        task.write_text(json.dumps(part.sources), encoding="utf-8")
        command = [sys.executable, *self.words, "--part", str(task)]
        env = {**os.environ, **self.env}
        return PartProcess(part, task, subprocess.Popen(command, cwd=self.folder, env=env))  # noqa: S603


@dataclass(frozen=True, slots=True)
class PartProcess:
    """The *process* that replays *part*, and the file that says so; its answer lies beside that."""

    part: Part
    task: Path
    process: subprocess.Popen[bytes]

    def answer(self) -> PartAnswer:
        """Wait for its end, and return its answer. Raises PartDiedError."""
        code = self.process.wait()
        if code > 1 and not (self.task.parent / ANSWER).exists():  # it has said why
            return PartAnswer(sources=self.part.sources, exit_code=code)
        try:
            answer = json.loads((self.task.parent / ANSWER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise PartDiedError(f"its process ended with exit code {code}") from None
        found = [Difference(**one) for one in answer]
        return PartAnswer(sources=self.part.sources, exit_code=code, differences=found)


def write_answer(task: Path, differences: Iterable[Difference]) -> None:
    """Write *differences* as the answer of the process whose file is *task*."""
    found = json.dumps([asdict(difference) for difference in differences])
    with replacement(task.parent / ANSWER, ".part", durable=False) as stream:
        stream.write(found.encode())


def parts_of(runs: Mapping[str, int], most: int, folder: Path) -> list[Part]:
    """Return *most* parts at most, with about as many *runs* in each; *folder* is for theirs.

    *runs* counts them by source.
    """
    shared: list[list[str]] = [[] for _ in range(min(most, len(runs)))]
    load = [0] * len(shared)
    for source, size in sorted(runs.items(), key=lambda item: (-item[1], item[0])):
        place = load.index(min(load))
        shared[place].append(source)
        load[place] += size
    return [
        Part(number, tuple(sorted(sources)), str(folder)) for number, sources in enumerate(shared)
    ]


def merged(
    store: Store, answers: Sequence[PartAnswer], source: str | None
) -> Iterator[tuple[str, str]]:
    """Yield verdict and lines of each article (of *source* alone, if given), those held first.

    *store* holds the archive. What is new in one part and held from another source, with the same
    text, is no other article.
    """
    differ = {(d.source, d.key): d for a in answers for d in a.differences if d.verdict != "new"}
    dead = {name for answer in answers if answer.died for name in answer.sources}
    replayed = {name for answer in answers for name in answer.sources} - dead
    for held in store.all():
        if source not in (None, held.source) or held.source in dead:
            continue
        if found := differ.get((held.source, held.key)):
            yield found.verdict, found.lines
        elif held.source in replayed:
            yield "identical", ""
        else:
            yield "missing", f"missing {held.file}\n"
    seen: set[tuple[str, str]] = set()
    new = (d for answer in answers for d in answer.differences if d.verdict == "new")
    for found in sorted(new, key=lambda d: (d.file, d.source)):
        text = found.key, found.digest
        if text not in seen and found.digest not in _digests(store, differ, found):
            seen.add(text)
            yield found.verdict, found.lines


def _digests(
    store: Store, differ: Mapping[tuple[str, str], Difference], new: Difference
) -> Iterator[str]:
    """Yield the digests of the texts that other sources have now under the key of *new*."""
    for held in store.holdings([new.key]).get(new.key, ()):
        if held.source != new.source:
            now = differ.get((held.source, held.key))
            yield now.digest if now else held.text_digest.hex()


def died(part: Part, why: str) -> PartAnswer:
    """Return the answer of a *part* whose process died again and again."""
    return PartAnswer(sources=part.sources, died=why)
