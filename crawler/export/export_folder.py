"""Where an export is written: a folder that is there as a whole, or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from crawler.disk import scratch_folder, sync, sync_folder
from crawler.export.dataset_card import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARD, DATA, HISTORY = "README.md", "data", "history"
EXPORT_SCRATCH = ".newsreel-export-"
"""How the name of the folder begins in which an export is made, beside its place."""

_PARTS = (DATA, HISTORY, CARD)


class BadTargetError(ValueError):
    """An export cannot be written there; says what to do."""


def check_target(target: Path, *, is_folder: bool, overwrite: bool) -> None:
    """Raise BadTargetError if an export cannot be written to *target*."""
    if not target.parent.is_dir():
        raise BadTargetError(f"there is no folder {target.parent}: make it")
    if not is_folder:
        _check_file(target, overwrite=overwrite)
    elif target.exists():
        _check_folder(target, overwrite=overwrite)


def _check_file(target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise BadTargetError("it is a folder: name a file, or another folder")
    if target.exists() and not overwrite:
        raise BadTargetError("it is there already; name another file, or add --overwrite")


def _check_folder(target: Path, *, overwrite: bool) -> None:
    if not target.is_dir():
        raise BadTargetError("it is a file: name a folder")
    if not any(path.name[0] != "." for path in target.iterdir()):
        return
    if not _is_export(target):
        raise BadTargetError("there are other files in it: name a new folder")
    if not overwrite:
        raise BadTargetError("an export is there already; name another folder, or add --overwrite")


def _is_export(folder: Path) -> bool:
    try:
        with (folder / CARD).open(encoding="utf-8", errors="replace") as card:
            return MARK in card.read(200).split("\n")
    except OSError:
        return False


@contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """Yield an empty folder on the file system of *target*, which is removed. Raises OSError."""
    with scratch_folder(target.absolute().parent, EXPORT_SCRATCH) as folder:
        yield folder


def put_in_place(made: Path, target: Path, aside: Path) -> None:
    """Put what is in the folder *made* into *target*, instead of an export that is there.

    That goes into *aside*, an empty folder. All are on one file system. Raises OSError.
    """
    sync(path for path in made.rglob("*") if path.is_file())
    target.mkdir(exist_ok=True)
    try:
        _move(target, aside)
        _move(made, target)
    except OSError:
        _move(target, made)
        _move(aside, target)
        raise
    sync_folder(target)
    sync_folder(target.absolute().parent)


def _move(source: Path, target: Path) -> None:
    """Move what an export consists of from one folder to another that has none of it."""
    for name in _PARTS:
        if (source / name).exists() and not (target / name).exists():
            (source / name).rename(target / name)
