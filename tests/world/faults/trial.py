"""One trial: crawls that are disturbed, then one that is not, then the invariant."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

from crawler.archive.folder import Archive
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.fault import FileFault
from crawler.checks.warc_files import WarcVerification
from crawler.settings import CORPUS_PATH
from crawler.text.corpus import Corpus
from tests.background_crawl import Crawl
from tests.running import Run
from tests.world.faults.held import Collected, Held, Snapshot
from tests.world.faults.invariant import violations

T = TypeVar("T")
_RAISED = re.compile(r"[\w.]+(?:Error|Exception)\b")
_NEW = re.compile(r"([\d,]+) new\b")


class SkippedError(Exception):
    """This machine cannot do it; says why."""


@dataclass(eq=False)
class Bed:
    """What all trials share: the site, and what an undisturbed crawl of it gives, and takes.

    ``homes`` are the site's first edition and its second, in which some posts were corrected;
    ``references`` are what is held after each. ``starting`` is how many seconds a crawl takes to
    its first record, ``writing`` from there on.
    """

    homes: tuple[str, str]
    folder: Path
    references: list[Collected] = field(default_factory=list)
    starting: float = field(init=False)
    writing: float = field(init=False)

    def __post_init__(self) -> None:
        self.starting, self.writing = self._crawl(self.undisturbed, edition=1)
        later = shutil.copytree(self.undisturbed, self.folder / "later")
        self._crawl(later, edition=2)

    @property
    def undisturbed(self) -> Path:
        """The archive of the undisturbed crawl of the first edition."""
        return self.folder / "undisturbed"

    def _crawl(self, archives: Path, *, edition: int) -> tuple[float, float]:
        crawl = Crawl(self.homes[edition - 1], archives)
        crawl.wait_until_written()
        written = time.monotonic()
        run = crawl.ended()
        if run.exit_code:
            raise RuntimeError(f"undisturbed, and exit code {run.exit_code}: {said(run)}")
        self.references.append(Held(archives).collected)
        return written - crawl.started, time.monotonic() - written


@dataclass
class Trial:
    """An archive that is mistreated, the *number*-th of its kind.

    ``edition`` is that of the site which is crawled. ``faults`` are what should not have come of
    it. ``disturbed`` counts disturbances, ``hit`` those that came while a crawl was writing (or
    were sure to matter).
    """

    bed: Bed
    archives: Path
    random: Random
    number: int = 0
    edition: int = 1
    snapshots: list[Snapshot] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    disturbed: int = 0
    hit: int = 0
    _crawls: list[Crawl] = field(default_factory=list)

    def start(
        self,
        *under: str,
        home: str | Path = "",
        level: str = "WARNING",
        settings: tuple[str, ...] = (),
        source: str = "",
    ) -> Crawl:
        """Start a crawl, of the trial's edition if *home* is not another site's."""
        home = home or self.bed.homes[self.edition - 1]
        crawl = Crawl(home, self.archives, under, level, settings, source)
        self._crawls.append(crawl)
        return crawl

    def close(self) -> None:
        """End what still runs."""
        for crawl in self._crawls:
            crawl.kill()

    def expect(self, run: Run, *codes: int) -> None:
        """Check how a disturbed *run* ended; whatever it said it holds must be held."""
        if run.exit_code not in codes:
            self.faults.append(f"exit code {run.exit_code}, not {codes}: {said(run)}")
        if "Traceback" in run.log:
            self.faults.append(f"a traceback: {said(run)}")
        if run.exit_code == 0 and Held(self.archives).collected != self._reference:
            self.faults.append("exit code 0, though not everything was collected")

    @contextmanager
    def keeping_word(self) -> Iterator[list[Run]]:
        """Check that the articles that the runs in the list call new are held at the end."""
        runs: list[Run] = []
        before = self._count()
        yield runs
        said = [int(n.replace(",", "")) for run in runs for n in _NEW.findall(run.stdout)]
        if (gained := self._count() - before) < sum(said):
            self.faults.append(f"{sum(said)} articles were called new, {gained} are held")

    def variant(self, options: Sequence[T]) -> T:
        """One of *options*, each in its turn."""
        return options[self.number % len(options)]

    def note(self, *, hit: bool) -> None:
        """Count a disturbance, and keep what the archive is like after it."""
        self.disturbed += 1
        self.hit += hit
        self.snapshots.append(Snapshot.of(Held(self.archives)))

    def conclude(self) -> None:
        """Crawl once without disturbance, and find everything that is wrong then."""
        run = self.start(level="INFO").ended()
        self.expect(run, 0)
        said = run.log + run.stdout
        self.faults += violations(
            Held(self.archives), self._reference, snapshots=self.snapshots, said=said
        )
        self.verify()

    def verify(self) -> None:
        """Find the faults that `scrapy verify` finds."""
        self.faults += [f"scrapy verify: {fault}" for fault in self._faults()]

    def _faults(self) -> Iterator[FileFault]:
        archive = Archive(folder=self.archives, corpus=Corpus(self.archives, CORPUS_PATH))
        with closing(WarcVerification()) as verification:
            yield from ArchiveAgreement(archive, verification).faults()

    def begin_with(self, archive: Path) -> None:
        """Begin with a copy of *archive*."""
        shutil.copytree(archive, self.archives)

    @property
    def _reference(self) -> Collected:
        return self.bed.references[self.edition - 1]

    def _count(self) -> int:
        try:
            return len(Held(self.archives).articles)
        except sqlite3.Error:
            return 0


def said(run: Run) -> str:
    """Return what went wrong in *run*: its exceptions, or else its last lines."""
    lines = (run.log + run.stdout).strip().splitlines()
    raised = [line for line in lines if _RAISED.match(line)]
    return " / ".join(raised[-3:] or lines[-3:])[-600:]
