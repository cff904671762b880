"""Files that were cut, damaged or removed between two runs."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from crawler.archive.folder import ledger_uri
from crawler.archive.recovery import open_ledger
from tests.background_crawl import Crawl
from tests.running import scrapy
from tests.world.faults.held import Held
from tests.world.faults.invariant import recovery_violations
from tests.world.faults.kills import kill_at
from tests.world.faults.syscalls import Call
from tests.world.faults.trial import Bed, Trial
from tests.world.faults.warcs import records, whole

_STEP = 32
_WHILE_RECOVERING = {"write": 12, "pwrite64": 60, "fsync": 8, "fdatasync": 6, "rename": 4}
"""About how many calls a run makes before it is ready for its first request."""


def cut_warc(trial: Trial) -> None:
    """Cut the newest WARC file at any byte of its last two records, sealed or not."""
    trial.begin_with(trial.variant([trial.bed.undisturbed, killed(trial.bed)]))
    path, sizes = _cuts(trial.archives)
    os.truncate(path, trial.random.choice(sizes))
    trial.note(hit=True)
    trial.conclude()


def cut_everywhere(trial: Trial) -> None:
    """Cut it at every 32nd byte, each time with recovery alone instead of a crawl."""
    archive = trial.variant([trial.bed.undisturbed, killed(trial.bed)])
    path, sizes = _cuts(archive)
    for size in sizes[trial.number // 2 % _STEP :: _STEP]:
        trial.begin_with(archive)
        os.truncate(trial.archives / "warc" / path.name, size)
        trial.note(hit=True)
        store, _ = open_ledger(ledger_uri(trial.archives), trial.archives / "warc")
        store.close()
        broken = recovery_violations(Held(trial.archives), trial.snapshots[-1:])
        trial.faults += [f"cut at byte {size}: {fault}" for fault in broken]
        shutil.rmtree(trial.archives)


def _cuts(archive: Path) -> tuple[Path, range]:
    """Return the newest WARC file, and every size that ends in its last two records."""
    path, offsets = _newest(archive)
    return path, range(offsets[-2], path.stat().st_size)


def _newest(archive: Path) -> tuple[Path, list[int]]:
    """Return the newest WARC file, and where its whole records begin."""
    path = max((archive / "warc").iterdir())
    data = path.read_bytes()
    return path, [record.offset for record in records(data[: whole(data)])]


def spoilt_ledger(trial: Trial) -> None:
    """Remove, cut or overwrite the ledger, or remove its log."""
    trial.begin_with(killed(trial.bed))
    ledger = trial.archives / "ledger.sqlite"
    how = trial.variant(["gone", "cut", "garbled", "garbled within", "without its log"])
    size = ledger.stat().st_size
    if how == "gone":
        for path in trial.archives.glob("ledger.sqlite*"):
            path.unlink()
    elif how == "cut":
        os.truncate(ledger, trial.random.randrange(size))
    elif how == "without its log":
        ledger.with_name("ledger.sqlite-wal").unlink()
    else:
        start = 0 if how == "garbled" else 4096
        with ledger.open("r+b") as file:
            file.seek(min(start, size))
            file.write(trial.random.randbytes(4096))
    trial.note(hit=True)
    trial.conclude()


def lost_derived(trial: Trial) -> None:
    """Remove text and index files: `scrapy verify --repair` brings back the very same."""
    trial.begin_with(trial.bed.undisturbed)
    before = Held(trial.archives)
    indexes = sorted((trial.archives / "index").iterdir())
    files = [*before.texts, *indexes]
    for path in trial.random.sample(sorted(files), len(files) // 3):
        path.unlink()
    trial.note(hit=True)
    trial.expect(scrapy(trial.archives, "verify", "--repair"), 0)
    trial.conclude()
    after = Held(trial.archives)
    for path, text in before.texts.items():
        if after.texts.get(path) != text:
            trial.faults.append(f"{path.name} was not restored as it was")
    if lost := _lines(before) - _lines(after):
        trial.faults.append(f"{len(lost)} lines of the index were not restored")


def _lines(held: Held) -> set[bytes]:
    return {line for index in held.indexes.values() for line in index.splitlines()}


def killed_recovering(trial: Trial) -> None:
    """Kill a run while it recovers what an earlier one left, perhaps without a ledger."""
    trial.begin_with(killed(trial.bed))
    if trial.variant([False, True]):
        for path in trial.archives.glob("ledger.sqlite*"):
            path.unlink()
    trial.note(hit=True)
    for _ in range(2):
        name = trial.random.choice(sorted(_WHILE_RECOVERING))
        kill_at(trial, Call(name, trial.random.randint(1, _WHILE_RECOVERING[name]), ""))
    trial.conclude()


@cache
def killed(bed: Bed) -> Path:
    """Return an archive whose crawl was killed half-way."""
    # The machine may be less busy than at the undisturbed crawl, or busier.
    for number, part in enumerate((2, 4, 8, 16, 1, 2, 4)):
        archives = bed.folder / f"killed-{number}"
        crawl = Crawl(bed.homes[0], archives)
        crawl.wait_until_written()
        crawl.ended(within=bed.writing / part)
        # On a busy machine the time may have passed before two records were written.
        if Held(archives).unsealed and len(_newest(archives)[1]) > 1:
            return archives
    raise RuntimeError("the crawl was to be killed half-way, and had ended")
